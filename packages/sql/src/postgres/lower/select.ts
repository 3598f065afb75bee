import type { Node, SelectStmt } from '@pgsql/types';
import { emptySelect } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Output, Query, SelectQuery } from '../../query-form/query.ts';
import { lowerFrom } from './from-clause.ts';
import { type Lowering, optional } from './lowering.ts';
import { lowerGroupBy, lowerOrderBy, orderByOutputs } from './ordering.ts';
import { childScope, type Scope } from './scope.ts';
import { lowerSetOperation } from './set-operation.ts';
import { lowerTargets } from './targets.ts';
import { lowerValues } from './values.ts';
import { lowerWindows, namedWindows } from './windows.ts';
import { lowerWith } from './with.ts';

/** SELECT, VALUES, TABLE, or a set operation, below the level `outer`. */
export function lowerSelect(lowering: Lowering, node: SelectStmt, outer: Scope): Query {
  const ctes = lowerWith(lowering, node.withClause, outer);
  const scope = childScope(outer, [], ctes.bindings);
  const core = lowerCore(lowering, node, scope);
  return { ...core, ctes: [...ctes.all(), ...core.ctes] };
}

function lowerCore(lowering: Lowering, node: SelectStmt, scope: Scope): Query {
  const limits = [optional(lowering, node.limitCount, scope), optional(lowering, node.limitOffset, scope)];
  const rest = { limits: limits.filter((limit): limit is Expression => limit !== null) };
  if (node.op !== undefined && node.op !== 'SETOP_NONE') {
    const query = lowerSetOperation(lowering, node, scope);
    return { ...query, ...rest, ordering: orderByOutputs(lowering, node.sortClause, query.outputs, scope) };
  }
  if (node.valuesLists !== undefined && node.valuesLists.length > 0) {
    const query = lowerValues(lowering, node.valuesLists, scope);
    return { ...query, ...rest, ordering: orderByOutputs(lowering, node.sortClause, query.outputs, scope) };
  }
  return { ...lowerPlain(lowering, node, scope), ...rest };
}

function lowerPlain(lowering: Lowering, node: SelectStmt, level: Scope): SelectQuery {
  const { scope: sources, from } = lowerFrom(lowering, node.fromClause, level);
  const scope: Scope = { ...sources, windows: namedWindows(node.windowClause) };
  const { outputs, open } = lowerTargets(lowering, node.targetList, scope);
  return {
    ...emptySelect,
    outputs,
    open,
    relations: from.relations,
    joins: from.joins,
    rowArguments: from.rowArguments,
    where: optional(lowering, node.whereClause, scope),
    grouping: lowerGroupBy(lowering, node.groupClause, outputs, scope),
    having: optional(lowering, node.havingClause, scope),
    windows: lowerWindows(lowering, node.windowClause, scope),
    distinct: lowerDistinct(lowering, node.distinctClause, outputs, scope),
    ordering: lowerOrderBy(lowering, node.sortClause, outputs, scope),
    locks: (node.lockingClause?.length ?? 0) > 0,
  };
}

/** DISTINCT is a list of one empty node, DISTINCT ON a list of expressions. */
function lowerDistinct(
  lowering: Lowering,
  nodes: readonly Node[] | undefined,
  outputs: readonly Output[],
  scope: Scope,
): SelectQuery['distinct'] {
  if (nodes === undefined) return 'all';
  const named = nodes.filter((node) => Object.keys(node ?? {}).length > 0);
  return named.length === 0 ? 'rows' : lowerOrderBy(lowering, named, outputs, scope);
}
