import type { ColumnPlace, ColumnUse, FunctionUse, TableUse } from '@bailiwick/domain';
import type { Aggregate, Call, Case, Expression, Subquery, Window } from '../query-form/expression.ts';
import type { Query, SelectQuery, WriteQuery } from '../query-form/query.ts';
import type { FunctionRelation, Relation, TableRelation, ViewDefinition } from '../query-form/relation.ts';
import { asCondition, type ConditionSink } from './condition.ts';
import type { LineageTracer } from './lineage-tracer.ts';
import { FailureFinder } from './may-fail.ts';
import { ReadRecord } from './read-record.ts';
import { sourcesOf } from './trace.ts';

type Form = ColumnUse['form'];

/** What reading a view entails beside its columns. */
interface ViewContents {
  readonly functions: readonly FunctionUse[];
  readonly tables: readonly TableUse[];
  readonly locks: boolean;
}

const NONE: ReadonlySet<Relation> = new Set();

const viewContents = new WeakMap<ViewDefinition, ViewContents>();

/**
 * Walks a statement in the query form and collects every column read with its place, the tables, the functions, the
 * writes and whether rows are locked. Columns are followed to where they are needed: an output of a subquery that
 * nobody asks for is not read, unless computing it could be noticed (an error tells), when it counts as a predicate.
 * What a view's own clauses read is the view owner's business and not reported; its functions and tables are.
 */
export class StatementReader extends ReadRecord {
  #inCase = false;
  /** Functions in FROM of the array subquery that is being read, where its value is masked whole whatever they return. */
  #silent: ReadonlySet<Relation> = NONE;
  readonly #tracer: LineageTracer;
  readonly #failures = new FailureFinder();
  readonly #queries = new Set<Query>();
  readonly #demanded = new Map<Query, Map<number, Set<string>>>();
  readonly #expanded = new Map<Relation, Set<string>>();

  constructor(tracer: LineageTracer) {
    super();
    this.#tracer = tracer;
  }

  /** Reads a whole statement whose outputs go to `place`. */
  readQuery(query: Query, place: ColumnPlace): void {
    this.#query(query);
    for (const [index] of query.outputs.entries()) this.#demand(query, index, place, 'other');
    this.#readUnasked();
  }

  /** Reads a free expression (EXECUTE and CALL arguments, ALTER TABLE … USING). */
  readExpression(expression: Expression, place: ColumnPlace): void {
    this.#walk(expression, place, 'other');
    this.#readUnasked();
  }

  /** Reads a relation as such: its functions and tables. */
  readRelation(relation: Relation): void {
    switch (relation.kind) {
      case 'table':
        this.#table(relation);
        return;
      case 'query':
        this.#query(relation.query);
        return;
      case 'function':
        this.#functionRelation(relation, 'predicate');
        return;
      case 'cte':
      case 'computed':
      case 'unknown':
        return;
    }
  }

  #demand(query: Query, index: number, place: ColumnPlace, form: Form): void {
    const byIndex = this.#demanded.get(query) ?? new Map<number, Set<string>>();
    this.#demanded.set(query, byIndex);
    const places = byIndex.get(index) ?? new Set<string>();
    byIndex.set(index, places);
    if (places.has(`${place} ${form}`)) return;
    places.add(`${place} ${form}`);
    if (query.kind === 'set-operation' && query.arms.every((arm) => index < arm.outputs.length)) {
      for (const arm of query.arms) this.#demand(arm, index, place, form);
      return;
    }
    const output = query.outputs[index];
    if (output !== undefined) this.#walk(output.expression, place, form);
  }

  /** Outputs that nobody asked for, but whose computation may fail or do something. May bring up more queries. */
  #readUnasked(): void {
    for (const query of this.#queries) {
      if (query.kind === 'set-operation') continue;
      for (const [index, { expression }] of query.outputs.entries()) {
        if (this.#demanded.get(query)?.has(index)) continue;
        if (isComputed(expression)) this.#demand(query, index, 'output', 'other');
      }
    }
  }

  #query(query: Query): void {
    if (this.#queries.has(query)) return;
    this.#queries.add(query);
    for (const cte of query.ctes) if (cte.query !== null) this.#query(cte.query);
    switch (query.kind) {
      case 'select':
        this.#select(query);
        break;
      case 'set-operation':
        this.locks ||= query.locks;
        for (const arm of query.arms) this.#query(arm);
        if (query.compares)
          for (const [index] of query.outputs.entries()) this.#demand(query, index, 'grouping', 'other');
        break;
      case 'values':
        break;
      case 'write':
        this.#write(query);
        break;
    }
    this.#all(
      query.ordering.filter((item) => item.kind !== 'column' || !this.#silent.has(item.relation)),
      'ordering',
    );
    this.#all(query.limits, 'predicate');
  }

  #select(query: SelectQuery): void {
    this.locks ||= query.locks;
    for (const relation of query.relations) this.readRelation(relation);
    for (const join of query.joins) this.#condition(join);
    if (query.where !== null) this.#condition(query.where);
    if (query.having !== null) this.#condition(query.having);
    this.#all(query.grouping, 'grouping');
    if (query.distinct === 'rows') {
      for (const [index] of query.outputs.entries()) this.#demand(query, index, 'grouping', 'other');
    } else if (query.distinct !== 'all') this.#all(query.distinct, 'grouping');
    for (const window of query.windows) this.#window(window);
    this.#all(query.rowArguments, 'predicate');
  }

  #write(query: WriteQuery): void {
    this.writes.push(query);
    this.addTable(query.targetName, 'write');
    if (query.target.kind === 'table' && query.action !== 'insert') this.readRelation(query.target);
    if (query.source !== null) {
      this.#query(query.source);
      for (const [index] of query.source.outputs.entries()) this.#demand(query.source, index, 'source', 'other');
    }
    for (const relation of query.relations) this.readRelation(relation);
    for (const join of query.joins) this.#condition(join);
    for (const condition of query.conditions) this.#condition(condition);
    this.#all(query.arbiters, 'predicate');
    for (const { expression } of query.assignments) this.#walk(expression, 'source', 'other');
  }

  #table(relation: TableRelation): void {
    this.addTable(relation.table, 'read');
    const { definition } = relation;
    if (definition === null || definition.query === null) return;
    const contents = viewContents.get(definition) ?? this.#viewContents(definition, definition.query);
    if (!definition.materialized) this.addFunctions(contents.functions);
    for (const { table, access } of contents.tables) this.addTable(table, access);
    this.locks ||= contents.locks;
  }

  #viewContents(definition: ViewDefinition, query: Query): ViewContents {
    const reader = new StatementReader(this.#tracer);
    reader.readQuery(query, 'output');
    const contents = { functions: [...reader.functions.values()], tables: reader.tables, locks: reader.locks };
    viewContents.set(definition, contents);
    return contents;
  }

  #all(expressions: readonly Expression[], place: ColumnPlace): void {
    for (const expression of expressions) this.#walk(expression, place, 'other');
  }

  #condition(expression: Expression): void {
    const sink: ConditionSink = (part, place, form) => this.#walk(part, place, form);
    asCondition(expression, sink, (call, equal) => {
      this.#called(call);
      if (equal !== null) this.addComparison(call, equal);
    });
  }

  #window(window: Window): void {
    this.#all(window.partition, 'grouping');
    this.#all(window.order, 'ordering');
    this.#all(window.bounds, 'predicate');
  }

  #called(call: Call): void {
    this.calls.push(call);
    this.addFunctions(call.uses);
  }

  #walk(expression: Expression, place: ColumnPlace, form: Form): void {
    switch (expression.kind) {
      case 'constant':
      case 'parameter':
      case 'system-column':
        return;
      case 'column':
        this.#column(expression.relation, expression.index, place, form);
        return;
      case 'whole-row':
        for (const [index] of expression.relation.columns.entries()) {
          this.#column(expression.relation, index, place, 'other');
        }
        return;
      case 'merged':
        for (const part of expression.parts) this.#walk(part, place, form);
        return;
      case 'logic':
        this.#all(expression.operands, place);
        this.#lazily(expression.operands, expression.operands, place);
        return;
      case 'unknown':
        this.#all(expression.operands, place);
        return;
      case 'call':
        this.#called(expression);
        this.#all(expression.operands, place);
        if (expression.uses.some(({ builtin, safe }) => builtin && !safe)) this.#kept(expression.operands);
        if (expression.returnsSet) this.#all(expression.operands, 'predicate');
        else if (isComputedFor(place)) this.#all(expression.fallible, 'evaluation');
        if (expression.lazy) this.#lazily(expression.operands, expression.operands.slice(1), place);
        return;
      case 'case':
        this.#all([...expression.conditions, ...expression.results], place);
        this.#caseConditions(expression);
        return;
      case 'subquery':
        this.#subquery(expression, place);
        return;
      case 'composite':
        this.#all(expression.elements, place);
        return;
      case 'field':
        this.#walk(expression.base, place, 'other');
        return;
      case 'subscript':
        this.#all([expression.base, ...expression.indices], place);
        return;
      case 'aggregate':
        this.#aggregate(expression, place);
        return;
    }
  }

  /** Functions of the server that keep a value, or send it on: it comes back without its origin. */
  #kept(operands: readonly Expression[]): void {
    for (const operand of operands) {
      const trace = this.#tracer.of(operand);
      if (trace.kind === 'unknown') this.hidden.add(trace.reason);
    }
  }

  /** Values that decide whether others are computed tell by an error whether they were, where one of those may fail. */
  #lazily(operands: readonly Expression[], skipped: readonly Expression[], place: ColumnPlace): void {
    if (!isComputedFor(place) || operands.length < 2) return;
    if (skipped.some((operand) => this.#failures.mayFail(operand))) this.#all(operands, 'evaluation');
  }

  /**
   * A condition of CASE chooses a value: where that is masked whole, so is what an untraced column decides in it. Unless
   * an error tells: what is computed or not by its word must not fail.
   */
  #caseConditions({ conditions, results }: Case): void {
    const outer = this.#inCase;
    const chosen = [...conditions.slice(1), ...results];
    this.#inCase ||= !chosen.some((expression) => this.#failures.mayFail(expression));
    for (const condition of conditions) this.#condition(condition);
    this.#inCase = outer;
  }

  #aggregate(aggregate: Aggregate, place: ColumnPlace): void {
    this.addFunctions(aggregate.uses);
    this.#all(aggregate.operands, place);
    if (isComputedFor(place)) this.#all(aggregate.fallible, 'evaluation');
    if (aggregate.distinct) this.#all(aggregate.operands, 'grouping');
    if (aggregate.filter !== null) this.#condition(aggregate.filter);
    this.#all(aggregate.order, 'ordering');
    if (aggregate.window !== null) this.#window(aggregate.window);
  }

  #functionRelation(relation: FunctionRelation, place: ColumnPlace): void {
    const outer = this.#inCase;
    this.#inCase ||= this.#silent.has(relation);
    this.#all(relation.calls, place);
    this.#inCase = outer;
  }

  #subquery(subquery: Subquery, place: ColumnPlace): void {
    const outer = this.#silent;
    const silent = this.#silentIn(subquery);
    this.#silent = place === 'output' ? silent : NONE;
    this.#query(subquery.query);
    // It may have been read as an output before.
    if (place !== 'output') for (const relation of silent) this.readRelation(relation);
    this.#subqueryValue(subquery, place);
    this.#silent = outer;
  }

  #subqueryValue(subquery: Subquery, place: ColumnPlace): void {
    this.addFunctions(subquery.uses);
    this.#all(subquery.operands, place);
    if (subquery.form === 'scalar') this.#demand(subquery.query, subquery.output, place, 'other');
    if (subquery.form !== 'comparison' && subquery.form !== 'array') return;
    const rows = subquery.query.outputs.map(({ expression }) => expression);
    if (subquery.fallible && isComputedFor(place)) this.#all([...subquery.operands, ...rows], 'evaluation');
    if (subquery.form === 'comparison') this.#lazily([...subquery.operands, ...rows], rows, place);
    for (const [index] of subquery.query.outputs.entries()) this.#demand(subquery.query, index, place, 'other');
  }

  /** How many elements an array has is told by nothing where its value is masked whole and its functions never fail. */
  #silentIn({ form, query }: Subquery): ReadonlySet<Relation> {
    if (form !== 'array' || query.kind !== 'select') return NONE;
    const hidesAll = query.outputs.every((_, index) => this.#tracer.ofOutput(query, index).kind === 'unknown');
    if (!hidesAll) return NONE;
    const neverFails = ({ calls }: FunctionRelation): boolean =>
      calls.every((call) => call.kind === 'call' && call.fallible.length === 0 && call.uses.every((use) => use.safe));
    return new Set(query.relations.filter((relation) => relation.kind === 'function' && neverFails(relation)));
  }

  #column(relation: Relation, index: number, place: ColumnPlace, form: Form): void {
    switch (relation.kind) {
      case 'table':
        this.#tableColumn(relation, index, place, form);
        return;
      case 'query':
        this.#demand(relation.query, index, place, form);
        return;
      case 'cte':
        if (relation.cte.query !== null) this.#demand(relation.cte.query, index, place, form);
        return;
      case 'computed': {
        const expression = relation.expressions[index];
        if (expression !== undefined && this.#once(relation, `${index} ${place} ${form}`)) {
          this.#walk(expression, place, form);
        }
        return;
      }
      case 'function':
        if (!this.#once(relation, place)) return;
        if (place === 'output') this.#functionRelation(relation, place);
        else this.#all(relation.calls, place);
        return;
      case 'unknown':
        return;
    }
  }

  #tableColumn(relation: TableRelation, index: number, place: ColumnPlace, form: Form): void {
    const reference = relation.references[index];
    const origin = relation.origins[index];
    if (reference === undefined || origin === undefined) return;
    this.addUse(reference, place, form);
    if (origin.kind === 'unknown' && place !== 'output' && !this.#inCase) this.hidden.add(origin.reason);
    if (origin.kind !== 'computed') return;
    const trace = this.#tracer.of(origin.expression);
    for (const source of sourcesOf(trace)) this.addUse(source, place, trace.kind === 'base' ? form : 'other');
  }

  #once(relation: Relation, key: string): boolean {
    const seen = this.#expanded.get(relation) ?? new Set<string>();
    this.#expanded.set(relation, seen);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  }
}

const isComputedFor = (place: ColumnPlace): boolean => place === 'output' || place === 'source';

const isComputed = ({ kind }: Expression): boolean =>
  kind !== 'column' && kind !== 'constant' && kind !== 'parameter' && kind !== 'whole-row' && kind !== 'system-column';
