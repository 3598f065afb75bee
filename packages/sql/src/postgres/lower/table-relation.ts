import type { ColumnRef } from '@bailiwick/domain';
import type { RangeVar } from '@pgsql/types';
import type { Catalog, CatalogColumn, CatalogRelation } from '../../catalog/catalog.ts';
import { column, constant } from '../../query-form/build.ts';
import type { Output } from '../../query-form/query.ts';
import type { Relation, RelationColumn, TableRelation, UnknownRelation } from '../../query-form/relation.ts';
import { sensitiveColumn } from '../sensitive-relations.ts';
import { lowerGenerated, lowerView } from './definitions.ts';
import { type Lowering, strings } from './lowering.ts';
import { lookUpRelation, tableRef } from './relation-names.ts';
import { TYPES } from './type-names.ts';

/** What one relation of one catalog is, apart from the aliases under which a statement reads it. */
type StoredRelation = Omit<TableRelation, 'columns' | 'open'>;

/** Once a catalog and relation, so that one column is one object (traces compare by identity) and views are read once. */
const stored = new WeakMap<Catalog, Map<number, StoredRelation>>();

/** Relation kinds whose rows a query reads as their own. */
const READABLE = new Set<CatalogRelation['kind']>([
  'table',
  'partitioned-table',
  'view',
  'materialized-view',
  'foreign-table',
  'sequence',
]);

/** A relation by name; unknown, and noted, where the catalog has none. */
export function relationNamed(lowering: Lowering, name: RangeVar): TableRelation | UnknownRelation {
  const known = lookUpRelation(lowering, name);
  if (known !== undefined) return tableRelation(lowering, known);
  const written = [name.catalogname, name.schemaname, name.relname].filter((part) => part !== undefined).join('.');
  const reason = `the relation ${written} is not known`;
  lowering.note('relation', reason, name.location ?? -1);
  return { kind: 'unknown', columns: [], open: reason, reason };
}

/** A relation of the catalog, as a new entry of FROM. */
export function tableRelation(lowering: Lowering, relation: CatalogRelation): TableRelation {
  const known = storedRelation(lowering, relation);
  // Not even the functions behind it can be told: its columns being unknown is then not enough.
  if (known.definition?.query === null)
    lowering.note('construct', known.definition.failure ?? 'a view is not understood');
  return { ...known, columns: columnsOf(relation), open: null };
}

const columnsOf = ({ columns }: CatalogRelation): RelationColumn[] =>
  columns.map(({ name, typeOid }) => ({ name, type: typeOid }));

function storedRelation(lowering: Lowering, relation: CatalogRelation): StoredRelation {
  const known = stored.get(lowering.catalog) ?? new Map<number, StoredRelation>();
  stored.set(lowering.catalog, known);
  const before = known.get(relation.oid);
  if (before !== undefined) return before;
  const table = tableRef(relation);
  const references = relation.columns.map(({ name, attnum }): ColumnRef => ({ table, name, attnum }));
  const plain = { kind: 'table', table, references } as const;
  const origins = relation.columns.map((item) => plainOrigin(relation, item));
  // A relation that its own definition reaches finds this entry: its columns are then unknown, not endless.
  const circular = { kind: 'unknown', reason: `${relation.name} is defined by itself` } as const;
  known.set(relation.oid, { ...plain, origins: origins.map(() => circular), definition: null });
  const result = { ...plain, ...definedBy(lowering, relation, { ...plain, origins, definition: null }) };
  known.set(relation.oid, result);
  return result;
}

type Origin = TableRelation['origins'][number];

function plainOrigin({ schema, name, kind }: CatalogRelation, { name: columnName }: CatalogColumn): Origin {
  const reason = READABLE.has(kind) ? sensitiveColumn(schema, name, columnName) : `it is a ${kind}`;
  return reason === undefined ? { kind: 'stored' } : { kind: 'unknown', reason: `${schema}.${name} holds ${reason}` };
}

/** Origins of the columns of a view (its query's outputs) and of generated columns (their expressions). */
function definedBy(
  lowering: Lowering,
  relation: CatalogRelation,
  plain: StoredRelation,
): Pick<TableRelation, 'origins' | 'definition'> {
  const { origins } = plain;
  if (relation.definition !== null && !relation.system) return lowerView(lowering, relation, origins);
  if (relation.columns.every(({ generatedFrom }) => generatedFrom === null)) return { origins, definition: null };
  const table = { ...plain, columns: columnsOf(relation), open: null };
  const generated = relation.columns.map(({ generatedFrom }, index): Origin => {
    if (generatedFrom !== null) return lowerGenerated(lowering, table, generatedFrom);
    return origins[index] ?? { kind: 'unknown', reason: 'a column without origin' };
  });
  return { origins: generated, definition: null };
}

/** A relation with the column names of an alias; missing ones keep their own. */
export function renamed<R extends Relation>(relation: R, names: readonly string[]): R {
  if (names.length === 0) return relation;
  const columns = relation.columns.map((item, index): RelationColumn => ({ ...item, name: names[index] ?? item.name }));
  return { ...relation, columns };
}

/** An output of a subquery as the query around it sees it: a literal without type has become text. */
export const relationColumn = ({ name, expression: { type } }: Output): RelationColumn => ({
  name,
  type: type === TYPES.unknown ? TYPES.text : type,
});

/** The column names of an alias. */
export const aliasColumns = (alias: RangeVar['alias']): string[] => strings(alias?.colnames);

/** Column `name` of a table, or a constant where there is none. */
export function columnNamed(relation: Relation, name: string): ReturnType<typeof column | typeof constant> {
  const index = relation.columns.findIndex((candidate) => candidate.name === name);
  return index < 0 ? constant(null) : column(relation, index);
}
