import type {
  ConstantComparison,
  FunctionUse,
  OutputColumn,
  StatementClass,
  StatementFacts,
  Unproven,
} from '@bailiwick/domain';
import { givenValues } from '../lineage/given-values.ts';
import { LineageTracer } from '../lineage/lineage-tracer.ts';
import { StatementReader } from '../lineage/statement-reader.ts';
import { sourcesOf, toLineage } from '../lineage/trace.ts';
import type { Query } from '../query-form/query.ts';
import { callFlows, callSettings, writeFlows } from './data-flows.ts';
import type { Environment } from './environment.ts';
import { createLowering, type LoweringNotes } from './lower/create-lowering.ts';
import type { Lowering } from './lower/lowering.ts';

/** Facts without their place in the text. */
export type StatementParts = Omit<StatementFacts, 'dialect' | 'start' | 'end' | 'withoutEstimates' | 'normalisedSql'>;

/** The lowering, lineage and reading of one statement, and the facts that come out of them. */
export class Analysis {
  readonly environment: Environment;
  readonly lowering: Lowering;
  readonly tracer: LineageTracer = new LineageTracer();
  readonly reader: StatementReader;
  readonly #notes: LoweringNotes;

  constructor(environment: Environment) {
    this.environment = environment;
    const { catalog, path, temporaryRelations } = environment;
    const { lowering, notes } = createLowering({ catalog, path, viewDepth: 0, temporaryRelations });
    this.lowering = lowering;
    this.#notes = notes;
    this.reader = new StatementReader(this.tracer);
  }

  /** The outputs of a query with their lineage; null where they are not exactly known. */
  outputs(query: Query): readonly OutputColumn[] | null {
    if (query.open !== null) return null;
    return query.outputs.map(({ name }, index) => ({ name, lineage: toLineage(this.tracer.ofOutput(query, index)) }));
  }

  /** Everything read so far as facts; `classes` are those of the statement's own verb, `more` goes over the rest. */
  parts(command: string, classes: readonly StatementClass[], more: Partial<StatementParts> = {}): StatementParts {
    const { reader } = this;
    for (const write of reader.writes) if (write.runsTriggers) reader.addFunctions([triggersOf(write.targetName)]);
    const functions = [...reader.functions.values()];
    const flows = [...writeFlows(reader, this.tracer), ...callFlows(reader, this.tracer), ...(more.flows ?? [])];
    const all = new Set(classes);
    if (reader.writes.length > 0 || reader.locks) all.add('WRITE');
    if (functions.some(({ safe }) => !safe)) all.add('FUNCTION');
    return {
      command,
      tables: reader.tables,
      columns: reader.columns,
      comparisons: comparisonsOf(reader, this.tracer),
      given: givenValues(reader.writes, this.tracer),
      outputs: null,
      outputsUnknown: false,
      transaction: null,
      names: {},
      copy: null,
      functions,
      ...more,
      classes: [...all],
      settings: [...callSettings(reader.calls), ...(more.settings ?? [])],
      flows,
      unproven: this.#unproven(more.unproven ?? []),
      changesCatalog: (more.changesCatalog ?? false) || functions.some(mayDefine),
    };
  }

  #unproven(more: readonly Unproven[]): readonly Unproven[] {
    const hidden = [...this.reader.hidden].map((reason): Unproven => ({ kind: 'construct', reason, offset: -1 }));
    const all = [...this.#notes.unproven, ...hidden, ...more];
    if (all.length > 0 && !this.environment.catalogKnown) {
      return [{ kind: 'catalog', reason: 'the catalog of the database is not known', offset: -1 }];
    }
    const distinct = new Map(all.map((item) => [`${item.kind} ${item.reason}`, item]));
    return [...distinct.values()];
  }
}

/** Comparisons with what each compared column comes from; one that is not traced may be any. */
function comparisonsOf(reader: StatementReader, tracer: LineageTracer): readonly ConstantComparison[] {
  return [...reader.comparisons.values()].map(({ column, constants, arrays }) => {
    const trace = tracer.of(column);
    return { columns: trace.kind === 'unknown' ? null : [...sourcesOf(trace)], constants, arrays };
  });
}

/** A volatile function that is not PostgreSQL's own may define objects, temporary ones too. */
const mayDefine = ({ builtin, safe, volatility }: FunctionUse): boolean =>
  !builtin && !safe && volatility !== 'immutable' && volatility !== 'stable';

/** Triggers and rules of a table that is written: their code was not read. */
export const triggersOf = ({ schema, name }: { readonly schema: string; readonly name: string }): FunctionUse => ({
  name: `triggers or rules of ${schema}.${name}`,
  builtin: false,
  safe: false,
  volatility: 'volatile',
});
