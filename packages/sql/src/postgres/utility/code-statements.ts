import { definition, type StatementReaders, utility } from './statement-readers.ts';
import { namesIn } from './tree-nodes.ts';

/** Statements that run code which is in no catalog or was not read. */
export const CODE_STATEMENTS: StatementReaders<
  'DoStmt' | 'CallStmt' | 'LoadStmt' | 'CreateExtensionStmt' | 'AlterExtensionStmt'
> = {
  DoStmt: () => utility('DO', ['FUNCTION'], { runsUnknownCode: true }),
  CallStmt: ({ funccall }) =>
    utility('CALL', ['FUNCTION'], {
      procedure: namesIn(funccall?.funcname),
      rows: 'unknown',
      runsUnknownCode: true,
      expressions: (funccall?.args ?? []).map((node) => ({ node, place: 'argument' })),
    }),
  LoadStmt: () => utility('LOAD', ['DDL', 'FUNCTION'], { runsUnknownCode: true }),
  CreateExtensionStmt: () => definition('CREATE EXTENSION', { classes: ['DDL', 'FUNCTION'], runsUnknownCode: true }),
  AlterExtensionStmt: () => definition('ALTER EXTENSION', { classes: ['DDL', 'FUNCTION'], runsUnknownCode: true }),
};
