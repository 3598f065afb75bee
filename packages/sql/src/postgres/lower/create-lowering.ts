import type { Unproven } from '@bailiwick/domain';
import type { Node } from '@pgsql/types';
import type { Expression } from '../../query-form/expression.ts';
import type { Query } from '../../query-form/query.ts';
import { UnparsedError } from '../../understand.ts';
import { lowerExpression } from './expression.ts';
import type { Lowering } from './lowering.ts';
import { lowerQuery } from './query.ts';
import type { Scope } from './scope.ts';
import { lowerSelect } from './select.ts';

/** Calls within calls before a statement is refused: the stack holds about three times as many. */
const DEPTH_MAX = 700;

/** What a lowering could not prove, in the order in which it met it. */
export interface LoweringNotes {
  readonly unproven: readonly Unproven[];
}

type Names = Pick<Lowering, 'catalog' | 'path' | 'viewDepth' | 'temporaryRelations'>;

/** Ties the families of constructs together for one statement. Throws `UnparsedError` for one that nests too deep. */
export function createLowering(names: Names): { readonly lowering: Lowering; readonly notes: LoweringNotes } {
  const unproven: Unproven[] = [];
  let depth = 0;
  const deeper = <T>(step: () => T): T => {
    depth += 1;
    if (depth > DEPTH_MAX) throw new UnparsedError('the statement nests too deep', -1);
    try {
      return step();
    } finally {
      depth -= 1;
    }
  };
  const lowering: Lowering = {
    ...names,
    firstArms: new Map(),
    expression: (node: Node, scope: Scope): Expression => deeper(() => lowerExpression(lowering, node, scope)),
    select: (node, scope): Query => deeper(() => lowerSelect(lowering, node, scope)),
    query: (node: Node, scope: Scope): Query => deeper(() => lowerQuery(lowering, node, scope)),
    note: (kind, reason, offset = -1) => {
      unproven.push({ kind, reason, offset });
    },
  };
  return { lowering, notes: { unproven } };
}
