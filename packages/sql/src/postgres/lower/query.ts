import type { Node } from '@pgsql/types';
import { emptySelect } from '../../query-form/build.ts';
import type { Query } from '../../query-form/query.ts';
import { lowerDelete } from './delete.ts';
import { lowerInsert } from './insert.ts';
import type { Lowering } from './lowering.ts';
import { lowerMerge } from './merge.ts';
import type { Scope } from './scope.ts';
import { lowerUpdate } from './update.ts';

/** SELECT and its kin, INSERT, UPDATE, DELETE, MERGE, wherever they may stand. */
export function lowerQuery(lowering: Lowering, node: Node, scope: Scope): Query {
  if ('SelectStmt' in node) return lowering.select(node.SelectStmt, scope);
  if ('InsertStmt' in node) return lowerInsert(lowering, node.InsertStmt, scope);
  if ('UpdateStmt' in node) return lowerUpdate(lowering, node.UpdateStmt, scope);
  if ('DeleteStmt' in node) return lowerDelete(lowering, node.DeleteStmt, scope);
  if ('MergeStmt' in node) return lowerMerge(lowering, node.MergeStmt, scope);
  const reason = `${Object.keys(node)[0] ?? 'nothing'} is not a query that is known`;
  lowering.note('construct', reason);
  return { ...emptySelect, open: reason };
}
