import type { FunctionUse } from '@bailiwick/domain';
import type { MultiAssignRef, SubLink } from '@pgsql/types';
import { unknown } from '../../query-form/build.ts';
import type { Expression, Subquery } from '../../query-form/expression.ts';
import type { Query } from '../../query-form/query.ts';
import { isTotalComparison } from './fallible.ts';
import { type Lowering, optional, strings } from './lowering.ts';
import { resolveOperator } from './resolve-operator.ts';
import type { Scope } from './scope.ts';
import { TYPES } from './type-names.ts';

const FORMS: Partial<Record<NonNullable<SubLink['subLinkType']>, Subquery['form']>> = {
  EXISTS_SUBLINK: 'exists',
  ANY_SUBLINK: 'comparison',
  ALL_SUBLINK: 'comparison',
  EXPR_SUBLINK: 'scalar',
  ARRAY_SUBLINK: 'array',
};

/** A query inside an expression. */
export function lowerSubLink(lowering: Lowering, node: SubLink, scope: Scope): Expression {
  const offset = node.location ?? -1;
  const form = node.subLinkType === undefined ? undefined : FORMS[node.subLinkType];
  const operand = optional(lowering, node.testexpr, scope);
  if (form === undefined || node.subselect === undefined) {
    lowering.note('construct', 'a form of subquery that is not known', offset);
    return unknown('a form of subquery that is not known', operand === null ? [] : [operand], offset);
  }
  const query = lowering.query(node.subselect, scope);
  const operands = operand === null ? [] : [operand];
  const uses = form === 'comparison' && operand !== null ? comparisonUses(lowering, node, operand, query) : [];
  const fallible = uses.length > 0 || !isTotalComparison(strings(node.operName).at(-1));
  const type = resultType(lowering, form, query);
  return { kind: 'subquery', form, query, output: 0, operands, uses, fallible, type, offset };
}

function resultType(lowering: Lowering, form: Subquery['form'], query: Query): number {
  if (form === 'exists' || form === 'comparison') return TYPES.boolean;
  const type = query.outputs[0]?.expression.type ?? 0;
  if (form === 'scalar') return type === TYPES.unknown ? TYPES.text : type;
  const element = lowering.catalog.typeByOid(type);
  return element === undefined ? 0 : (lowering.catalog.type(element.schema, `_${element.name}`)?.oid ?? 0);
}

/** The operator between the operand and the rows: `=` for IN. Rows compare column by column. */
function comparisonUses(lowering: Lowering, node: SubLink, operand: Expression, query: Query): FunctionUse[] {
  const name = node.operName === undefined || node.operName.length === 0 ? '=' : node.operName;
  const left = operand.kind === 'composite' && operand.form === 'row' ? operand.elements : [operand];
  return left.flatMap(({ type }, index) => {
    const right = query.outputs[index]?.expression.type ?? 0;
    return resolveOperator(lowering, name, type, right).uses;
  });
}

/** One column of `(a, b) = (SELECT …)` or `(a, b) = ROW(…)` in UPDATE. */
export function lowerMultiAssign(lowering: Lowering, node: MultiAssignRef, scope: Scope): Expression {
  const source = optional(lowering, node.source, scope);
  const index = (node.colno ?? 1) - 1;
  if (source?.kind === 'composite') return source.elements[index] ?? unknown('an assignment without value');
  if (source?.kind === 'subquery') return { ...source, output: index, type: 0 };
  return unknown('an assignment of a row that is not known', source === null ? [] : [source]);
}
