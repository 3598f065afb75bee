import type { ColumnPlace, ColumnUse } from '@bailiwick/domain';
import type { Call, Expression } from '../query-form/expression.ts';

/** Receives the parts of a condition with their place and form. */
export type ConditionSink = (part: Expression, place: ColumnPlace, form: ColumnUse['form']) => void;

/** A column taken as it is. */
const isBare = ({ kind }: Expression): boolean => kind === 'column' || kind === 'merged';

/** Known before any row is read: literals, parameters, their casts, rows and arrays of them. */
export function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
    case 'parameter':
      return true;
    case 'composite':
      return expression.elements.every(isConstant);
    case 'call':
      return (
        expression.syntax === 'cast' &&
        expression.uses.every((use) => use.safe) &&
        expression.operands.every(isConstant)
      );
    default:
      return false;
  }
}

/**
 * Takes a condition (WHERE, ON, HAVING, FILTER, WHEN) apart. In conjuncts and disjuncts, a bare column compared by
 * `=` or IN with constants is `constant-equality`; two bare columns of different relations compared by `=` are a
 * join; everything else is a predicate of any other form. `taken` receives the comparisons taken apart here, with the
 * column where it is a constant equality.
 */
export function asCondition(
  expression: Expression,
  sink: ConditionSink,
  taken: (call: Call, equal: Expression | null) => void,
): void {
  if (expression.kind === 'logic' && expression.operator !== 'not') {
    for (const operand of expression.operands) asCondition(operand, sink, taken);
    return;
  }
  const compared = expression.kind === 'call' && expression.comparison !== null ? comparedColumns(expression) : null;
  if (expression.kind !== 'call' || compared === null) {
    sink(expression, 'predicate', 'other');
    return;
  }
  taken(expression, compared.form === 'constant-equality' ? (compared.columns[0] ?? null) : null);
  for (const part of expression.operands) if (!compared.columns.includes(part)) sink(part, compared.place, 'other');
  for (const part of compared.columns) sink(part, compared.place, compared.form);
}

interface Compared {
  readonly columns: readonly Expression[];
  readonly place: 'predicate' | 'join';
  readonly form: ColumnUse['form'];
}

function comparedColumns({ comparison, operands, uses }: Call): Compared | null {
  const [left, ...rest] = operands;
  const right = rest[0];
  if (left === undefined || right === undefined || uses.some((use) => !use.safe)) return null;
  if (isBare(left) && rest.every(isConstant)) return { columns: [left], place: 'predicate', form: 'constant-equality' };
  if (comparison !== 'equality' || !isBare(right)) return null;
  if (isConstant(left)) return { columns: [right], place: 'predicate', form: 'constant-equality' };
  const sameRelation = left.kind === 'column' && right.kind === 'column' && left.relation === right.relation;
  return isBare(left) && !sameRelation ? { columns: [left, right], place: 'join', form: 'other' } : null;
}
