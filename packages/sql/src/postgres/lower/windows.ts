import type { Node, WindowDef } from '@pgsql/types';
import type { Expression, Window } from '../../query-form/expression.ts';
import { expressions, type Lowering, optional } from './lowering.ts';
import type { Scope } from './scope.ts';

/**
 * OVER (…) or a WINDOW definition. A named window's own clauses are lowered where WINDOW defines it, so a function that
 * refers to it by name adds nothing here; what the window reads is reported either way.
 */
export function lowerWindow(lowering: Lowering, node: WindowDef, scope: Scope): Window {
  const bounds = [optional(lowering, node.startOffset, scope), optional(lowering, node.endOffset, scope)];
  return {
    partition: expressions(lowering, node.partitionClause, scope),
    order: expressions(lowering, node.orderClause, scope),
    bounds: bounds.filter((bound): bound is Expression => bound !== null),
  };
}

/** The WINDOW clause. */
export const lowerWindows = (lowering: Lowering, nodes: readonly Node[] | undefined, scope: Scope): Window[] =>
  (nodes ?? []).flatMap((node) => ('WindowDef' in node ? [lowerWindow(lowering, node.WindowDef, scope)] : []));
