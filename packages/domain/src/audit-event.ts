import type { Effect, RuleVerdict } from './decision.ts';
import type { StatementClass } from './facts.ts';
import type { SessionInfo } from './session.ts';

/** Entries of a transcript beside the frames. None holds a literal, a bound value or a cell (law 3). */
export type AuditEvent =
  | {
      readonly type: 'session.start';
      readonly session: Omit<SessionInfo, 'identity'> & { readonly identity: AuditIdentity };
    }
  | {
      readonly type: 'statement';
      /** 1-based number of the statement in its session. */
      readonly ordinal: number;
      readonly mode: 'simple' | 'extended';
      readonly normalisedSql: string;
      readonly classes: readonly StatementClass[];
      readonly tables: readonly string[];
      readonly tags: readonly string[];
    }
  | {
      readonly type: 'decision';
      readonly ordinal: number;
      readonly effect: Effect;
      readonly rule: string;
      readonly verdicts: readonly RuleVerdict[];
      readonly code: string | null;
      readonly masks: readonly (string | null)[];
      readonly policyVersion: string;
      readonly request: string | null;
    }
  | {
      readonly type: 'outcome';
      readonly ordinal: number;
      readonly outcome: 'ok' | 'error' | 'refused' | 'lost';
      readonly tag: string;
      readonly sqlState: string | null;
      readonly rows: number;
    }
  | {
      readonly type: 'approval';
      readonly request: string;
      readonly what:
        | 'held'
        | 'released'
        | 'rejected'
        | 'ticket'
        | 'cancelled'
        | 'expired'
        | 'used'
        | 'returned'
        | 'in-doubt';
      readonly by: string | null;
    }
  | {
      readonly type: 'violation';
      readonly peer: 'client' | 'upstream';
      readonly message: string;
      readonly reason: string;
    }
  | { readonly type: 'alert'; readonly alert: string; readonly reason: string }
  | { readonly type: 'session.end'; readonly reason: string };

/** Who, without what only decisions need. */
export interface AuditIdentity {
  readonly key: string;
  readonly human: string | null;
  readonly agent: string | null;
  readonly clientId: string | null;
  readonly region: string;
  readonly modelRegion: string;
}
