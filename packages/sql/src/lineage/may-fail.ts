import type { Expression } from '../query-form/expression.ts';
import type { Relation } from '../query-form/relation.ts';

/**
 * Whether computing an expression may end in an error, whatever its operands: where another value decides if it is computed
 * at all, the error tells of that value. Remembers what it has seen; one a statement.
 */
export class FailureFinder {
  readonly #known = new Map<Expression, boolean>();

  mayFail(expression: Expression): boolean {
    const known = this.#known.get(expression);
    if (known !== undefined) return known;
    // A recursive WITH query leads back here: what it may fail for is found on the way.
    this.#known.set(expression, false);
    const found = this.#look(expression);
    this.#known.set(expression, found);
    return found;
  }

  #look(expression: Expression): boolean {
    switch (expression.kind) {
      case 'constant':
      case 'parameter':
      case 'system-column':
      case 'whole-row':
      // An aggregate is computed with its group, before anything is chosen.
      case 'aggregate':
        return false;
      case 'column':
        return this.#column(expression.relation, expression.index);
      case 'merged':
        return this.#any(expression.parts);
      case 'logic':
        return this.#any(expression.operands);
      case 'call':
        return (
          expression.fallible.length > 0 || expression.uses.some((use) => !use.safe) || this.#any(expression.operands)
        );
      case 'case':
        return this.#any([...expression.conditions, ...expression.results]);
      case 'composite':
        return this.#any(expression.elements);
      case 'field':
        return this.mayFail(expression.base);
      case 'subscript':
        return this.#any([expression.base, ...expression.indices]);
      case 'subquery':
      case 'unknown':
        return true;
    }
  }

  #any(expressions: readonly Expression[]): boolean {
    return expressions.some((expression) => this.mayFail(expression));
  }

  #column(relation: Relation, index: number): boolean {
    switch (relation.kind) {
      case 'table': {
        const origin = relation.origins[index];
        return origin?.kind === 'computed' ? this.mayFail(origin.expression) : origin?.kind !== 'stored';
      }
      case 'query':
      case 'cte': {
        const query = relation.kind === 'query' ? relation.query : relation.cte.query;
        const output = query?.outputs[index];
        return output === undefined || this.mayFail(output.expression);
      }
      case 'computed': {
        const expression = relation.expressions[index];
        return expression === undefined || this.mayFail(expression);
      }
      case 'function':
        return false;
      case 'unknown':
        return true;
    }
  }
}
