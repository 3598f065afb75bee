import { type ApprovalRequest, type ApprovalSubject, type Clock, GatewayError } from '@bailiwick/domain';
import type { ApprovalStore, NewApprovalRequest, Reviewer, Settlement } from './approval-store.ts';
import { ChangeWatch } from './change-watch.ts';
import { openDatabase } from './database-file.ts';
import { digestOf } from './digest.ts';
import { newRequestId } from './request-id.ts';
import { type RequestFilter, RequestTable } from './request-table.ts';
import { judge } from './review.ts';
import { Seal } from './seal.ts';
import { requestAt, type StoredRequest, statusAt } from './stored-request.ts';

/** Most requests of one identity that wait at a time: an agent in a loop must not bury those of others. */
export const PENDING_MAX = 1000;

/** Most requests that one list holds. */
const LIST_MAX = 1000;

export interface SqliteApprovalStoreOptions {
  readonly path: string;
  /** 32 bytes; seals statements, values and decisions, and signs the rest. Not kept. */
  readonly key: Buffer;
  /** How long a request waits for its reviewers. */
  readonly requestExpiryMs: number;
  /** How long it may be run once approved. */
  readonly approvalExpiryMs: number;
  readonly clock: Clock;
}

/**
 * Opens the store of one gateway in a SQLite file. What an earlier process had begun to run is `used (in doubt)` from
 * then on, so only one gateway at a time may have the file; other processes may open it to read and to decide only by
 * way of that gateway.
 * @throws Error where the file cannot be used; it is then left as it is.
 */
export function openSqliteApprovalStore(options: SqliteApprovalStoreOptions): ApprovalStore {
  const seal = new Seal(options.key);
  return new SqliteApprovalStore(new RequestTable(openDatabase(options.path, seal), seal), options);
}

class SqliteApprovalStore implements ApprovalStore {
  readonly #table: RequestTable;
  readonly #options: SqliteApprovalStoreOptions;
  readonly #watch: ChangeWatch;
  /** The newest change that listeners know of. */
  #seen: number;

  constructor(table: RequestTable, options: SqliteApprovalStoreOptions) {
    this.#table = table;
    this.#options = options;
    this.#table.transaction(() => {
      for (const stored of table.claimed()) this.#write(stored, { status: 'used', inDoubt: true });
    });
    this.#seen = table.lastChange();
    this.#watch = new ChangeWatch(options.clock, () => {
      if (table.due(this.#now()).length > 0) this.#change(() => this.#expireDue());
      this.#tell();
    });
  }

  async create(asked: NewApprovalRequest): Promise<ApprovalRequest> {
    const now = this.#now();
    const request: ApprovalRequest = {
      ...asked,
      id: newRequestId(),
      digest: digestOf(asked.subject),
      status: 'pending',
      inDoubt: false,
      createdAt: now,
      expiresAt: now + this.#options.requestExpiryMs,
      decisions: [],
    };
    return this.#change(() => {
      this.#expireDue();
      for (const stored of this.#table.byDigest(request.digest, 'pending')) {
        if (sameTerms(stored.request, request)) return requestAt(stored, now);
        // A policy that asks for more now must not be met by what an earlier one asked for.
        this.#write(stored, { status: 'cancelled' });
      }
      if (this.#table.pendingOf(asked.subject.identityKey, now) >= PENDING_MAX) {
        throw new GatewayError(
          'budget-exceeded',
          `${PENDING_MAX} requests of this identity wait already.`,
          'wait for them',
        );
      }
      this.#table.insert({ request, claimedBy: null, decisions: [] });
      return request;
    });
  }

  async get(id: string): Promise<ApprovalRequest | null> {
    const stored = this.#table.byId(id);
    return stored === null ? null : requestAt(stored, this.#now());
  }

  async list(filter: RequestFilter): Promise<readonly ApprovalRequest[]> {
    const now = this.#now();
    if (filter.after !== undefined) this.#need(filter.after);
    const limit = Math.min(Math.max(1, Math.trunc(filter.limit)), LIST_MAX);
    return this.#table.list({ ...filter, limit }, now).map((stored) => requestAt(stored, now));
  }

  async decide(
    id: string,
    digest: string,
    reviewer: Reviewer,
    verdict: 'approve' | 'reject',
    reason: string,
  ): Promise<ApprovalRequest> {
    return this.#change(() => {
      const now = this.#now();
      const stored = this.#need(id);
      const { decision, status } = judge(stored, { digest, reviewer, verdict, reason }, now);
      const decided = { ...stored, decisions: [...stored.decisions, decision] };
      const usableUntil = status === 'approved' ? { expiresAt: now + this.#options.approvalExpiryMs } : {};
      return requestAt(this.#write(decided, { status, ...usableUntil }), now);
    });
  }

  async findApproved(subject: ApprovalSubject): Promise<ApprovalRequest | null> {
    const now = this.#now();
    const usable = this.#table
      .byDigest(digestOf(subject), 'approved')
      .find((stored) => stored.claimedBy === null && statusAt(stored, now) === 'approved');
    return usable === undefined ? null : requestAt(usable, now);
  }

  async claim(id: string, sessionId: string): Promise<boolean> {
    return this.#change(() => {
      const stored = this.#need(id);
      if (stored.claimedBy !== null || statusAt(stored, this.#now()) !== 'approved') return false;
      this.#write({ ...stored, claimedBy: sessionId }, {});
      return true;
    });
  }

  async settle(id: string, sessionId: string, settlement: Settlement): Promise<void> {
    this.#change(() => {
      const stored = this.#need(id);
      const { status, inDoubt } = stored.request;
      const open = status === 'approved' || (status === 'used' && inDoubt);
      if (stored.claimedBy !== sessionId || !open) {
        throw new GatewayError('approval-unusable', 'The request is not being run by this session.', '', {
          request: id,
        });
      }
      if (settlement === 'used') this.#write(stored, { status: 'used', inDoubt: false });
      else if (status === 'used')
        return; // Once in doubt it never comes back (SEMANTICS 33).
      else if (settlement === 'in-doubt') this.#write(stored, { status: 'used', inDoubt: true });
      else this.#write({ ...stored, claimedBy: null }, {});
    });
  }

  async cancel(id: string): Promise<void> {
    this.#change(() => {
      const stored = this.#need(id);
      const status = statusAt(stored, this.#now());
      const unused = status === 'pending' || (status === 'approved' && stored.claimedBy === null);
      if (unused) this.#write(stored, { status: 'cancelled' });
    });
  }

  onChange(listener: (id: string) => void): () => void {
    // What changed before somebody listened is no news to them.
    if (!this.#watch.watched) this.#seen = this.#table.lastChange();
    return this.#watch.add(listener);
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#table.close();
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #need(id: string): StoredRequest {
    const stored = this.#table.byId(id);
    if (stored === null) throw new GatewayError('approval-unknown', 'There is no such request.', '', { request: id });
    return stored;
  }

  #write(stored: StoredRequest, change: Partial<ApprovalRequest>): StoredRequest {
    const changed = { ...stored, request: { ...stored.request, ...change } };
    this.#table.update(changed);
    return changed;
  }

  #expireDue(): void {
    for (const stored of this.#table.due(this.#now())) this.#write(stored, { status: 'expired' });
  }

  /** One transaction; listeners hear of it after it is durable. */
  #change<Result>(change: () => Result): Result {
    const result = this.#table.transaction(change);
    if (this.#watch.watched) this.#tell();
    return result;
  }

  /** Never throws: what was changed is durable, whatever becomes of the news. */
  #tell(): void {
    try {
      const ids = this.#table.changedAfter(this.#seen);
      this.#seen = this.#table.lastChange();
      for (const id of ids) this.#watch.tell(id);
    } catch {
      // The file is busy: the next poll finds the same changes.
    }
  }
}

function sameTerms(one: ApprovalRequest, other: ApprovalRequest): boolean {
  const { rule, by, min, mode } = one.terms;
  const terms = other.terms;
  const sameBy = by.length === terms.by.length && by.every((group) => terms.by.includes(group));
  const known = new Set(one.excluded);
  return (
    rule === terms.rule &&
    min === terms.min &&
    mode === terms.mode &&
    sameBy &&
    other.excluded.every((name) => known.has(name))
  );
}
