import type { Place } from '@bailiwick/domain';
import type { Catalog, CatalogRelation } from '@bailiwick/sql';
import type { MappedTable } from '../load/data-map.ts';
import type { ColumnTags, Tagging } from './bound-data-map.ts';
import { tableFamilies } from './table-families.ts';

/**
 * Which objects have ever stood behind the names of a data map: what makes tags stick through renames and swaps.
 * Keys are `schema.table` and, for columns, the table's label and the column's name as a JSON pair.
 */
export interface Origins {
  readonly tables: ReadonlyMap<string, ReadonlySet<number>>;
  readonly columns: ReadonlyMap<string, ReadonlyMap<number, ReadonlySet<number>>>;
}

export const NO_ORIGINS: Origins = { tables: new Map(), columns: new Map() };

export interface TaggedCatalog {
  readonly tagging: Tagging;
  /** Mapped names that the catalog does not have, sorted. */
  readonly missing: readonly string[];
  readonly origins: Origins;
}

/**
 * Lays the tags of a data map on a catalog. A name that was seen before keeps its tags on the object it meant then,
 * as long as the map names it. A mapped column that is not there and never was seen may hide under any other name: all
 * unmapped columns of its table carry its tags until the map is corrected.
 */
export function tagColumns(
  catalog: Catalog,
  tables: ReadonlyMap<string, MappedTable>,
  previous: Origins,
): TaggedCatalog {
  const tags = new Map<number, ColumnTags>();
  const mappedNames = new Map<number, string[]>();
  const explicitRegions = new Map<number, Place[]>();
  const missing: string[] = [];
  const reviewed = new Map<number, Set<number>>();
  const tableOrigins = new Map<string, Set<number>>();
  const columnOrigins = new Map<string, Map<number, Set<number>>>();

  for (const [label, table] of tables) {
    const current = catalog.relation(table.schema, table.name);
    const earlier = [...(previous.tables.get(label) ?? [])].flatMap((oid) => catalog.relationByOid(oid) ?? []);
    const relations = new Map([...(current ? [current] : []), ...earlier].map((relation) => [relation.oid, relation]));
    if (current === undefined) missing.push(label);
    tableOrigins.set(label, new Set(relations.keys()));
    for (const relation of relations.values()) {
      mappedNames.set(relation.oid, [...(mappedNames.get(relation.oid) ?? []), label]);
      if (table.region !== null) {
        explicitRegions.set(relation.oid, [...(explicitRegions.get(relation.oid) ?? []), table.region]);
      }
    }
    for (const [name, columnTags] of table.columns) {
      const key = JSON.stringify([label, name]);
      const seen = new Map<number, Set<number>>();
      columnOrigins.set(key, seen);
      for (const relation of relations.values()) {
        const named = relation.columns.find((column) => column.name === name)?.attnum;
        const ever = new Set(previous.columns.get(key)?.get(relation.oid));
        if (named === undefined && relation === current) missing.push(`${label}.${name}`);
        if (named !== undefined) ever.add(named);
        seen.set(relation.oid, ever);
        for (const attnum of ever) reviewed.set(relation.oid, (reviewed.get(relation.oid) ?? new Set()).add(attnum));
        const suspects = relation.columns.filter((column) =>
          ever.size > 0 ? ever.has(column.attnum) : !table.columns.has(column.name),
        );
        for (const { attnum } of suspects) addTags(tags, relation.oid, attnum, columnTags, false);
      }
    }
  }
  for (const family of tableFamilies(catalog)) {
    shareTags(catalog, family, tags);
    shareReview(catalog, family, reviewed);
  }
  for (const oid of tags.keys()) tagGenerated(catalog.relationByOid(oid), tags);
  return {
    tagging: { tags, mappedNames, explicitRegions, reviewed },
    missing: missing.sort(),
    origins: { tables: tableOrigins, columns: columnOrigins },
  };
}

function addTags(
  tags: Map<number, ColumnTags>,
  oid: number,
  attnum: number,
  added: Iterable<string>,
  derived: boolean,
): void {
  const columns: ColumnTags = tags.get(oid) ?? new Map();
  const known = columns.get(attnum);
  columns.set(attnum, {
    tags: new Set([...(known?.tags ?? []), ...added]),
    derived: derived || (known?.derived ?? false),
  });
  tags.set(oid, columns);
}

/** Parents and children carry each other's tags, by column name: children read through a parent take the stricter map. */
function shareTags(catalog: Catalog, family: readonly number[], tags: Map<number, ColumnTags>): void {
  const byName = new Map<string, Set<string>>();
  const members = family.flatMap((oid) => catalog.relationByOid(oid) ?? []);
  for (const relation of members) {
    for (const column of relation.columns) {
      const own = tags.get(relation.oid)?.get(column.attnum)?.tags ?? [];
      for (const tag of own) byName.set(column.name, (byName.get(column.name) ?? new Set()).add(tag));
    }
  }
  for (const relation of members) {
    for (const column of relation.columns) {
      const shared = byName.get(column.name);
      if (shared) addTags(tags, relation.oid, column.attnum, shared, false);
    }
  }
}

/** A column that was reviewed in one of a family was reviewed in all. */
function shareReview(catalog: Catalog, family: readonly number[], reviewed: Map<number, Set<number>>): void {
  const members = family.flatMap((oid) => catalog.relationByOid(oid) ?? []);
  const names = new Set(
    members.flatMap(({ oid, columns }) =>
      columns.filter(({ attnum }) => reviewed.get(oid)?.has(attnum)).map(({ name }) => name),
    ),
  );
  for (const { oid, columns } of members) {
    const named = columns.filter(({ name }) => names.has(name)).map(({ attnum }) => attnum);
    if (named.length > 0) reviewed.set(oid, new Set([...(reviewed.get(oid) ?? []), ...named]));
  }
}

/** A generated column carries the tags of every column that its expression mentions. */
function tagGenerated(relation: CatalogRelation | undefined, tags: Map<number, ColumnTags>): void {
  if (relation === undefined) return;
  const tagged = new Map<string, ReadonlySet<string>>();
  for (const column of relation.columns) {
    const own = tags.get(relation.oid)?.get(column.attnum);
    if (own) tagged.set(column.name, own.tags);
  }
  for (const column of relation.columns) {
    if (column.generatedFrom === null) continue;
    for (const name of identifiers(column.generatedFrom)) {
      const from = tagged.get(name);
      if (from && name !== column.name) addTags(tags, relation.oid, column.attnum, from, true);
    }
  }
}

/** Every word that could be a column's name in an expression as pg_get_expr prints it, words in literals included. */
function identifiers(expression: string): ReadonlySet<string> {
  const quoted = [...expression.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name]) => (name ?? '').replaceAll('""', '"'));
  return new Set([...quoted, ...(expression.match(/[\p{L}\p{N}_$]+/gu) ?? [])]);
}
