import type { Catalog } from '../../catalog/catalog.ts';
import type { Expression } from '../../query-form/expression.ts';
import { TYPES, underDomains } from './type-names.ts';

/** A literal that cannot bring a number anywhere near the limits of its type, however often it is applied. */
const SMALL_NUMBER = /^[+-]?[0-9.]{1,20}$/;

/** Functions of strings that give NULL for NULL only. */
const NULL_FOR_NULL = new Set(
  'ascii btrim char_length character_length concat initcap length lower ltrim md5 octet_length quote_literal replace reverse rtrim translate upper'.split(
    ' ',
  ),
);
const STRINGS: ReadonlySet<number> = new Set([TYPES.text, TYPES.name, TYPES.unknown, 1042, 1043]);

/**
 * Whether a value is stored, or made of stored ones by steps that give NULL for NULL only and nothing much larger. Where the
 * statement chooses (COALESCE, NULLIF, CASE, a field that may be missing), NULL or a huge literal takes the place of some
 * values and not of others; an error that it causes then tells of them.
 */
export function isPlainValue(catalog: Catalog, expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
      return isSmallNumber(expression);
    case 'column':
      return isStoredValue(expression);
    case 'merged':
      return expression.parts.every(isStoredValue);
    case 'call': {
      if (expression.fallible.length > 0 || expression.uses.some((use) => !use.safe)) return false;
      const { syntax, uses, operands, type } = expression;
      if (syntax === 'cast' || (syntax === 'operator' && type === TYPES.numeric))
        return operands.every((operand) => isPlainValue(catalog, operand));
      const name = uses[0]?.name ?? '';
      const named = uses[0]?.builtin === true && NULL_FOR_NULL.has(name.slice(name.indexOf('.') + 1));
      // Of operators between strings that cannot fail, only || has a string as its result.
      const text =
        syntax === 'operator' && isString(catalog, type) && operands.every((one) => isString(catalog, one.type));
      return (text || (syntax === 'function' && named)) && operands.every((one) => isPlainString(catalog, one));
    }
    default:
      return false;
  }
}

/** A literal of the statement that is a number of few digits. */
export const isSmallNumber = (operand: Expression): boolean =>
  operand.kind === 'constant' && operand.value !== null && SMALL_NUMBER.test(operand.value);

const isString = (catalog: Catalog, type: number): boolean => STRINGS.has(underDomains(catalog, type)?.oid ?? 0);

const isPlainString = (catalog: Catalog, operand: Expression): boolean =>
  operand.kind === 'constant'
    ? operand.value !== null
    : isString(catalog, operand.type) && isPlainValue(catalog, operand);

/** A column of a table, also through subqueries that hand it on as it is. */
function isStoredValue(expression: Expression): boolean {
  if (expression.kind === 'merged') return expression.parts.every(isStoredValue);
  if (expression.kind !== 'column') return false;
  const { relation, index } = expression;
  if (relation.kind === 'query') {
    const output = relation.query.outputs[index];
    return output !== undefined && isStoredValue(output.expression);
  }
  if (relation.kind !== 'table') return false;
  const origin = relation.origins[index];
  return origin?.kind === 'stored' || (origin?.kind === 'computed' && isStoredValue(origin.expression));
}
