import type { Node, WindowDef } from '@pgsql/types';
import type { Expression, Window } from '../../query-form/expression.ts';
import { expressions, type Lowering, optional } from './lowering.ts';
import type { Scope } from './scope.ts';

/** Windows that refer to windows before a reference counts as circular. */
const REFERENCE_DEPTH_MAX = 64;

/** The names that the WINDOW clause of a level defines. */
export function namedWindows(nodes: readonly Node[] | undefined): ReadonlyMap<string, WindowDef> {
  const definitions = (nodes ?? []).flatMap((node) => ('WindowDef' in node ? [node.WindowDef] : []));
  return new Map(definitions.map((definition) => [definition.name ?? '', definition]));
}

/** OVER (…), OVER name, or a definition; what a window it is built on partitions and orders by is its own too. */
export function lowerWindow(lowering: Lowering, node: WindowDef, scope: Scope, depth = 0): Window {
  const bounds = [optional(lowering, node.startOffset, scope), optional(lowering, node.endOffset, scope)];
  const base = depth < REFERENCE_DEPTH_MAX ? baseOf(node, scope) : undefined;
  const inherited = base === undefined ? undefined : lowerWindow(lowering, base, scope, depth + 1);
  return {
    partition: [...(inherited?.partition ?? []), ...expressions(lowering, node.partitionClause, scope)],
    order: [...(inherited?.order ?? []), ...expressions(lowering, node.orderClause, scope)],
    bounds: [...(inherited?.bounds ?? []), ...bounds.filter((bound): bound is Expression => bound !== null)],
  };
}

/** `OVER name` names a window; `OVER (name …)` and `WINDOW a AS (name …)` build on one. */
function baseOf(node: WindowDef, { windows }: Scope): WindowDef | undefined {
  const base = windows?.get(node.refname ?? node.name ?? '');
  return base === node ? undefined : base;
}

/** The WINDOW clause. */
export const lowerWindows = (lowering: Lowering, nodes: readonly Node[] | undefined, scope: Scope): Window[] =>
  [...namedWindows(nodes).values()].map((definition) => lowerWindow(lowering, definition, scope));
