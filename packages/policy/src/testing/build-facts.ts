import type {
  ColumnRef,
  ColumnUse,
  ConstantComparison,
  DataFlow,
  Lineage,
  OutputColumn,
  StatementFacts,
  TableRef,
} from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';

/** Facts as tests write them; columns are `schema.table.column`, `*` for the whole row. */
export interface FactsSketch extends Partial<Omit<StatementFacts, 'outputs' | 'flows'>> {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  /** `place column` or `place= column` for a constant equality. */
  readonly uses?: readonly string[];
  /** `column` bare, `f(column, …)` derived, `?` unknown; null: no rows. */
  /** Constant equalities: `column n` with n constants, `column $n` with an array that is parameter n. */
  readonly compares?: readonly string[];
  readonly outputs?: readonly string[] | null;
  readonly flows?: readonly { readonly from: readonly string[]; readonly to: DataFlow['target'] }[];
}

/** Writes facts against a catalog. Names that it does not have get the oid 9999. */
export function factsBuilder(catalog: Catalog): (sketch: FactsSketch) => StatementFacts {
  const table = (label: string): TableRef => {
    const [schema = '', name = ''] = label.split('.');
    return { schema, name, oid: catalog.relation(schema, name)?.oid ?? 9999 };
  };
  const column = (label: string): ColumnRef => {
    const [schema = '', relation = '', name = ''] = label.split('.');
    const ref = table(`${schema}.${relation}`);
    const found = catalog.relationByOid(ref.oid)?.columns.find((candidate) => candidate.name === name);
    return { table: ref, name, attnum: name === '*' ? 0 : (found?.attnum ?? 99) };
  };
  const lineage = (text: string): Lineage => {
    if (text === '?') return { kind: 'unknown', reason: 'not proven' };
    const derived = /^f\((.*)\)$/.exec(text)?.[1];
    if (derived !== undefined) {
      return { kind: 'derived', sources: derived === '' ? [] : derived.split(', ').map(column) };
    }
    const [base = '', ...through] = text.split(' < ');
    return { kind: 'base', column: column(base), sources: [base, ...through].map(column) };
  };
  const use = (text: string): ColumnUse => {
    const [place = '', label = ''] = text.split(' ');
    const name = place.replace('=', '');
    if (!isPlace(name)) throw new Error(`no such place: ${name}`);
    return { column: column(label), place: name, form: place.endsWith('=') ? 'constant-equality' : 'other' };
  };
  const comparison = (text: string): ConstantComparison => {
    const [label = '', count = ''] = text.split(' ');
    const columns = label === '?' ? null : [column(label)];
    if (count.startsWith('$')) return { columns, constants: 0, arrays: [Number(count.slice(1))] };
    return { columns, constants: Number(count), arrays: [] };
  };
  return ({ reads = [], writes = [], uses = [], compares = [], outputs = null, flows = [], ...given }) => ({
    dialect: 'postgres',
    command: 'SELECT',
    classes: ['READ'],
    start: 0,
    end: 0,
    tables: [
      ...reads.map((label) => ({ table: table(label), access: 'read' as const })),
      ...writes.map((label) => ({ table: table(label), access: 'write' as const })),
    ],
    columns: uses.map(use),
    comparisons: compares.map(comparison),
    outputs: outputs?.map((text): OutputColumn => ({ name: text, lineage: lineage(text) })) ?? null,
    outputsUnknown: false,
    functions: [],
    settings: [],
    transaction: null,
    names: {},
    flows: flows.map(({ from, to }) => ({ sources: from.map(column), target: to })),
    given: [],
    unproven: [],
    copy: null,
    changesCatalog: false,
    withoutEstimates: null,
    normalisedSql: '',
    ...given,
  });
}

const PLACES: readonly ColumnUse['place'][] = [
  'output',
  'source',
  'predicate',
  'grouping',
  'ordering',
  'join',
  'evaluation',
];
const isPlace = (name: string): name is ColumnUse['place'] => PLACES.some((place) => place === name);
