import type { A_Expr, BoolExpr, BooleanTest, Node, NullTest } from '@pgsql/types';
import { call } from '../../query-form/build.ts';
import type { Call, Expression } from '../../query-form/expression.ts';
import { fallibleOperands, isHarmlessPattern, isTotalComparison } from './fallible.ts';
import { expressions, type Lowering, optional, strings } from './lowering.ts';
import { resolveOperator } from './resolve-operator.ts';
import type { Scope } from './scope.ts';
import { TYPES } from './type-names.ts';

/** Symbols that stand behind the spellings of A_Expr whose `name` is a keyword. */
const BETWEEN_SYMBOLS = ['>=', '<='] as const;

/** AND, OR, NOT. */
export function lowerLogic(lowering: Lowering, node: BoolExpr, scope: Scope): Expression {
  const operator = node.boolop === 'NOT_EXPR' ? 'not' : node.boolop === 'OR_EXPR' ? 'or' : 'and';
  const operands = expressions(lowering, node.args, scope);
  return { kind: 'logic', operator, operands, type: TYPES.boolean, offset: node.location ?? -1 };
}

/** IS NULL and IS TRUE and their like: one operand, no function of anybody's. */
export function lowerTest(lowering: Lowering, node: NullTest | BooleanTest, scope: Scope): Expression {
  const operand = optional(lowering, node.arg, scope);
  const details = { type: TYPES.boolean, offset: node.location ?? -1, fallible: [] };
  return call(operand === null ? [] : [operand], details);
}

/** Everything that the grammar writes with an operator or a keyword that stands for one. */
export function lowerOperator(lowering: Lowering, node: A_Expr, scope: Scope): Expression {
  const offset = node.location ?? -1;
  const left = optional(lowering, node.lexpr, scope);
  const rights = rightOperands(lowering, node.rexpr, scope);
  const name = node.name ?? [];
  switch (node.kind) {
    case 'AEXPR_OP':
      return rowwise(lowering, name, left, rights, offset) ?? operatorCall(lowering, name, left, rights, offset);
    case 'AEXPR_IN':
      return rowwise(lowering, name, left, rights, offset) ?? membership(lowering, name, left, rights, offset);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return arrayComparison(lowering, node, left, rights, offset);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return between(lowering, left, rights, offset);
    case 'AEXPR_NULLIF':
      return {
        ...operatorCall(lowering, name, left, rights, offset),
        syntax: 'construct',
        comparison: null,
        type: left?.type ?? 0,
      };
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return { ...operatorCall(lowering, name, left, rights, offset), comparison: null };
    default:
      lowering.note('construct', `the operator form ${node.kind ?? 'without kind'} is not known`, offset);
      return {
        kind: 'unknown',
        reason: 'an operator form that is not known',
        operands: [...listed(left), ...rights],
        type: 0,
        offset,
      };
  }
}

const listed = (expression: Expression | null): Expression[] => (expression === null ? [] : [expression]);

function rightOperands(lowering: Lowering, node: Node | undefined, scope: Scope): Expression[] {
  if (node === undefined) return [];
  return 'List' in node ? expressions(lowering, node.List.items, scope) : [lowering.expression(node, scope)];
}

const isEquals = (name: readonly Node[]): boolean => strings(name).at(-1) === '=';

function operatorCall(
  lowering: Lowering,
  name: readonly Node[],
  left: Expression | null,
  [right]: readonly Expression[],
  offset: number,
): Call {
  const resolved = resolveOperator(lowering, name, left === null ? null : left.type, right?.type ?? 0);
  const operands = [...listed(left), ...(right === undefined ? [] : [right])];
  const symbol = strings(name).at(-1) ?? '';
  return call(operands, {
    fallible: resolved.uses.length > 0 ? operands : fallibleOperands(lowering.catalog, symbol, operands, resolved),
    lazy: operands.some(({ kind }) => kind === 'composite'),
    syntax: 'operator',
    uses: resolved.uses,
    type: resolved.type,
    offset,
    comparison: isEquals(name) && left !== null ? 'equality' : null,
  });
}

/** `(a, b) = (1, 2)` and `(a, b) IN ((1, 2), …)` compare column by column. */
function rowwise(
  lowering: Lowering,
  name: readonly Node[],
  left: Expression | null,
  rights: readonly Expression[],
  offset: number,
): Expression | undefined {
  if (left?.kind !== 'composite' || left.form !== 'row' || !isEquals(name) || rights.length === 0) return undefined;
  const rows = rights.flatMap((right) => (right.kind === 'composite' && right.form === 'row' ? [right.elements] : []));
  const { elements } = left;
  if (rows.length !== rights.length || rows.some((row) => row.length !== elements.length)) return undefined;
  const operands = elements.map((element, index) => {
    const others = rows.flatMap((row) => row.slice(index, index + 1));
    return membership(lowering, name, element, others, offset);
  });
  return { kind: 'logic', operator: 'and', operands, type: TYPES.boolean, offset };
}

function membership(
  lowering: Lowering,
  name: readonly Node[],
  left: Expression | null,
  rights: readonly Expression[],
  offset: number,
): Call {
  const types = new Set(rights.map(({ type }) => type));
  const uses = [...types].flatMap((type) => resolveOperator(lowering, name, left?.type ?? 0, type).uses);
  const comparison = !isEquals(name) ? null : rights.length === 1 ? 'equality' : 'membership';
  return compared([...listed(left), ...rights], uses, offset, comparison);
}

/** `x = ANY (array)`: the operator takes the array's elements. */
function arrayComparison(
  lowering: Lowering,
  node: A_Expr,
  left: Expression | null,
  rights: readonly Expression[],
  offset: number,
): Call {
  const [array] = rights;
  const name = node.name ?? [];
  const element = lowering.catalog.typeByOid(array?.type ?? 0)?.elementOid ?? 0;
  const type = array?.type === TYPES.unknown ? TYPES.unknown : element;
  const { uses } = resolveOperator(lowering, name, left?.type ?? 0, type);
  const comparison = isEquals(name) && node.kind === 'AEXPR_OP_ANY' ? 'membership' : null;
  const operands = [...listed(left), ...rights];
  const symbol = strings(name).at(-1) ?? '';
  // A pattern that is an element may be none, or be reached for some values only.
  const harmless = symbol.includes('~~') && array?.kind === 'composite' && isHarmlessPattern(array);
  const taken = compared(operands, uses, offset, comparison);
  return isTotalComparison(symbol) || harmless ? taken : { ...taken, fallible: operands };
}

function between(lowering: Lowering, left: Expression | null, rights: readonly Expression[], offset: number): Call {
  const uses = BETWEEN_SYMBOLS.flatMap((symbol) =>
    rights.flatMap((right) => resolveOperator(lowering, symbol, left?.type ?? 0, right.type).uses),
  );
  return compared([...listed(left), ...rights], uses, offset, null);
}

/** Comparisons of PostgreSQL's own types do not fail. */
function compared(
  operands: readonly Expression[],
  uses: Call['uses'],
  offset: number,
  comparison: Call['comparison'],
): Call {
  const fallible = uses.length > 0 ? operands : [];
  return call(operands, { syntax: 'operator', uses, type: TYPES.boolean, offset, comparison, fallible, lazy: true });
}
