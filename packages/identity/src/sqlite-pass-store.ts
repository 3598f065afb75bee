import { closeSync, fchmodSync, openSync } from 'node:fs';
import type { EpochMs } from '@bailiwick/domain';
import Database from 'libsql';
import type { Pass, StoredPass } from './pass.ts';
import { derivePassKey, type PassRow, PassSeal } from './pass-seal.ts';
import type { PassFilter, PassStore } from './pass-store.ts';

/** How long a change waits for another connection's; each is a single row, so that more means a stuck process. */
const BUSY_TIMEOUT_MS = 2_000;
/** Of the tables below; a file written by a later version is refused. */
const FORMAT_VERSION = 'bailiwick passes 1';
/** Most passes that one list holds. */
const LIST_MAX = 1000;

/** `seq` orders lists; the rest is `PassRow`. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS pass_meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS passes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    identity_key TEXT NOT NULL,
    human TEXT,
    agent TEXT,
    datasource TEXT NOT NULL,
    role TEXT NOT NULL,
    networks TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS passes_identity ON passes (identity_key);
  CREATE INDEX IF NOT EXISTS passes_expiry ON passes (expires_at);
`;

const COLUMNS = [
  'id',
  'identity_key',
  'human',
  'agent',
  'datasource',
  'role',
  'networks',
  'created_at',
  'expires_at',
  'revoked_at',
  'sealed',
] as const satisfies readonly (keyof PassRow)[];

type PassDatabase = InstanceType<typeof Database>;

/**
 * Opens or makes the passes in a SQLite file (mode 0600); other tables in it are left alone.
 * @param key 32 bytes; seals what is stored. Not kept.
 * @throws Error where the file is no database, of a later version, or sealed under another key; no pass is touched then.
 */
export function openSqlitePassStore(path: string, key: Buffer): PassStore {
  const seal = new PassSeal(key);
  let database: PassDatabase | null = null;
  try {
    const descriptor = openSync(path, 'a', 0o600);
    // One that was there may have been copied here by hand; what SQLite makes beside it has the same mode.
    fchmodSync(descriptor, 0o600);
    closeSync(descriptor);
    database = new Database(path);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // WAL lets readers go on while one process writes; FULL makes each commit durable before it is answered.
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
    checkMeta(database, derivePassKey(key, 'proof').toString('hex'));
    return new SqlitePassStore(database, seal);
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The passes in ${path} cannot be opened: ${reason}.`);
  }
}

/** The proof recognises the key without telling it. */
function checkMeta(database: PassDatabase, keyProof: string): void {
  const insert = database.prepare('INSERT OR IGNORE INTO pass_meta (name, value) VALUES (?, ?)');
  insert.run(['format', FORMAT_VERSION]);
  insert.run(['key', keyProof]);
  const rows = database.prepare('SELECT name, value FROM pass_meta').all();
  const meta = new Map(rows.map((row) => [Object(row).name, Object(row).value]));
  if (meta.get('format') !== FORMAT_VERSION) throw new Error('they were written by another version of the gateway');
  if (meta.get('key') !== keyProof) throw new Error('they were sealed under another key');
}

/** Every row read is verified. */
class SqlitePassStore implements PassStore {
  readonly #database: PassDatabase;
  readonly #seal: PassSeal;

  constructor(database: PassDatabase, seal: PassSeal) {
    this.#database = database;
    this.#seal = seal;
  }

  async insert(stored: StoredPass): Promise<void> {
    const row = this.#seal.close(stored);
    this.#database
      .prepare(`INSERT INTO passes (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`)
      .run(COLUMNS.map((name) => row[name]));
  }

  async get(id: string): Promise<StoredPass | null> {
    return this.#read('WHERE id = ?', [id])[0] ?? null;
  }

  async list({ identityKey, limit, after }: PassFilter): Promise<readonly Pass[]> {
    const found = this.#read(
      `WHERE (:identityKey IS NULL OR identity_key = :identityKey)
         AND (:after IS NULL OR seq < (SELECT seq FROM passes WHERE id = :after))
       ORDER BY seq DESC LIMIT :limit`,
      {
        identityKey: identityKey ?? null,
        after: after ?? null,
        limit: Math.min(Math.max(1, Math.trunc(limit)), LIST_MAX),
      },
    );
    return found.map(({ pass }) => pass);
  }

  async countActive(identityKey: string, now: EpochMs): Promise<number> {
    const row = this.#database
      .prepare('SELECT count(*) AS n FROM passes WHERE identity_key = ? AND revoked_at IS NULL AND expires_at > ?')
      .get([identityKey, now]);
    return Number(Object(row).n);
  }

  async revoke(id: string, at: EpochMs): Promise<Pass | null> {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const pass = this.#revoked(id, at);
      this.#database.exec('COMMIT');
      return pass;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  async forgetExpired(before: EpochMs): Promise<void> {
    this.#database.prepare('DELETE FROM passes WHERE expires_at < ?').run([before]);
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #revoked(id: string, at: EpochMs): Pass | null {
    const [stored] = this.#read('WHERE id = ?', [id]);
    if (stored === undefined || stored.pass.revokedAt !== null) return stored?.pass ?? null;
    const pass = { ...stored.pass, revokedAt: at };
    const { revoked_at, sealed } = this.#seal.close({ ...stored, pass });
    this.#database.prepare('UPDATE passes SET revoked_at = ?, sealed = ? WHERE id = ?').run([revoked_at, sealed, id]);
    return pass;
  }

  #read(where: string, values: unknown): readonly StoredPass[] {
    const rows = this.#database.prepare(`SELECT ${COLUMNS.join(', ')} FROM passes ${where}`).all(values);
    return rows.map((row) => this.#seal.open(readRow(Object(row))));
  }
}

function readRow(row: Readonly<Record<string, unknown>>): PassRow {
  const text = (name: string): string => String(row[name]);
  const textOrNull = (name: string): string | null => (row[name] === null ? null : text(name));
  return {
    id: text('id'),
    identity_key: text('identity_key'),
    human: textOrNull('human'),
    agent: textOrNull('agent'),
    datasource: text('datasource'),
    role: text('role'),
    networks: text('networks'),
    created_at: Number(row.created_at),
    expires_at: Number(row.expires_at),
    revoked_at: row.revoked_at === null ? null : Number(row.revoked_at),
    sealed: bytesOf(row.sealed),
  };
}

/** The driver gives blobs as ArrayBuffers here and as Buffers there. */
function bytesOf(value: unknown): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0);
}
