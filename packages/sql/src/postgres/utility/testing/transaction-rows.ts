import type { Row } from './statement-row.ts';

/** Statements and what is expected of them: transactions. */
export const TRANSACTION_ROWS: readonly Row[] = [
  ['BEGIN', 'BEGIN', 'MISC', { transaction: 'begin' }],
  ['BEGIN WORK', 'BEGIN', 'MISC', { transaction: 'begin' }],
  [
    'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, DEFERRABLE',
    'BEGIN',
    'MISC',
    {
      transaction: 'begin',
      settings: [
        'transaction transaction_isolation = repeatable read',
        'transaction transaction_read_only = on',
        'transaction transaction_deferrable = on',
      ],
    },
  ],
  [
    'START TRANSACTION READ WRITE',
    'START TRANSACTION',
    'MISC',
    { transaction: 'begin', settings: ['transaction transaction_read_only = off'] },
  ],
  ['COMMIT', 'COMMIT', 'MISC', { transaction: 'commit' }],
  ['END', 'COMMIT', 'MISC', { transaction: 'commit' }],
  ['COMMIT AND CHAIN', 'COMMIT', 'MISC', { transaction: 'commit' }],
  ['ROLLBACK', 'ROLLBACK', 'MISC', { transaction: 'rollback' }],
  ['ABORT', 'ROLLBACK', 'MISC', { transaction: 'rollback' }],
  ['ROLLBACK AND CHAIN', 'ROLLBACK', 'MISC', { transaction: 'rollback' }],
  ['SAVEPOINT s', 'SAVEPOINT', 'MISC', { transaction: 'savepoint' }],
  ['RELEASE SAVEPOINT s', 'RELEASE', 'MISC', { transaction: 'release' }],
  ['ROLLBACK TO SAVEPOINT s', 'ROLLBACK', 'MISC', { transaction: 'rollback-to' }],
  [`PREPARE TRANSACTION 'g'`, 'PREPARE TRANSACTION', 'WRITE', { transaction: 'prepare' }],
  [`COMMIT PREPARED 'g'`, 'COMMIT PREPARED', 'WRITE'],
  [`ROLLBACK PREPARED 'g'`, 'ROLLBACK PREPARED', 'WRITE'],
  ['SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS', 'WRITE'],
  ['SET CONSTRAINTS s.k DEFERRED', 'SET CONSTRAINTS', 'WRITE'],
  ['LOCK t', 'LOCK TABLE', 'WRITE', { relations: ['write t'] }],
  ['LOCK TABLE s.t, u IN ACCESS SHARE MODE', 'LOCK TABLE', 'READ', { relations: ['read s.t', 'read u'] }],
  ['LOCK TABLE t IN ROW SHARE MODE NOWAIT', 'LOCK TABLE', 'WRITE', { relations: ['write t'] }],
];
