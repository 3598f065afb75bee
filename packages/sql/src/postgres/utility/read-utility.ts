import type { Node } from '@pgsql/types';
import type { UtilityStatement } from './utility-statement.ts';

/**
 * What a statement does that is not SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE; null for those. `node` is the
 * `stmt` of one RawStmt and `sql` the whole text it came from. SELECT … INTO is a query here: its `intoClause` is for
 * the caller. A statement not known by name is DDL, and unproven. Never throws.
 */
export function readUtility(_node: Node, _sql: string): UtilityStatement | null {
  return null;
}
