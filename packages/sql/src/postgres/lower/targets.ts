import type { Node } from '@pgsql/types';
import type { Expression } from '../../query-form/expression.ts';
import type { Output } from '../../query-form/query.ts';
import { UnparsedError } from '../../understand.ts';
import { fieldNames, projection } from './calls.ts';
import { expandStar, type Star } from './column-reference.ts';
import { type Lowering, strings } from './lowering.ts';
import { outputName } from './output-name.ts';
import type { Scope } from './scope.ts';

/** The most that PostgreSQL takes (MaxTupleAttributeNumber, access/htup_details.h). */
const OUTPUTS_MAX = 1664;

/** The output list of SELECT or RETURNING, stars expanded. Throws `UnparsedError` for one that is too long. */
export function lowerTargets(lowering: Lowering, nodes: readonly Node[] | undefined, scope: Scope): Star {
  const outputs: Output[] = [];
  let open: string | null = null;
  for (const node of nodes ?? []) {
    const target = lowerTarget(lowering, node, scope);
    outputs.push(...target.outputs);
    open ??= target.open;
    if (outputs.length > OUTPUTS_MAX) throw new UnparsedError(`the statement has more than ${OUTPUTS_MAX} columns`, -1);
  }
  return { outputs, open };
}

function lowerTarget(lowering: Lowering, node: Node, scope: Scope): Star {
  const value = 'ResTarget' in node ? node.ResTarget.val : undefined;
  if (value === undefined || !('ResTarget' in node))
    return { outputs: [], open: 'an output that is not an expression' };
  const star = starOf(lowering, value, scope);
  if (star !== undefined) return star;
  const name = node.ResTarget.name ?? outputName(value);
  return { outputs: [{ name, expression: lowering.expression(value, scope) }], open: null };
}

/** `*`, `t.*` and `(row).*`. */
function starOf(lowering: Lowering, node: Node, scope: Scope): Star | undefined {
  if ('ColumnRef' in node) {
    const { fields = [], location = -1 } = node.ColumnRef;
    const last = fields.at(-1);
    return last !== undefined && 'A_Star' in last ? expandStar(lowering, strings(fields), scope, location) : undefined;
  }
  if (!('A_Indirection' in node)) return undefined;
  const { indirection = [] } = node.A_Indirection;
  const last = indirection.at(-1);
  if (last === undefined || !('A_Star' in last)) return undefined;
  const inner: Node = { A_Indirection: { ...node.A_Indirection, indirection: indirection.slice(0, -1) } };
  return rowStar(lowering, lowering.expression(inner, scope));
}

/** The fields of a row value, where its type tells them; otherwise the columns are not known. */
function rowStar(lowering: Lowering, row: Expression): Star {
  const names = fieldNames(lowering, row);
  if (names === undefined) {
    // The row itself stays an output, so that what it reads and calls is seen.
    return { outputs: [{ name: '?column?', expression: row }], open: 'the fields of a row value are not known' };
  }
  const outputs = names.map((name) => ({ name, expression: projection(lowering, row, name, row.offset) ?? row }));
  return { outputs, open: row.kind === 'whole-row' ? row.relation.open : null };
}
