import type { DeleteStmt } from '@pgsql/types';
import { emptyQuery } from '../../query-form/build.ts';
import type { WriteQuery } from '../../query-form/query.ts';
import { lowerFrom } from './from-clause.ts';
import { type Lowering, optional } from './lowering.ts';
import { lowerReturning } from './returning.ts';
import { childScope, type Scope } from './scope.ts';
import { lowerWith } from './with.ts';
import { writeTarget } from './write-target.ts';

/** DELETE FROM … USING … WHERE … RETURNING. */
export function lowerDelete(lowering: Lowering, node: DeleteStmt, outer: Scope): WriteQuery {
  const ctes = lowerWith(lowering, node.withClause, outer);
  const target = writeTarget(lowering, node.relation);
  const level = childScope(outer, [target.item], ctes.bindings);
  const { scope, from } = lowerFrom(lowering, node.usingClause, level);
  const where = optional(lowering, node.whereClause, scope);
  const { item, ...written } = target;
  const rows = { before: item, after: item, items: scope.items };
  return {
    ...emptyQuery,
    ...written,
    ...lowerReturning(lowering, node.returningClause, rows, scope),
    kind: 'write',
    action: 'delete',
    ctes: ctes.all(),
    source: null,
    relations: from.relations,
    joins: [...from.joins, ...from.rowArguments],
    conditions: where === null ? [] : [where],
    arbiters: [],
    assignments: [],
  };
}
