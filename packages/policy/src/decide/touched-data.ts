import type { ColumnRef, StatementFacts, TableRef } from '@bailiwick/domain';
import { type BoundColumn, type BoundDataMap, type BoundRelation, columnLabel } from '../bind/bound-data-map.ts';
import { tableLabel } from '../bind/table-name.ts';

/** What a statement touches, in any place, as the binding knows it. */
export interface TouchedData {
  /** By `schema.table.column`, in the order of first mention. */
  readonly columns: ReadonlyMap<string, BoundColumn>;
  readonly relations: readonly BoundRelation[];
  /** Relations that are written. */
  readonly written: readonly BoundRelation[];
  /** True when something written is not in the catalog (yet). */
  readonly writesUnknown: boolean;
  /** Relations and columns that the statement reads and that the bound catalog does not have. */
  readonly strangers: readonly string[];
  readonly tags: readonly string[];
}

/** Gathers it. Without a binding (no catalog) everything is a stranger. */
export function touchedData(facts: StatementFacts, map: BoundDataMap | null): TouchedData {
  const columns = new Map<string, BoundColumn>();
  const relations = new Map<number, BoundRelation>();
  const written = new Map<number, BoundRelation>();
  const strangers = new Set<string>();
  let writesUnknown = false;

  for (const { table, access } of facts.tables) {
    const relation = map?.relation(table.oid);
    if (relation) relations.set(relation.oid, relation);
    if (access === 'write') {
      if (relation) written.set(relation.oid, relation);
      else writesUnknown = true;
    } else if (!relation) strangers.add(tableLabel(table));
  }
  for (const ref of columnRefs(facts)) {
    const relation = map?.relation(ref.table.oid);
    const resolved = map?.resolve(ref.table.oid, ref.attnum) ?? null;
    if (relation) relations.set(relation.oid, relation);
    if (resolved === null) strangers.add(`${tableLabel(ref.table)}.${ref.name}`);
    else for (const column of resolved) columns.set(columnLabel(column), column);
  }
  const tags = new Set([...columns.values()].flatMap((column) => column.tags));
  return {
    columns,
    relations: [...relations.values()],
    written: [...written.values()],
    writesUnknown,
    strangers: [...strangers],
    tags: [...tags].sort(),
  };
}

/** Every column that a statement mentions: outputs, predicates, sources of writes and all between. */
function* columnRefs(facts: StatementFacts): Generator<ColumnRef> {
  for (const use of facts.columns) yield use.column;
  for (const { lineage } of facts.outputs ?? []) {
    if (lineage.kind === 'unknown') continue;
    if (lineage.kind === 'base') yield lineage.column;
    yield* lineage.sources;
  }
  for (const flow of facts.flows) yield* flow.sources;
}

/** A table as records name it, whatever the binding knows of it. */
export const factTables = (facts: StatementFacts): readonly string[] => [
  ...new Set(facts.tables.map(({ table }: { table: TableRef }) => tableLabel(table))),
];
