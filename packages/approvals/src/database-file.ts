import { closeSync, openSync } from 'node:fs';
import Database from 'libsql';
import type { Seal } from './seal.ts';

/** How long a change waits for another process's; each is a single row, so that more means a stuck process. */
const BUSY_TIMEOUT_MS = 2_000;

/** Of the tables below; a file written by a later version is refused. */
const FORMAT_VERSION = 'bailiwick approvals 1';

/** `seq` orders lists, `changed` the changes of all processes; the rest is described by `RequestRow`. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS approval_meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS approval_requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    changed INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    lookup TEXT NOT NULL,
    status TEXT NOT NULL,
    in_doubt INTEGER NOT NULL,
    claimed_by TEXT,
    session_id TEXT NOT NULL,
    identity_key TEXT NOT NULL,
    datasource TEXT NOT NULL,
    role TEXT NOT NULL,
    human TEXT,
    agent TEXT,
    excluded TEXT NOT NULL,
    classes TEXT NOT NULL,
    tables TEXT NOT NULL,
    tags TEXT NOT NULL,
    terms TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    statement BLOB NOT NULL,
    decisions BLOB NOT NULL,
    signature BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS approval_requests_lookup ON approval_requests (lookup, status);
  CREATE INDEX IF NOT EXISTS approval_requests_status ON approval_requests (status, expires_at);
  CREATE INDEX IF NOT EXISTS approval_requests_identity ON approval_requests (identity_key, status);
  CREATE UNIQUE INDEX IF NOT EXISTS approval_requests_changed ON approval_requests (changed);
`;

/** An open database of `libsql`. */
export type ApprovalDatabase = InstanceType<typeof Database>;

/**
 * Opens or makes the file (mode 0600) with the tables of this package; other tables in it are left alone.
 * @throws Error naming the file and the fault where it is no database, is damaged, is of a later version or was sealed
 * under another key; nothing was written to it then.
 */
export function openDatabase(path: string, seal: Seal): ApprovalDatabase {
  let database: ApprovalDatabase | null = null;
  try {
    closeSync(openSync(path, 'a', 0o600));
    database = new Database(path);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const checked = database.prepare('PRAGMA quick_check(1)').all();
    const [first] = checked.map((row) => Object(row).quick_check);
    if (first !== 'ok') throw new Error('the file is damaged');
    checkMeta(database, seal);
    // WAL lets readers go on while one process writes; FULL makes each commit durable before it is answered.
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
    writeMeta(database, seal);
    checkMeta(database, seal);
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The approvals in ${path} cannot be opened: ${reason}. The file was left as it is.`);
  }
}

/** Recognises the key without telling it. */
function keyProof(seal: Seal): string {
  return seal.lookup('proof of the key');
}

function checkMeta(database: ApprovalDatabase, seal: Seal): void {
  const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'approval_meta'").all();
  if (known.length === 0) return;
  const rows = database.prepare('SELECT name, value FROM approval_meta').all();
  const meta = new Map(rows.map((row) => [Object(row).name, Object(row).value]));
  if (meta.size === 0) return;
  if (meta.get('format') !== FORMAT_VERSION) throw new Error('it was written by another version of the gateway');
  if (meta.get('key') !== keyProof(seal)) throw new Error('it was sealed under another key');
}

function writeMeta(database: ApprovalDatabase, seal: Seal): void {
  const insert = database.prepare('INSERT OR IGNORE INTO approval_meta (name, value) VALUES (?, ?)');
  insert.run(['format', FORMAT_VERSION]);
  insert.run(['key', keyProof(seal)]);
}
