import type { ApprovalStore, Settlement } from '@bailiwick/approvals';
import type { AuditEvent } from '@bailiwick/domain';

interface Claim {
  readonly request: string;
  /** Something in it cannot be rolled back: once it has begun it is used, however the transaction ends. */
  readonly beyondRollback: boolean;
  state: 'sent' | 'ran' | 'failed';
}

/**
 * Approvals that this session has taken and not yet settled: used when their transaction commits, given back when it is
 * rolled back, in doubt when nobody can know (SEMANTICS 33).
 */
export class Claims {
  readonly #store: ApprovalStore;
  readonly #sessionId: string;
  readonly #record: (event: AuditEvent) => void;
  readonly #onFailure: (error: unknown) => void;
  #open: Claim[] = [];
  #commitSent = false;

  constructor(
    store: ApprovalStore,
    sessionId: string,
    record: (event: AuditEvent) => void,
    onFailure: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#sessionId = sessionId;
    this.#record = record;
    this.#onFailure = onFailure;
  }

  /** The approved statement goes upstream. */
  sent(request: string, beyondRollback: boolean): void {
    this.#open.push({ request, beyondRollback, state: 'sent' });
  }

  /** A COMMIT, or the end of an implicit transaction, is under way. */
  commitSent(): void {
    this.#commitSent = true;
  }

  /** The approved statement succeeded or failed. */
  ended(request: string, ok: boolean): void {
    for (const claim of this.#open) if (claim.request === request) claim.state = ok ? 'ran' : 'failed';
  }

  /** The transaction around all open claims is over. */
  transactionEnded(committed: boolean): void {
    this.#commitSent = false;
    for (const claim of this.#take()) {
      const used = claim.beyondRollback || (committed && claim.state === 'ran');
      this.#settle(claim, used ? 'used' : 'returned');
    }
  }

  /** The connection to the database is gone. @param inBlock a transaction block was open and nobody had sent COMMIT. */
  connectionLost(inBlock: boolean): void {
    const rolledBack = inBlock && !this.#commitSent;
    for (const claim of this.#take())
      this.#settle(claim, rolledBack && !claim.beyondRollback ? 'returned' : 'in-doubt');
  }

  #take(): readonly Claim[] {
    const taken = this.#open;
    this.#open = [];
    return taken;
  }

  #settle(claim: Claim, settlement: Settlement): void {
    this.#record({ type: 'approval', request: claim.request, what: settlement, by: null });
    this.#store.settle(claim.request, this.#sessionId, settlement).catch(this.#onFailure);
  }
}
