import type { Aggregate, Expression } from '../query-form/expression.ts';
import type { Query } from '../query-form/query.ts';
import type { Cte, Relation, TableRelation } from '../query-form/relation.ts';
import { derive, mergeAny, mergeFirst, NOTHING, SOURCELESS, sameTrace, type Trace, through } from './trace.ts';

/** Expressions looked at for one statement before its lineage counts as unknown: bounds nested recursion. */
const STEPS_MAX = 200_000;

const TOO_COMPLEX: Trace = { kind: 'unknown', reason: 'the statement is too complex to trace' };

/**
 * Traces values of the query form to the stored columns they come from (DESIGN 5, SEMANTICS 15). One tracer serves
 * one statement; results are remembered per query output.
 */
export class LineageTracer {
  readonly #memo = new Map<Query, (Trace | undefined)[]>();
  /** Provisional traces of recursive WITH queries while they are iterated, final ones afterwards. */
  readonly #recursive = new Map<Cte, readonly Trace[]>();
  #iterating = 0;
  #steps = 0;

  /** Where output `index` of a query comes from. */
  ofOutput(query: Query, index: number): Trace {
    if (query.open !== null) return { kind: 'unknown', reason: query.open };
    const output = query.outputs[index];
    if (output === undefined) return { kind: 'unknown', reason: 'a column that the query does not have' };
    const known = this.#memo.get(query) ?? [];
    this.#memo.set(query, known);
    const trace = known[index] ?? this.of(output.expression);
    known[index] = trace;
    return trace;
  }

  /** Where the value of an expression comes from. */
  of(expression: Expression): Trace {
    this.#steps += 1;
    if (this.#steps > STEPS_MAX) return TOO_COMPLEX;
    switch (expression.kind) {
      case 'constant':
      case 'parameter':
      case 'system-column':
        return SOURCELESS;
      case 'column':
        return this.#ofColumn(expression.relation, expression.index);
      case 'whole-row':
        return this.#ofRow(expression.relation);
      case 'merged':
        return (expression.rule === 'first' ? mergeFirst : mergeAny)(this.#each(expression.parts));
      case 'logic':
        return derive(this.#each(expression.operands));
      case 'call': {
        const unsafe = expression.uses.find((use) => !use.safe);
        if (unsafe !== undefined && !expression.resultOfArguments) return notSafe(unsafe.name);
        return derive(this.#each(expression.operands));
      }
      case 'case':
        return derive([...this.#each(expression.conditions), ...this.#each(expression.results)]);
      case 'subquery':
        return this.#ofSubquery(expression);
      case 'composite':
        return derive(this.#each(expression.elements));
      case 'field':
        return derive([this.of(expression.base)]);
      case 'subscript':
        return derive([this.of(expression.base), ...this.#each(expression.indices)]);
      case 'aggregate':
        return this.#ofAggregate(expression);
      case 'unknown':
        return { kind: 'unknown', reason: expression.reason };
    }
  }

  #each(expressions: readonly Expression[]): Trace[] {
    return expressions.map((expression) => this.of(expression));
  }

  #ofAggregate({ uses, operands, filter, order, window }: Aggregate): Trace {
    const unsafe = uses.find((use) => !use.safe);
    if (unsafe !== undefined) return notSafe(unsafe.name);
    const around = window === null ? [] : [...window.partition, ...window.order, ...window.bounds];
    return derive(this.#each([...operands, ...order, ...around, ...(filter === null ? [] : [filter])]));
  }

  /** A scalar subquery is derived: which row it takes, and whether there is one, its predicates decide. */
  #ofSubquery(subquery: Extract<Expression, { kind: 'subquery' }>): Trace {
    const unsafe = subquery.uses.find((use) => !use.safe);
    if (unsafe !== undefined) return notSafe(unsafe.name);
    const operands = this.#each(subquery.operands);
    if (subquery.form === 'exists') return derive(operands);
    if (subquery.query.open !== null) return { kind: 'unknown', reason: subquery.query.open };
    if (subquery.form === 'scalar') return derive([...operands, this.ofOutput(subquery.query, subquery.output)]);
    return derive([...operands, ...subquery.query.outputs.map((_, index) => this.ofOutput(subquery.query, index))]);
  }

  #ofRow(relation: Relation): Trace {
    if (relation.open !== null) return { kind: 'unknown', reason: relation.open };
    return derive(relation.columns.map((_, index) => this.#ofColumn(relation, index)));
  }

  #ofColumn(relation: Relation, index: number): Trace {
    switch (relation.kind) {
      case 'table':
        return this.#ofTableColumn(relation, index);
      case 'query':
        return this.ofOutput(relation.query, index);
      case 'cte':
        return this.#ofCteColumn(relation.cte, index);
      case 'function':
        return derive(this.#each(relation.calls));
      case 'computed': {
        const expression = relation.expressions[index];
        return expression === undefined ? { kind: 'unknown', reason: 'a column not in scope' } : this.of(expression);
      }
      case 'unknown':
        return { kind: 'unknown', reason: relation.reason };
    }
  }

  #ofTableColumn(relation: TableRelation, index: number): Trace {
    const reference = relation.references[index];
    const origin = relation.origins[index];
    if (reference === undefined || origin === undefined) {
      return { kind: 'unknown', reason: `a column that ${relation.table.name} does not have` };
    }
    switch (origin.kind) {
      case 'stored':
        return { kind: 'base', column: reference, sources: new Set([reference]) };
      case 'computed':
        return through(this.of(origin.expression), reference);
      case 'unknown':
        return origin;
    }
  }

  #ofCteColumn(cte: Cte, index: number): Trace {
    if (cte.query === null) return { kind: 'unknown', reason: `the WITH query ${cte.name} refers to itself` };
    if (!cte.recursive) return this.ofOutput(cte.query, index);
    const traces = this.#recursive.get(cte) ?? this.#iterate(cte, cte.query);
    return traces[index] ?? { kind: 'unknown', reason: `a column that ${cte.name} does not have` };
  }

  /** The least fixed point: every pass may only add sources or make a column more than base. */
  #iterate(cte: Cte, query: Query): readonly Trace[] {
    let traces: readonly Trace[] = query.outputs.map(() => NOTHING);
    this.#iterating += 1;
    for (;;) {
      this.#recursive.set(cte, traces);
      this.#memo.clear();
      const next = query.outputs.map((_, index) => this.ofOutput(query, index));
      const settled = next.every((trace, index) => sameTrace(trace, traces[index] ?? NOTHING));
      traces = next;
      if (settled) break;
    }
    this.#iterating -= 1;
    this.#memo.clear();
    if (this.#iterating > 0) this.#recursive.delete(cte);
    return traces;
  }
}

const notSafe = (name: string): Trace => ({ kind: 'unknown', reason: `the function ${name} is not known to be safe` });
