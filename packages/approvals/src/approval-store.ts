import type { ApprovalRequest, ApprovalStatus, ApprovalSubject, HoldTerms, StatementClass } from '@bailiwick/domain';

/** What a held statement brings when it asks. */
export interface NewApprovalRequest {
  readonly sessionId: string;
  readonly subject: ApprovalSubject;
  readonly human: string | null;
  readonly agent: string | null;
  readonly excluded: readonly string[];
  readonly classes: readonly StatementClass[];
  readonly tables: readonly string[];
  readonly tags: readonly string[];
  readonly terms: HoldTerms;
}

/** Who decides, as the API proved it. */
export interface Reviewer {
  /** Every subject in the reviewer's delegation chain. */
  readonly principals: readonly string[];
  readonly groups: readonly string[];
}

/** How an approved statement ended. `returned`: rolled back, may run again. */
export type Settlement = 'used' | 'returned' | 'in-doubt';

/**
 * Where requests live: asynchronous, so that a fleet may share a database. Every change is one transaction, so two
 * gateways can never both win. Methods that name a request throw `GatewayError('approval-unknown')` when it is not there.
 */
export interface ApprovalStore {
  /** Stores a request, `pending` until `requestExpiryMs` has passed. The same pending subject gives the same request. */
  create(request: NewApprovalRequest): Promise<ApprovalRequest>;
  get(id: string): Promise<ApprovalRequest | null>;
  list(filter: {
    readonly status?: ApprovalStatus;
    readonly identityKey?: string;
    readonly limit: number;
    readonly after?: string;
  }): Promise<readonly ApprovalRequest[]>;
  /**
   * One reviewer's verdict on exactly this digest. Throws `GatewayError`: `approval-unusable` where the digest differs,
   * the request is no longer pending or the reviewer has decided already; `policy-denied` where the reviewer is
   * excluded (four eyes) or in none of the groups that may decide.
   */
  decide(
    id: string,
    digest: string,
    reviewer: Reviewer,
    verdict: 'approve' | 'reject',
    reason: string,
  ): Promise<ApprovalRequest>;
  /** An approved, unexpired, unclaimed request for exactly this subject; null where there is none. */
  findApproved(subject: ApprovalSubject): Promise<ApprovalRequest | null>;
  /** Takes an approved request for one run. False: somebody else has it, or it is no longer usable. */
  claim(id: string, sessionId: string): Promise<boolean>;
  /** Ends a claim. Claims found open at start belong to a process that died: they become `used (in doubt)`. */
  settle(id: string, sessionId: string, settlement: Settlement): Promise<void>;
  /** The requester gave up while waiting: cancel, disconnect, or the end of a `mode: hold`. */
  cancel(id: string): Promise<void>;
  /** Calls `listener` after a request has changed, also when another process changed it (within a second). */
  onChange(listener: (id: string) => void): () => void;
  close(): Promise<void>;
}
