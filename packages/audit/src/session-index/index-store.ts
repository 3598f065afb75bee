import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AuditEvent, EpochMs } from '@bailiwick/domain';
import Database from 'libsql';
import { DROP_INDEX, INDEX_SCHEMA, INDEX_VERSION } from './index-schema.ts';

/** How far the index has read the log. */
export interface IndexPosition {
  /** Segment of the last record read; 0: none was read yet. */
  readonly segment: number;
  /** Where that record ends. */
  readonly endOffset: number;
  /** Where it begins, and the hash that it states: they tell whether the log is still the one that was read. */
  readonly recordOffset: number;
  readonly recordHash: string;
}

/** An event of the log, with where and when it was recorded. */
export interface LoggedEvent {
  readonly sessionId: string;
  readonly segment: number;
  readonly at: EpochMs;
  readonly event: AuditEvent;
}

/** Name of the alert that opens a run of the gateway: no session of an earlier run can still be open behind it. */
export const LOG_OPENED = 'audit-opened';
const STOPPED = 'the gateway stopped';
/** How long a write may wait for another connection to the same file; the batch is tried again later. */
const BUSY_TIMEOUT_MS = 100;

/** The SQLite tables of the index: written in batches, each with the position that it brings the index to. */
export class IndexStore {
  readonly database: Database.Database;
  readonly #statements = new Map<string, Database.Statement<(string | number | null)[]>>();
  #position: IndexPosition;

  /** Opens or makes the index. Throws when the file cannot be used. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite would make the file by the umask; its -wal and -shm take the mode of the file.
    closeSync(openSync(path, 'a', 0o600));
    this.database = new Database(path);
    try {
      this.database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      this.database.exec('PRAGMA journal_mode = WAL');
      this.database.exec('PRAGMA synchronous = NORMAL');
      this.database.exec(INDEX_SCHEMA);
      const found = this.#readPosition();
      if (found === null) this.#position = this.reset();
      else this.#position = found;
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  get position(): IndexPosition {
    return this.#position;
  }

  /** Empties the index, so that it is built again from the first segment. */
  reset(): IndexPosition {
    this.#position = { segment: 0, endOffset: 0, recordOffset: 0, recordHash: '' };
    this.database.exec('BEGIN IMMEDIATE');
    try {
      this.database.exec(`${DROP_INDEX} ${INDEX_SCHEMA}`);
      this.#writePosition(this.#position);
      this.database.exec('COMMIT');
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
    return this.#position;
  }

  /** Takes a batch and the position behind it, both or neither. */
  apply(events: readonly LoggedEvent[], position: IndexPosition): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      for (const logged of events) this.#take(logged);
      this.#writePosition(position);
      this.database.exec('COMMIT');
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
    this.#position = position;
  }

  close(): void {
    this.database.close();
  }

  #take({ sessionId, segment, at, event }: LoggedEvent): void {
    switch (event.type) {
      case 'session.start': {
        const { session } = event;
        this.#run(
          `INSERT INTO audit_sessions (id, protocol, datasource, identity_key, identity, role, client_address,
             application, started_at, segment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
          sessionId,
          session.protocol,
          session.datasource,
          session.identity.key,
          JSON.stringify(session.identity),
          session.role,
          session.clientAddress,
          session.application,
          session.startedAt,
          segment,
        );
        return;
      }
      case 'statement':
        this.#run(
          `INSERT INTO audit_statements (session_id, ordinal, at, sql, classes, tables, tags)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_id, ordinal) DO NOTHING`,
          sessionId,
          event.ordinal,
          at,
          event.normalisedSql,
          JSON.stringify(event.classes),
          JSON.stringify(event.tables),
          JSON.stringify(event.tags),
        );
        this.#run('UPDATE audit_sessions SET statements = statements + 1 WHERE id = ?', sessionId);
        return;
      case 'decision':
        this.#run(
          `UPDATE audit_statements SET effect = ?, rule = ?, code = ?, request = coalesce(?, request)
             WHERE session_id = ? AND ordinal = ?`,
          event.effect,
          event.rule,
          event.code,
          event.request,
          sessionId,
          event.ordinal,
        );
        return;
      case 'outcome':
        this.#run(
          'UPDATE audit_statements SET outcome = ?, row_count = ? WHERE session_id = ? AND ordinal = ?',
          event.outcome,
          event.rows,
          sessionId,
          event.ordinal,
        );
        if (event.outcome === 'refused') {
          this.#run('UPDATE audit_sessions SET refused = refused + 1 WHERE id = ?', sessionId);
        }
        return;
      case 'session.end':
        this.#run('UPDATE audit_sessions SET ended_at = ?, end_reason = ? WHERE id = ?', at, event.reason, sessionId);
        return;
      case 'alert':
        if (event.alert !== LOG_OPENED) return;
        this.#run('UPDATE audit_sessions SET ended_at = ?, end_reason = ? WHERE ended_at IS NULL', at, STOPPED);
        return;
      default:
        return;
    }
  }

  #readPosition(): IndexPosition | null {
    const row = this.database.prepare('SELECT * FROM audit_position').get() as PositionRow | undefined;
    if (row === undefined || row.version !== INDEX_VERSION) return null;
    const { segment, end_offset: endOffset, record_offset: recordOffset, record_hash: recordHash } = row;
    return { segment, endOffset, recordOffset, recordHash };
  }

  #writePosition(position: IndexPosition): void {
    this.#run(
      'INSERT OR REPLACE INTO audit_position VALUES (1, ?, ?, ?, ?, ?)',
      INDEX_VERSION,
      position.segment,
      position.endOffset,
      position.recordOffset,
      position.recordHash,
    );
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    statement.run(...values);
  }
}

interface PositionRow {
  readonly version: number;
  readonly segment: number;
  readonly end_offset: number;
  readonly record_offset: number;
  readonly record_hash: string;
}
