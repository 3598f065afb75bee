import type { EpochMs } from './clock.ts';
import type { HoldTerms } from './decision.ts';
import type { StatementClass } from './facts.ts';

export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired' | 'used' | 'cancelled';

/** One bound value as the client sent it; `value` null is SQL NULL. Formats are the wire's: 0 text, 1 binary. */
export interface BoundParameter {
  readonly typeOid: number;
  readonly format: 0 | 1;
  readonly value: Uint8Array | null;
}

/** What exactly would run: these bytes and these values, and nothing else. */
export interface HeldStatement {
  readonly sql: string;
  readonly parameters: readonly BoundParameter[];
  /** `simple` may hold several statements; `extended` holds one. */
  readonly mode: 'simple' | 'extended';
}

/** Everything an approval is bound to (law 5). The digest is over all of it. */
export interface ApprovalSubject {
  readonly identityKey: string;
  readonly datasource: string;
  readonly role: string;
  /** Session settings that change what the SQL means, sorted by name: search_path first of all. */
  readonly settings: Readonly<Record<string, string>>;
  readonly statement: HeldStatement;
}

export interface ApprovalDecision {
  readonly by: string;
  readonly verdict: 'approve' | 'reject';
  readonly reason: string;
  readonly at: EpochMs;
}

export interface ApprovalRequest {
  /** `req_` and lower-case letters and digits. */
  readonly id: string;
  /** SHA-256 (hex) over the subject in canonical form. */
  readonly digest: string;
  readonly status: ApprovalStatus;
  /** True when the connection died between COMMIT and its answer. */
  readonly inDoubt: boolean;
  readonly sessionId: string;
  readonly subject: ApprovalSubject;
  readonly human: string | null;
  readonly agent: string | null;
  /** Subjects that may never decide: the requester and everyone in its delegation chain. */
  readonly excluded: readonly string[];
  readonly classes: readonly StatementClass[];
  readonly tables: readonly string[];
  readonly tags: readonly string[];
  readonly terms: HoldTerms;
  readonly createdAt: EpochMs;
  /** End of waiting while pending; end of usability once approved. */
  readonly expiresAt: EpochMs;
  readonly decisions: readonly ApprovalDecision[];
}
