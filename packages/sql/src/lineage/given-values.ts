import type { ColumnRef, GivenValues } from '@bailiwick/domain';
import { column } from '../query-form/build.ts';
import type { Expression } from '../query-form/expression.ts';
import type { Query, WriteQuery } from '../query-form/query.ts';
import type { Relation } from '../query-form/relation.ts';
import type { LineageTracer } from './lineage-tracer.ts';
import { sourcesOf } from './trace.ts';

/** Values that a statement gives to the columns it writes as they are: literals of its text, and parameters. */
export function givenValues(writes: readonly WriteQuery[], tracer: LineageTracer): readonly GivenValues[] {
  return writes.flatMap((write) => {
    const byColumn = new Map<string, Expression[]>();
    for (const { column: name, expression } of write.assignments)
      byColumn.set(name, [...(byColumn.get(name) ?? []), expression]);
    return [...byColumn].flatMap(([name, expressions]): GivenValues[] => {
      const columns = writtenColumns(write, name, tracer);
      const collector = new Collector();
      for (const expression of expressions) collector.expression(expression);
      const { literals, parameters } = collector;
      if (columns.length === 0 || literals.size + parameters.size === 0) return [];
      return [{ columns, literals: [...literals], parameters: [...parameters] }];
    });
  });
}

/** The target's column, and what is behind it where the target is a view. */
function writtenColumns({ target }: WriteQuery, name: string, tracer: LineageTracer): readonly ColumnRef[] {
  const index = target.columns.findIndex((one) => one.name === name);
  const reference = target.kind === 'table' ? target.references[index] : undefined;
  if (reference === undefined) return [];
  return [...new Set([reference, ...sourcesOf(tracer.of(column(target, index)))])];
}

/** Follows an expression through whatever hands a value on unchanged, or as one of several. */
class Collector {
  readonly literals = new Set<string>();
  readonly parameters = new Set<number>();
  readonly #seen = new Set<Expression>();

  expression(expression: Expression): void {
    if (this.#seen.has(expression)) return;
    this.#seen.add(expression);
    switch (expression.kind) {
      case 'constant':
        if (expression.value !== null) this.literals.add(expression.value);
        return;
      case 'parameter':
        this.parameters.add(expression.number);
        return;
      case 'merged':
        return this.#all(expression.parts);
      case 'case':
        return this.#all(expression.results);
      case 'composite':
        return this.#all(expression.elements);
      case 'call':
        // Casts, COALESCE, and functions of one argument: trim, lower.
        if (expression.syntax !== 'operator' && (expression.syntax !== 'function' || expression.operands.length === 1))
          this.#all(expression.operands);
        return;
      case 'subquery':
        if (expression.form === 'scalar') this.#output(expression.query, expression.output);
        return;
      case 'field':
      case 'subscript':
        return this.expression(expression.base);
      case 'column':
        return this.#column(expression.relation, expression.index);
      case 'whole-row':
      case 'system-column':
      case 'logic':
      case 'aggregate':
        return;
      case 'unknown':
        return this.#all(expression.operands);
    }
  }

  #all(expressions: readonly Expression[]): void {
    for (const expression of expressions) this.expression(expression);
  }

  #output(query: Query, index: number): void {
    const output = query.outputs[index];
    if (output !== undefined) this.expression(output.expression);
  }

  /** Stored columns give what is stored. */
  #column(relation: Relation, index: number): void {
    switch (relation.kind) {
      case 'query':
        return this.#output(relation.query, index);
      case 'cte':
        if (relation.cte.query !== null) this.#output(relation.cte.query, index);
        return;
      case 'computed': {
        const expression = relation.expressions[index];
        if (expression !== undefined) this.expression(expression);
        return;
      }
      case 'function':
        for (const call of relation.calls) this.#all(call.kind === 'call' ? call.operands : [call]);
        return;
      case 'table':
      case 'unknown':
        return;
    }
  }
}
