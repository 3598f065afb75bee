import type { SessionSummary, StatementSummary, TranscriptReader } from '@bailiwick/domain';
import type Database from 'libsql';

type SessionFilter = Parameters<TranscriptReader['sessions']>[0];
type StatementFilter = Parameters<TranscriptReader['statements']>[0];
type Value = string | number;

/** Longest page that a caller gets, whatever it asks for. */
const PAGE_ROWS_MAX = 1000;

/** Sessions, newest first; `after` is the id of the last one of the page before. */
export function selectSessions(database: Database.Database, filter: SessionFilter): SessionSummary[] {
  const where: string[] = [];
  const values: Value[] = [];
  const add = (condition: string, value: Value | undefined): void => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  add('identity_key = ?', filter.identityKey);
  add('datasource = ?', filter.datasource);
  add('started_at >= ?', filter.since);
  add('n < (SELECT n FROM audit_sessions WHERE id = ?)', filter.after);
  const rows = database
    .prepare(`SELECT * FROM audit_sessions ${clause(where)} ORDER BY n DESC LIMIT ?`)
    .all(...values, page(filter.limit)) as SessionRow[];
  return rows.map(toSession);
}

export function selectSession(database: Database.Database, id: string): SessionSummary | null {
  const row = database.prepare('SELECT * FROM audit_sessions WHERE id = ?').get(id) as SessionRow | undefined;
  return row === undefined ? null : toSession(row);
}

/** The segment that holds the first record of a session; null where the index does not know it. */
export function firstSegmentOf(database: Database.Database, id: string): number | null {
  const row = database.prepare('SELECT segment FROM audit_sessions WHERE id = ?').get(id) as SessionRow | undefined;
  return row?.segment ?? null;
}

/**
 * Statements: of one session in their order, of all sessions newest first. `after` is `<session id>/<ordinal>` of the
 * last one of the page before.
 */
export function selectStatements(database: Database.Database, filter: StatementFilter): StatementSummary[] {
  const ascending = filter.sessionId !== undefined;
  const where: string[] = [];
  const values: Value[] = [];
  if (filter.sessionId !== undefined) {
    where.push('session_id = ?');
    values.push(filter.sessionId);
  }
  if (filter.since !== undefined) {
    where.push('at >= ?');
    values.push(filter.since);
  }
  if (filter.after !== undefined) {
    const slash = filter.after.lastIndexOf('/');
    where.push(`n ${ascending ? '>' : '<'} (SELECT n FROM audit_statements WHERE session_id = ? AND ordinal = ?)`);
    values.push(filter.after.slice(0, Math.max(slash, 0)), Number(filter.after.slice(slash + 1)) || 0);
  }
  const order = ascending ? 'ASC' : 'DESC';
  const rows = database
    .prepare(`SELECT * FROM audit_statements ${clause(where)} ORDER BY n ${order} LIMIT ?`)
    .all(...values, page(filter.limit)) as StatementRow[];
  return rows.map(toStatement);
}

function clause(where: readonly string[]): string {
  return where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
}

function page(limit: number): number {
  return Math.max(0, Math.min(Math.floor(limit), PAGE_ROWS_MAX));
}

interface SessionRow {
  readonly id: string;
  readonly protocol: SessionSummary['protocol'];
  readonly datasource: string;
  readonly identity: string;
  readonly role: string;
  readonly client_address: string;
  readonly application: string;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly end_reason: string | null;
  readonly statements: number;
  readonly refused: number;
  readonly segment: number;
}

function toSession(row: SessionRow): SessionSummary {
  return {
    id: row.id,
    protocol: row.protocol,
    datasource: row.datasource,
    identity: JSON.parse(row.identity) as SessionSummary['identity'],
    role: row.role,
    clientAddress: row.client_address,
    application: row.application,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    statements: row.statements,
    refused: row.refused,
  };
}

interface StatementRow {
  readonly session_id: string;
  readonly ordinal: number;
  readonly at: number;
  readonly sql: string;
  readonly classes: string;
  readonly tables: string;
  readonly tags: string;
  readonly effect: string;
  readonly rule: string;
  readonly code: string | null;
  readonly request: string | null;
  readonly outcome: string | null;
  readonly row_count: number | null;
}

function toStatement(row: StatementRow): StatementSummary {
  return {
    sessionId: row.session_id,
    ordinal: row.ordinal,
    at: row.at,
    normalisedSql: row.sql,
    classes: JSON.parse(row.classes) as string[],
    tables: JSON.parse(row.tables) as string[],
    tags: JSON.parse(row.tags) as string[],
    effect: row.effect,
    rule: row.rule,
    code: row.code,
    request: row.request,
    outcome: row.outcome,
    rows: row.row_count,
  };
}
