import type { ApprovalStore, Settlement } from '@bailiwick/approvals';
import type { AuditEvent } from '@bailiwick/domain';

/** How far the run of an approved statement has got. Each step is taken only forwards. */
const STEPS = ['taken', 'queued', 'sent', 'begun', 'ran'] as const;
type Step = (typeof STEPS)[number];

interface Claim {
  readonly request: string;
  step: Step;
  /** Something in it cannot be rolled back: once it has begun it is used, however the transaction ends. */
  beyondRollback: boolean;
}

/**
 * Approvals that this session has taken and not yet settled: used when their transaction commits, given back when it is
 * rolled back or when nothing was sent, in doubt when nobody can know (SEMANTICS 33).
 */
export class Claims {
  readonly #store: ApprovalStore;
  readonly #sessionId: string;
  readonly #record: (event: AuditEvent) => void;
  readonly #onFailure: (error: unknown) => void;
  #open: Claim[] = [];
  #commitSent = false;
  #over = false;

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

  /** Takes an approval for one run. False: somebody else has it, it is not usable any more, or the session is over. */
  async take(request: string): Promise<boolean> {
    if (this.#over || !(await this.#store.claim(request, this.#sessionId))) return false;
    this.#open.push({ request, step: 'taken', beyondRollback: false });
    if (!this.#over) return true;
    await this.giveBack(request);
    return false;
  }

  /** Nothing of the statement was sent, and nothing will be. */
  async giveBack(request: string): Promise<void> {
    if (!this.#remove(request)) return;
    if (!this.#over) this.#record({ type: 'approval', request, what: 'returned', by: null });
    await this.#store.settle(request, this.#sessionId, 'returned');
  }

  /** The approved statement is ready to go upstream with the next write. */
  queued(request: string, beyondRollback: boolean): void {
    for (const claim of this.#of(request)) {
      claim.step = later(claim.step, 'queued');
      claim.beyondRollback = beyondRollback;
    }
  }

  /** Everything queued was written to the database's socket. */
  written(): void {
    for (const claim of this.#open) if (claim.step === 'queued') claim.step = 'sent';
  }

  /** The statement failed: it has begun, and what a rollback does not undo may have happened. */
  begun(request: string): void {
    for (const claim of this.#of(request)) claim.step = later(claim.step, 'begun');
  }

  /** The statement, or a part of it, has succeeded. */
  ran(request: string): void {
    for (const claim of this.#of(request)) claim.step = later(claim.step, 'ran');
  }

  /** A COMMIT, or the end of an implicit transaction, is under way. */
  commitSent(): void {
    this.#commitSent = true;
  }

  /** A transaction block is open, and nothing that could end it is under way. */
  blockOpen(): void {
    this.#commitSent = false;
  }

  /**
   * A transaction is over. @param underWay whether messages of an approved statement still wait for their replies: they
   * belong to the next transaction.
   */
  transactionEnded(committed: boolean, underWay: (request: string) => boolean): void {
    this.#commitSent = false;
    this.#settleAll((claim) => {
      const ran = claim.step === 'ran';
      if (committed && ran) return 'used';
      if (claim.step === 'taken' || claim.step === 'queued' || underWay(claim.request)) return null;
      return claim.beyondRollback && (ran || claim.step === 'begun') ? 'used' : 'returned';
    });
  }

  /** The session is over. @param inBlock a transaction block was open around everything that was answered. */
  connectionLost(inBlock: boolean): void {
    this.#over = true;
    const rolledBack = inBlock && !this.#commitSent;
    this.#settleAll((claim) => {
      const unsent = claim.step === 'taken' || claim.step === 'queued';
      return unsent || (rolledBack && !claim.beyondRollback) ? 'returned' : 'in-doubt';
    });
  }

  #of(request: string): readonly Claim[] {
    return this.#open.filter((claim) => claim.request === request);
  }

  #remove(request: string): boolean {
    const before = this.#open.length;
    this.#open = this.#open.filter((claim) => claim.request !== request);
    return this.#open.length < before;
  }

  /** The store before the record: an approval must not stay taken because the record cannot be written. */
  #settleAll(how: (claim: Claim) => Settlement | null): void {
    const settled: { readonly request: string; readonly what: Settlement }[] = [];
    for (const claim of [...this.#open]) {
      const what = how(claim);
      if (what === null) continue;
      this.#remove(claim.request);
      this.#store.settle(claim.request, this.#sessionId, what).catch(this.#onFailure);
      settled.push({ request: claim.request, what });
    }
    for (const { request, what } of settled) this.#record({ type: 'approval', request, what, by: null });
  }
}

const later = (one: Step, other: Step): Step => (STEPS.indexOf(other) > STEPS.indexOf(one) ? other : one);
