/** Raised whenever a table changes; an index of another version is thrown away and built again from the log. */
export const INDEX_VERSION = 1;

/** The index holds normalised SQL and identities, never a literal, a bound value or a cell (law 3). */
export const INDEX_SCHEMA = `
CREATE TABLE IF NOT EXISTS audit_position (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  version INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  end_offset INTEGER NOT NULL,
  record_offset INTEGER NOT NULL,
  record_hash TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS audit_sessions (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  protocol TEXT NOT NULL,
  datasource TEXT NOT NULL,
  identity_key TEXT NOT NULL,
  identity TEXT NOT NULL,
  role TEXT NOT NULL,
  client_address TEXT NOT NULL,
  application TEXT NOT NULL,
  started_at REAL NOT NULL,
  ended_at REAL,
  end_reason TEXT,
  statements INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  segment INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_sessions_identity ON audit_sessions (identity_key, n);
CREATE INDEX IF NOT EXISTS audit_sessions_open ON audit_sessions (n) WHERE ended_at IS NULL;
CREATE TABLE IF NOT EXISTS audit_statements (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  at REAL NOT NULL,
  sql TEXT NOT NULL,
  classes TEXT NOT NULL,
  tables TEXT NOT NULL,
  tags TEXT NOT NULL,
  effect TEXT NOT NULL DEFAULT '',
  rule TEXT NOT NULL DEFAULT '',
  code TEXT,
  request TEXT,
  outcome TEXT,
  row_count INTEGER,
  UNIQUE (session_id, ordinal)
);
`;

/** Removes what INDEX_SCHEMA makes, and nothing else: the file may hold other tables. */
export const DROP_INDEX = `
DROP TABLE IF EXISTS audit_position;
DROP TABLE IF EXISTS audit_sessions;
DROP TABLE IF EXISTS audit_statements;
`;
