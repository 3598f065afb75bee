import type { Node } from '@pgsql/types';
import { call } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Output } from '../../query-form/query.ts';
import { sortedBy } from './constructs.ts';
import { type Lowering, strings } from './lowering.ts';
import { childScope, findColumn, type Scope, scopeItem } from './scope.ts';

/** A bare name, as ORDER BY and GROUP BY treat it specially. */
function bareName(node: Node): string | undefined {
  const fields = 'ColumnRef' in node ? strings(node.ColumnRef.fields) : [];
  return fields.length === 1 && 'ColumnRef' in node && node.ColumnRef.fields?.length === 1 ? fields[0] : undefined;
}

/** An output by position: `ORDER BY 2`. */
function byPosition(node: Node, outputs: readonly Output[]): Expression | undefined {
  const position = 'A_Const' in node ? node.A_Const.ival?.ival : undefined;
  return position === undefined ? undefined : outputs[position - 1]?.expression;
}

/** Outputs of that name; several stand for the same value or the server refuses. */
function byName(name: string | undefined, outputs: readonly Output[]): Expression | undefined {
  const named = name === undefined ? [] : outputs.filter((output) => output.name === name);
  const [first] = named;
  return named.length > 1 ? call(named.map(({ expression }) => expression)) : first?.expression;
}

const inner = (node: Node): Node => ('SortBy' in node && node.SortBy.node !== undefined ? node.SortBy.node : node);

/** ORDER BY and DISTINCT ON: an output name goes before a column (findTargetlistEntrySQL92). */
export function lowerOrderBy(
  lowering: Lowering,
  nodes: readonly Node[] | undefined,
  outputs: readonly Output[],
  scope: Scope,
): Expression[] {
  return (nodes ?? []).map((node) => {
    const item = inner(node);
    const known = byPosition(item, outputs) ?? byName(bareName(item), outputs);
    if (known === undefined) return lowering.expression(node, scope);
    return 'SortBy' in node ? sortedBy(lowering, node.SortBy, known) : known;
  });
}

/** GROUP BY: a column goes before an output name; grouping sets nest. */
export function lowerGroupBy(
  lowering: Lowering,
  nodes: readonly Node[] | undefined,
  outputs: readonly Output[],
  scope: Scope,
): Expression[] {
  return (nodes ?? []).flatMap((node): Expression[] => {
    if ('GroupingSet' in node) return lowerGroupBy(lowering, node.GroupingSet.content, outputs, scope);
    if ('List' in node) return lowerGroupBy(lowering, node.List.items, outputs, scope);
    const name = bareName(node);
    const column = name === undefined ? undefined : findColumn({ ...scope, parent: null }, name, -1);
    const output = column?.kind === 'found' ? undefined : byName(name, outputs);
    return [byPosition(node, outputs) ?? output ?? lowering.expression(node, scope)];
  });
}

/** ORDER BY after a set operation or VALUES: only output names and positions mean anything. */
export function orderByOutputs(
  lowering: Lowering,
  nodes: readonly Node[] | undefined,
  outputs: readonly Output[],
  scope: Scope,
): Expression[] {
  const columns = outputs.map(({ name, expression }) => ({ name, type: expression.type }));
  const expressions = outputs.map(({ expression }) => expression);
  const item = scopeItem({ kind: 'computed', columns, expressions, open: null }, null);
  return lowerOrderBy(lowering, nodes, outputs, childScope(scope, [item]));
}
