import type {
  A_ArrayExpr,
  A_Indirection,
  CaseExpr,
  CoalesceExpr,
  GroupingFunc,
  MinMaxExpr,
  Node,
  RowExpr,
  SortBy,
} from '@pgsql/types';
import { isConstant } from '../../lineage/condition.ts';
import { call, constant } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import { callOnRow, projection } from './calls.ts';
import { agreed } from './candidates.ts';
import { expandStar } from './column-reference.ts';
import { expressions, type Lowering, optional, strings } from './lowering.ts';
import { resolveOperator } from './resolve-operator.ts';
import type { Scope } from './scope.ts';
import { TYPES, underDomains } from './type-names.ts';

/** The type that alternatives agree on; literals take that of the others. */
const common = (alternatives: readonly Expression[]): number =>
  agreed(alternatives.map(({ type }) => type).filter((type) => type !== TYPES.unknown));

/** CASE, simple or searched. `CASE x WHEN y` compares by `=`. */
export function lowerCase(lowering: Lowering, node: CaseExpr, scope: Scope): Expression {
  const subject = optional(lowering, node.arg, scope);
  const conditions: Expression[] = [];
  const results: Expression[] = [];
  for (const item of node.args ?? []) {
    if (!('CaseWhen' in item)) continue;
    const { expr, result, location } = item.CaseWhen;
    const when = optional(lowering, expr, scope);
    const then = optional(lowering, result, scope);
    if (when !== null) conditions.push(subject === null ? when : equals(lowering, subject, when, location ?? -1));
    if (then !== null) results.push(then);
  }
  const otherwise = optional(lowering, node.defresult, scope);
  if (otherwise !== null) results.push(otherwise);
  return { kind: 'case', conditions, results, type: common(results), offset: node.location ?? -1 };
}

/** `left = right` as the server would resolve it. */
export function equals(lowering: Lowering, left: Expression, right: Expression, offset: number): Expression {
  const { uses } = resolveOperator(lowering, '=', left.type, right.type);
  const fallible = uses.length > 0 ? [left, right] : [];
  return call([left, right], {
    syntax: 'operator',
    uses,
    type: TYPES.boolean,
    offset,
    comparison: 'equality',
    fallible,
  });
}

/** COALESCE, GREATEST, LEAST. COALESCE computes no more than it needs. */
export function lowerChoice(lowering: Lowering, node: CoalesceExpr | MinMaxExpr, scope: Scope): Expression {
  const operands = expressions(lowering, node.args, scope);
  return call(operands, { type: common(operands), offset: node.location ?? -1, fallible: [], lazy: !('op' in node) });
}

/** ROW(…): `t.*` inside stands for t's columns. */
export function lowerRow(lowering: Lowering, node: RowExpr, scope: Scope): Expression {
  const elements = (node.args ?? []).flatMap((item) => rowElement(lowering, item, scope));
  return { kind: 'composite', form: 'row', elements, type: 0, offset: node.location ?? -1 };
}

function rowElement(lowering: Lowering, node: Node, scope: Scope): Expression[] {
  const fields = 'ColumnRef' in node ? (node.ColumnRef.fields ?? []) : [];
  const last = fields.at(-1);
  if (last === undefined || !('A_Star' in last)) return [lowering.expression(node, scope)];
  const { outputs, open } = expandStar(lowering, strings(fields), scope, -1);
  const elements = outputs.map(({ expression }) => expression);
  return open === null ? elements : [{ kind: 'unknown', reason: open, operands: elements, type: 0, offset: -1 }];
}

/** ARRAY[…]. Of arrays that may differ in size it makes no array, but an error. */
export function lowerArray(lowering: Lowering, node: A_ArrayExpr, scope: Scope): Expression {
  const elements = expressions(lowering, node.elements, scope);
  const element = lowering.catalog.typeByOid(common(elements));
  const array = element === undefined ? undefined : lowering.catalog.type(element.schema, `_${element.name}`);
  const type = elements.every((item) => item.type === TYPES.unknown) ? TYPES.unknown : (array?.oid ?? 0);
  const offset = node.location ?? -1;
  if (elements.some((item) => mayBeArray(lowering, item))) return call(elements, { type, offset });
  return { kind: 'composite', form: 'array', elements, type, offset };
}

/** What has one size by its text, or is no array, is not meant. */
function mayBeArray({ catalog }: Lowering, item: Expression): boolean {
  if (item.kind === 'composite' || isConstant(item)) return false;
  const type = underDomains(catalog, item.type);
  return type === undefined || type.elementOid !== 0;
}

/** GROUPING(…): which columns are grouped, not what they hold. */
export const lowerGroupingFunction = (_: Lowering, node: GroupingFunc): Expression =>
  constant(null, TYPES.integer, node.location ?? -1);

/** ORDER BY item, in aggregates and windows. */
export const lowerSortBy = (lowering: Lowering, node: SortBy, scope: Scope): Expression =>
  sortedBy(lowering, node, optional(lowering, node.node, scope) ?? constant(null));

/** A value that is sorted by. USING names an operator. */
export function sortedBy(lowering: Lowering, node: SortBy, operand: Expression): Expression {
  if (node.useOp === undefined || node.useOp.length === 0) return operand;
  const { uses } = resolveOperator(lowering, node.useOp, operand.type, operand.type);
  return call([operand], { syntax: 'operator', uses, type: operand.type, offset: node.location ?? -1 });
}

/** `(value).field[…].field`: each step in turn. */
export function lowerIndirection(lowering: Lowering, node: A_Indirection, scope: Scope): Expression {
  let value = optional(lowering, node.arg, scope) ?? constant(null);
  for (const step of node.indirection ?? []) {
    if ('String' in step) value = field(lowering, value, step.String.sval ?? '');
    else if ('A_Indices' in step) {
      const { lidx, uidx, is_slice } = step.A_Indices;
      const indices = [optional(lowering, lidx, scope), optional(lowering, uidx, scope)];
      const type = is_slice ? value.type : (lowering.catalog.typeByOid(value.type)?.elementOid ?? 0);
      value = {
        kind: 'subscript',
        base: value,
        indices: indices.filter((index): index is Expression => index !== null),
        type: value.type === TYPES.unknown ? 0 : type,
        offset: value.offset,
      };
    } else {
      value = {
        kind: 'unknown',
        reason: 'a step of an expression that is not known',
        operands: [value],
        type: 0,
        offset: -1,
      };
      lowering.note('construct', 'a star or an unknown step inside an expression', value.offset);
    }
  }
  return value;
}

function field(lowering: Lowering, base: Expression, name: string): Expression {
  const projected = projection(lowering, base, name, base.offset);
  if (projected !== undefined) return projected;
  if (base.kind === 'whole-row') return callOnRow(lowering, name, base, base.offset);
  const reason = `no field ${name} is known here`;
  lowering.note('column', reason, base.offset);
  return { kind: 'unknown', reason, operands: [base], type: 0, offset: base.offset };
}
