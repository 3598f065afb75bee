import type { Node } from '@pgsql/types';
import { ALTER_TABLE_STATEMENTS } from './alter-table-statements.ts';
import { CODE_STATEMENTS } from './code-statements.ts';
import { COPY_STATEMENT } from './copy-statement.ts';
import { CREATE_TABLE_STATEMENTS } from './create-table-statements.ts';
import { DEFINITION_STATEMENTS } from './definition-statements.ts';
import { MAINTENANCE_STATEMENTS } from './maintenance-statements.ts';
import { NOTIFICATION_STATEMENTS } from './notification-statements.ts';
import { OBJECT_STATEMENTS } from './object-statements.ts';
import { PREPARED_STATEMENTS } from './prepared-statements.ts';
import { REPLICATION_STATEMENTS } from './replication-statements.ts';
import { ROLE_STATEMENTS } from './role-statements.ts';
import { SETTING_STATEMENTS } from './setting-statements.ts';
import { definition, type QueryName, type StatementReaders, type UtilityName } from './statement-readers.ts';
import { TABLE_PART_STATEMENTS } from './table-part-statements.ts';
import { TRANSACTION_STATEMENTS } from './transaction-statements.ts';
import type { UtilityStatement } from './utility-statement.ts';
import { VIEW_STATEMENTS } from './view-statements.ts';

/** Every utility statement of the grammar, by the name of its node. */
export const UTILITY_READERS: StatementReaders<UtilityName> = {
  ...ALTER_TABLE_STATEMENTS,
  ...CODE_STATEMENTS,
  ...COPY_STATEMENT,
  ...CREATE_TABLE_STATEMENTS,
  ...DEFINITION_STATEMENTS,
  ...MAINTENANCE_STATEMENTS,
  ...NOTIFICATION_STATEMENTS,
  ...OBJECT_STATEMENTS,
  ...PREPARED_STATEMENTS,
  ...REPLICATION_STATEMENTS,
  ...ROLE_STATEMENTS,
  ...SETTING_STATEMENTS,
  ...TABLE_PART_STATEMENTS,
  ...TRANSACTION_STATEMENTS,
  ...VIEW_STATEMENTS,
};

/** Statements that are no utility statements. */
export const QUERY_STATEMENTS: Readonly<Record<QueryName, true>> = {
  SelectStmt: true,
  InsertStmt: true,
  UpdateStmt: true,
  DeleteStmt: true,
  MergeStmt: true,
};

/** Each reader takes the contents of the node that it is named after, and is called with nothing else. */
const readers: ReadonlyMap<string, (statement: never) => UtilityStatement> = new Map(Object.entries(UTILITY_READERS));

/**
 * What a statement does that is not SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE; null for those. `node` is the
 * `stmt` of one RawStmt. SELECT … INTO is a query here: its `intoClause` is for the caller. A statement not known by
 * name is DDL that may return rows, and unproven. Never throws.
 */
export function readUtility(node: Node): UtilityStatement | null {
  for (const [name, statement] of Object.entries(node)) {
    if (Object.hasOwn(QUERY_STATEMENTS, name)) return null;
    const reader = readers.get(name);
    if (reader !== undefined) return reader(statement as never);
  }
  const name = Object.keys(node)[0] ?? 'nothing';
  return definition('UNKNOWN', { rows: 'unknown', unproven: [`a statement not known here: ${name}`] });
}
