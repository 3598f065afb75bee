import type { ApprovalStatus, EpochMs } from '@bailiwick/domain';
import type { ApprovalDatabase } from './database-file.ts';
import { COLUMNS, decodeRow, encodeRow } from './request-row.ts';
import type { Seal } from './seal.ts';
import type { StoredRequest } from './stored-request.ts';

/** What of a row `update` may change. */
const CHANGEABLE = ['status', 'in_doubt', 'claimed_by', 'expires_at', 'statement', 'decisions', 'signature'] as const;

/** `statusAt` in SQL. */
const STATUS_AT = `CASE WHEN expires_at <= :now AND (status = 'pending' OR (status = 'approved' AND claimed_by IS NULL))
  THEN 'expired' ELSE status END`;

/** Which requests, newest first. */
export interface RequestFilter {
  readonly status?: ApprovalStatus;
  readonly identityKey?: string;
  readonly limit: number;
  readonly after?: string;
}

/** The statements that the store runs on its table. Every row read is verified. */
export class RequestTable {
  readonly #database: ApprovalDatabase;
  readonly #seal: Seal;

  constructor(database: ApprovalDatabase, seal: Seal) {
    this.#database = database;
    this.#seal = seal;
  }

  /** Runs `change` in one transaction, so that no two processes see the same state before they change it. */
  transaction<Result>(change: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Only inside `transaction`. */
  insert(stored: StoredRequest): void {
    const row = encodeRow(stored, this.#seal);
    const names = [...COLUMNS, 'signature'] as const;
    this.#database
      .prepare(`INSERT INTO approval_requests (changed, ${names.join(', ')})
        VALUES ((SELECT coalesce(max(changed), 0) + 1 FROM approval_requests), ${names.map(() => '?').join(', ')})`)
      .run(names.map((name) => row[name]));
  }

  /** Only inside `transaction`. */
  update(stored: StoredRequest): void {
    const row = encodeRow(stored, this.#seal);
    this.#database
      .prepare(`UPDATE approval_requests
        SET changed = (SELECT max(changed) + 1 FROM approval_requests), ${CHANGEABLE.map((name) => `${name} = ?`).join(', ')}
        WHERE id = ?`)
      .run([...CHANGEABLE.map((name) => row[name]), row.id]);
  }

  byId(id: string): StoredRequest | null {
    return this.#read('WHERE id = ?', [id])[0] ?? null;
  }

  /** Requests for a digest with a status as written, the first to expire first. */
  byDigest(digest: string, status: ApprovalStatus): readonly StoredRequest[] {
    return this.#read('WHERE lookup = ? AND status = ? ORDER BY expires_at, seq', [this.#seal.lookup(digest), status]);
  }

  list({ status, identityKey, limit, after }: RequestFilter, now: EpochMs): readonly StoredRequest[] {
    return this.#read(
      `WHERE (:status IS NULL OR ${STATUS_AT} = :status) AND (:identityKey IS NULL OR identity_key = :identityKey)
         AND (:after IS NULL OR seq < (SELECT seq FROM approval_requests WHERE id = :after))
       ORDER BY seq DESC LIMIT :limit`,
      { status: status ?? null, identityKey: identityKey ?? null, after: after ?? null, limit, now },
    );
  }

  /** Requests whose time is over although their status does not say so yet. */
  due(now: EpochMs): readonly StoredRequest[] {
    return this.#read(
      "WHERE expires_at <= ? AND (status = 'pending' OR (status = 'approved' AND claimed_by IS NULL)) ORDER BY seq",
      [now],
    );
  }

  /** Requests that a session has taken and not yet ended. */
  claimed(): readonly StoredRequest[] {
    return this.#read("WHERE status = 'approved' AND claimed_by IS NOT NULL ORDER BY seq", []);
  }

  pendingOf(identityKey: string, now: EpochMs): number {
    return this.#number(
      "SELECT count(*) AS n FROM approval_requests WHERE identity_key = ? AND status = 'pending' AND expires_at > ?",
      [identityKey, now],
    );
  }

  /** The number of the newest change of any process. */
  lastChange(): number {
    return this.#number('SELECT coalesce(max(changed), 0) AS n FROM approval_requests', []);
  }

  /** Ids of requests changed after that change, in the order of their last changes. */
  changedAfter(change: number): readonly string[] {
    const rows = this.#database
      .prepare('SELECT id FROM approval_requests WHERE changed > ? ORDER BY changed')
      .all([change]);
    return rows.map((row) => String(Object(row).id));
  }

  close(): void {
    this.#database.close();
  }

  #read(tail: string, values: readonly unknown[] | Readonly<Record<string, unknown>>): readonly StoredRequest[] {
    const rows = this.#database
      .prepare(`SELECT ${COLUMNS.join(', ')}, signature FROM approval_requests ${tail}`)
      .all(values);
    return rows.map((row) => decodeRow(Object(row), this.#seal));
  }

  #number(sql: string, values: readonly unknown[]): number {
    const [row] = this.#database.prepare(sql).all(values);
    return Number(Object(row).n);
  }
}
