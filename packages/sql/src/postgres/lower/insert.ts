import type { InsertStmt, OnConflictClause } from '@pgsql/types';
import { emptyQuery } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Assignment, WriteQuery } from '../../query-form/query.ts';
import { type Lowering, optional } from './lowering.ts';
import { lowerReturning } from './returning.ts';
import { childScope, type Scope } from './scope.ts';
import { columnNamed } from './table-relation.ts';
import { lowerWith } from './with.ts';
import {
  insertColumns,
  lowerAssignments,
  sourceAssignments,
  type WriteTarget,
  writeTarget,
  writtenRows,
} from './write-target.ts';

/** INSERT, with ON CONFLICT. */
export function lowerInsert(lowering: Lowering, node: InsertStmt, outer: Scope): WriteQuery {
  const ctes = lowerWith(lowering, node.withClause, outer);
  const scope = childScope(outer, [], ctes.bindings);
  const target = writeTarget(lowering, node.relation);
  const source = node.selectStmt === undefined ? null : lowering.query(node.selectStmt, scope);
  const inserted = source === null ? [] : sourceAssignments(insertColumns(target.target, node.cols), source);
  const conflict = lowerConflict(lowering, node.onConflictClause, target, inserted, scope);
  const assignments = [...inserted, ...conflict.assignments];
  const after = writtenRows(target, assignments);
  const returning = lowerReturning(
    lowering,
    node.returningClause,
    { before: target.item, after, items: [after] },
    scope,
  );
  const { item: _, ...written } = target;
  return {
    ...emptyQuery,
    ...written,
    ...returning,
    kind: 'write',
    action: 'insert',
    ctes: ctes.all(),
    source,
    relations: [],
    joins: [],
    conditions: conflict.conditions,
    arbiters: conflict.arbiters,
    assignments,
  };
}

type Conflict = Pick<WriteQuery, 'conditions' | 'arbiters' | 'assignments'>;

/** ON CONFLICT: the arbiter columns tell whether a value is stored; EXCLUDED is the row that was to be inserted. */
function lowerConflict(
  lowering: Lowering,
  node: OnConflictClause | undefined,
  target: WriteTarget,
  inserted: readonly Assignment[],
  outer: Scope,
): Conflict {
  if (node === undefined) return { conditions: [], arbiters: [], assignments: [] };
  const proposed = { ...writtenRows(target, inserted), name: 'excluded', schema: null };
  const scope = childScope(outer.parent, [target.item, { ...proposed, columnsVisible: false }], outer.ctes);
  const infer = childScope(outer.parent, [target.item], outer.ctes);
  const arbiters = (node.infer?.indexElems ?? []).flatMap((item): Expression[] => {
    if (!('IndexElem' in item)) return [];
    const { name, expr } = item.IndexElem;
    if (expr !== undefined) return [lowering.expression(expr, infer)];
    return name === undefined ? [] : [columnNamed(target.target, name)];
  });
  const conditions = [
    optional(lowering, node.infer?.whereClause, infer),
    optional(lowering, node.whereClause, scope),
  ].filter((condition): condition is Expression => condition !== null);
  return { conditions, arbiters, assignments: lowerAssignments(lowering, node.targetList, scope) };
}
