import type { AuditEvent, AuditIdentity } from './audit-event.ts';
import type { EpochMs } from './clock.ts';
import type { Identity } from './identity.ts';

export type Protocol = 'postgres' | 'mysql';

/** One identity's use of one connection. */
export interface SessionInfo {
  /** `ses_` and lower-case letters and digits. */
  readonly id: string;
  readonly protocol: Protocol;
  readonly datasource: string;
  readonly identity: Identity;
  /** Database role in use upstream. */
  readonly role: string;
  /** The client's address as seen on the socket. */
  readonly clientAddress: string;
  /** application_name as the client sent it; attribution only, never policy by itself. */
  readonly application: string;
  /** What let it in: a method of the listener (`jwt`, `mtls`, …), or `pass <id>`. Absent: it is not known. */
  readonly credential?: string;
  readonly startedAt: EpochMs;
}

/** What the admin API sees of live sessions: implemented by the gateway, which admin never imports. */
export interface SessionDirectory {
  live(): readonly SessionInfo[];
  /** Ends a session with 57P01. False: no such live session. */
  kill(id: string, by: string): boolean;
}

/** One line of a session's transcript as people read it: frames decoded to text, events in words. */
export interface TranscriptEntry {
  readonly sequence: number;
  readonly at: EpochMs;
  readonly kind: 'event' | 'client' | 'upstream';
  /** The event, or null for frames. */
  readonly event: AuditEvent | null;
  /** Messages of a run of frames, client's side; `text` is null where the body is not kept. */
  readonly messages: readonly { readonly name: string; readonly bytes: number; readonly text: string | null }[];
}

/** A session as lists show it: no literals, no values. */
export interface SessionSummary {
  readonly id: string;
  readonly protocol: Protocol;
  readonly datasource: string;
  readonly identity: AuditIdentity;
  readonly role: string;
  readonly clientAddress: string;
  readonly application: string;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs | null;
  readonly endReason: string | null;
  readonly statements: number;
  readonly refused: number;
}

/** A statement as lists show it. */
export interface StatementSummary {
  readonly sessionId: string;
  readonly ordinal: number;
  readonly at: EpochMs;
  readonly normalisedSql: string;
  readonly classes: readonly string[];
  readonly tables: readonly string[];
  readonly tags: readonly string[];
  readonly effect: string;
  readonly rule: string;
  readonly code: string | null;
  readonly request: string | null;
  readonly outcome: string | null;
  readonly rows: number | null;
}

/** What the admin API reads of the record; implemented by audit. Asynchronous, because a store may be elsewhere. */
export interface TranscriptReader {
  sessions(filter: {
    readonly identityKey?: string;
    readonly datasource?: string;
    readonly since?: EpochMs;
    readonly limit: number;
    readonly after?: string;
  }): Promise<readonly SessionSummary[]>;
  session(id: string): Promise<SessionSummary | null>;
  statements(filter: {
    readonly sessionId?: string;
    readonly since?: EpochMs;
    readonly limit: number;
    readonly after?: string;
  }): Promise<readonly StatementSummary[]>;
  /** In order. Ends early, with an error, at the first record that does not verify. */
  transcript(sessionId: string): AsyncIterable<TranscriptEntry>;
}
