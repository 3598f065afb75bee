import type { UpdateStmt } from '@pgsql/types';
import { emptyQuery } from '../../query-form/build.ts';
import type { WriteQuery } from '../../query-form/query.ts';
import { lowerFrom } from './from-clause.ts';
import { type Lowering, optional } from './lowering.ts';
import { lowerReturning } from './returning.ts';
import { childScope, type Scope } from './scope.ts';
import { lowerWith } from './with.ts';
import { lowerAssignments, writeTarget, writtenRows } from './write-target.ts';

/** UPDATE … SET … FROM … WHERE … RETURNING. */
export function lowerUpdate(lowering: Lowering, node: UpdateStmt, outer: Scope): WriteQuery {
  const ctes = lowerWith(lowering, node.withClause, outer);
  const target = writeTarget(lowering, node.relation);
  const level = childScope(outer, [target.item], ctes.bindings);
  const { scope, from } = lowerFrom(lowering, node.fromClause, level);
  const assignments = lowerAssignments(lowering, node.targetList, scope);
  const where = optional(lowering, node.whereClause, scope);
  const after = writtenRows(target, assignments);
  const items = [after, ...scope.items.slice(1)];
  const { item: before, ...written } = target;
  return {
    ...emptyQuery,
    ...written,
    ...lowerReturning(lowering, node.returningClause, { before, after, items }, scope),
    kind: 'write',
    action: 'update',
    ctes: ctes.all(),
    source: null,
    relations: from.relations,
    joins: [...from.joins, ...from.rowArguments],
    conditions: where === null ? [] : [where],
    arbiters: [],
    assignments,
  };
}
