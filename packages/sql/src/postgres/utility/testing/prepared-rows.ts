import type { Row } from './statement-row.ts';

/** Statements and what is expected of them: prepared statements and cursors. */
export const PREPARED_ROWS: readonly Row[] = [
  ['PREPARE p AS SELECT 1', 'PREPARE', '', { names: { prepares: 'p' }, inner: ['prepare SelectStmt'] }],
  ['PREPARE p (int) AS DELETE FROM t', 'PREPARE', '', { names: { prepares: 'p' }, inner: ['prepare DeleteStmt'] }],
  [
    'EXECUTE "P"(1, now())',
    'EXECUTE',
    '',
    { names: { executes: 'P' }, rows: 'prepared', expressions: ['argument', 'argument'] },
  ],
  ['DEALLOCATE p', 'DEALLOCATE', 'MISC', { names: { deallocates: { name: 'p' } } }],
  ['DEALLOCATE PREPARE "all"', 'DEALLOCATE', 'MISC', { names: { deallocates: { name: 'all' } } }],
  ['DEALLOCATE ALL', 'DEALLOCATE ALL', 'MISC', { names: { deallocates: { name: null } } }],
  [
    'DECLARE c CURSOR FOR SELECT 1',
    'DECLARE CURSOR',
    '',
    { names: { declares: { name: 'c', holdable: false } }, inner: ['declare SelectStmt'] },
  ],
  [
    'DECLARE c BINARY SCROLL CURSOR WITH HOLD FOR TABLE t',
    'DECLARE CURSOR',
    '',
    { names: { declares: { name: 'c', holdable: true } }, inner: ['declare SelectStmt'] },
  ],
  ['FETCH c', 'FETCH', 'MISC', { names: { fetches: 'c' }, rows: 'cursor' }],
  ['FETCH BACKWARD ALL FROM c', 'FETCH', 'MISC', { names: { fetches: 'c' }, rows: 'cursor' }],
  ['MOVE 5 IN c', 'MOVE', 'MISC', { names: { fetches: 'c' } }],
  ['CLOSE c', 'CLOSE CURSOR', 'MISC', { names: { closes: { name: 'c' } } }],
  ['CLOSE ALL', 'CLOSE CURSOR ALL', 'MISC', { names: { closes: { name: null } } }],
  ['EXPLAIN SELECT 1', 'EXPLAIN', '', { rows: 'plan', inner: ['explain SelectStmt'] }],
  ['EXPLAIN VERBOSE UPDATE t SET a = 1', 'EXPLAIN', '', { rows: 'plan', inner: ['explain UpdateStmt'] }],
  ['EXPLAIN ANALYZE DELETE FROM t', 'EXPLAIN', '', { rows: 'plan', inner: ['explain-analyze DeleteStmt'] }],
  ['EXPLAIN (ANALYZE) SELECT 1', 'EXPLAIN', '', { rows: 'plan', inner: ['explain-analyze SelectStmt'] }],
  ['EXPLAIN (ANALYZE 1) SELECT 1', 'EXPLAIN', '', { rows: 'plan', inner: ['explain-analyze SelectStmt'] }],
  ['EXPLAIN (ANALYZE 0) SELECT 1', 'EXPLAIN', '', { rows: 'plan', inner: ['explain SelectStmt'] }],
  [`EXPLAIN (ANALYZE 'OFF', COSTS) SELECT 1`, 'EXPLAIN', '', { rows: 'plan', inner: ['explain SelectStmt'] }],
  ['EXPLAIN (ANALYZE false, ANALYZE) SELECT 1', 'EXPLAIN', '', { rows: 'plan', inner: ['explain-analyze SelectStmt'] }],
  ['EXPLAIN (ANALYZE, ANALYZE off) SELECT 1', 'EXPLAIN', '', { rows: 'plan', inner: ['explain-analyze SelectStmt'] }],
  ['EXPLAIN EXECUTE p', 'EXPLAIN', '', { rows: 'plan', inner: ['explain ExecuteStmt'] }],
  [
    'EXPLAIN ANALYZE CREATE TABLE n AS SELECT 1',
    'EXPLAIN',
    '',
    { rows: 'plan', inner: ['explain-analyze CreateTableAsStmt'] },
  ],
];
