import type { MergeStmt, MergeWhenClause } from '@pgsql/types';
import { emptyQuery } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Assignment, WriteQuery } from '../../query-form/query.ts';
import { lowerFrom } from './from-clause.ts';
import { expressions, type Lowering, optional } from './lowering.ts';
import { lowerReturning } from './returning.ts';
import { childScope, type Scope } from './scope.ts';
import { lowerWith } from './with.ts';
import { insertColumns, lowerAssignments, type WriteTarget, writeTarget, writtenRows } from './write-target.ts';

/** MERGE INTO … USING … ON … WHEN …; `RETURNING *` gives the source's columns, then the target's. */
export function lowerMerge(lowering: Lowering, node: MergeStmt, outer: Scope): WriteQuery {
  const ctes = lowerWith(lowering, node.withClause, outer);
  const target = writeTarget(lowering, node.relation);
  const level = childScope(outer, [], ctes.bindings);
  const { from } = lowerFrom(lowering, node.sourceRelation === undefined ? [] : [node.sourceRelation], level);
  const scope: Scope = { ...level, items: [...from.items, target.item] };
  const on = optional(lowering, node.joinCondition, scope);
  const clauses = (node.mergeWhenClauses ?? []).flatMap((item) =>
    'MergeWhenClause' in item ? [lowerWhen(lowering, item.MergeWhenClause, target, scope)] : [],
  );
  const assignments = clauses.flatMap((clause) => clause.assignments);
  const after = writtenRows(target, assignments);
  const { item: before, ...written } = target;
  const rows = { before, after, items: [...from.items, after] };
  return {
    ...emptyQuery,
    ...written,
    ...lowerReturning(lowering, node.returningClause, rows, scope),
    kind: 'write',
    action: 'merge',
    ctes: ctes.all(),
    source: null,
    relations: from.relations,
    joins: [...from.joins, ...from.rowArguments, ...(on === null ? [] : [on])],
    conditions: clauses.flatMap(({ condition }) => (condition === null ? [] : [condition])),
    arbiters: [],
    assignments,
  };
}

interface When {
  readonly condition: Expression | null;
  readonly assignments: readonly Assignment[];
}

function lowerWhen(lowering: Lowering, node: MergeWhenClause, { target }: WriteTarget, scope: Scope): When {
  const condition = optional(lowering, node.condition, scope);
  if (node.commandType !== 'CMD_INSERT') {
    return { condition, assignments: lowerAssignments(lowering, node.targetList, scope) };
  }
  const columns = insertColumns(target, node.targetList);
  const values = expressions(lowering, node.values, scope);
  return { condition, assignments: values.map((expression, index) => ({ column: columns[index] ?? '', expression })) };
}
