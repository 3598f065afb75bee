import type { SelectStmt } from '@pgsql/types';
import { emptyQuery } from '../../query-form/build.ts';
import type { Output, Query, SetOperationQuery } from '../../query-form/query.ts';
import type { Lowering } from './lowering.ts';
import type { Scope } from './scope.ts';
import { TYPES } from './type-names.ts';

/** UNION, INTERSECT, EXCEPT. A chain of the same operator is one query with many arms, so that it nests no deeper. */
export function lowerSetOperation(lowering: Lowering, node: SelectStmt, scope: Scope): SetOperationQuery {
  const arms = chain(lowering, node).map((arm) => lowering.firstArms.get(arm) ?? lowering.select(arm, scope));
  const widths = new Set(arms.map(({ outputs }) => outputs.length));
  const open = arms.find((arm) => arm.open !== null)?.open ?? null;
  return {
    ...emptyQuery,
    kind: 'set-operation',
    arms,
    outputs: outputsOf(arms),
    open: open ?? (widths.size > 1 ? 'the arms of a set operation differ in width' : null),
    compares: !(node.op === 'SETOP_UNION' && node.all === true),
    locks: (node.lockingClause?.length ?? 0) > 0,
  };
}

/** The arms of `a UNION b UNION c` in order: the left side only while it is the same plain operation. */
function chain({ firstArms }: Lowering, node: SelectStmt): SelectStmt[] {
  const arms: SelectStmt[] = [];
  let left: SelectStmt | undefined = node;
  while (left !== undefined) {
    if (left.rarg !== undefined) arms.unshift(left.rarg);
    const next: SelectStmt | undefined = left.larg;
    if (next === undefined) break;
    if (next.op !== node.op || next.all !== node.all || !isPlain(next) || firstArms.has(next)) {
      arms.unshift(next);
      break;
    }
    left = next;
  }
  return arms;
}

const isPlain = ({ withClause, sortClause, limitCount, limitOffset, lockingClause }: SelectStmt): boolean =>
  [withClause, sortClause, limitCount, limitOffset, lockingClause].every((clause) => clause === undefined);

/** Names of the first arm; each value is that of any arm. */
function outputsOf(arms: readonly Query[]): Output[] {
  return (arms[0]?.outputs ?? []).map(({ name }, index): Output => {
    const parts = arms.flatMap((arm) => arm.outputs.slice(index, index + 1)).map(({ expression }) => expression);
    const type = parts.find((part) => part.type !== TYPES.unknown)?.type ?? TYPES.text;
    return { name, expression: { kind: 'merged', rule: 'any', parts, type, offset: -1 } };
  });
}
