import type { TransactionEffect } from '@bailiwick/domain';
import type { TransactionStmt, TransactionStmtKind } from '@pgsql/types';
import { transactionModes } from './setting-values.ts';
import { type StatementReaders, utility } from './statement-readers.ts';
import { rangesIn, relationsOf } from './tree-nodes.ts';
import type { UtilityStatement } from './utility-statement.ts';

const EFFECTS: Readonly<Record<TransactionStmtKind, readonly [command: string, effect: TransactionEffect]>> = {
  TRANS_STMT_BEGIN: ['BEGIN', 'begin'],
  TRANS_STMT_START: ['START TRANSACTION', 'begin'],
  TRANS_STMT_COMMIT: ['COMMIT', 'commit'],
  TRANS_STMT_ROLLBACK: ['ROLLBACK', 'rollback'],
  TRANS_STMT_SAVEPOINT: ['SAVEPOINT', 'savepoint'],
  TRANS_STMT_RELEASE: ['RELEASE', 'release'],
  TRANS_STMT_ROLLBACK_TO: ['ROLLBACK', 'rollback-to'],
  TRANS_STMT_PREPARE: ['PREPARE TRANSACTION', 'prepare'],
  TRANS_STMT_COMMIT_PREPARED: ['COMMIT PREPARED', null],
  TRANS_STMT_ROLLBACK_PREPARED: ['ROLLBACK PREPARED', null],
};

/** LockStmt.mode of LOCK TABLE … IN ACCESS SHARE MODE (lockdefs.h). */
const ACCESS_SHARE = 1;

/** Transaction control, locks, and when constraints are checked. */
export const TRANSACTION_STATEMENTS: StatementReaders<'TransactionStmt' | 'ConstraintsSetStmt' | 'LockStmt'> = {
  TransactionStmt: readTransaction,
  // IMMEDIATE runs the triggers that were deferred.
  ConstraintsSetStmt: () => utility('SET CONSTRAINTS', ['WRITE']),
  LockStmt: ({ relations, mode }) => {
    const reads = mode === ACCESS_SHARE;
    return utility('LOCK TABLE', [reads ? 'READ' : 'WRITE'], {
      relations: relationsOf(reads ? 'read' : 'write', rangesIn(relations)),
    });
  },
};

function readTransaction({ kind, options }: TransactionStmt): UtilityStatement {
  if (kind === undefined)
    return utility('TRANSACTION', ['DDL'], { unproven: ['transaction control of no known kind'] });
  const [command, transaction] = EFFECTS[kind];
  // What is prepared outlives its session, locks included, and what was prepared is another session's work: neither to
  // leave it behind nor to end it is control of one's own transaction.
  const beyondSession = transaction === null || transaction === 'prepare';
  return utility(command, [beyondSession ? 'WRITE' : 'MISC'], {
    transaction,
    settings: transactionModes(options, '', 'transaction'),
  });
}
