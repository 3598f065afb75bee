import type { ColumnRef, Place, TableRef } from '@bailiwick/domain';
import type { Catalog, CatalogRelation } from '@bailiwick/sql';
import { foreignRelations } from './foreign-relations.ts';
import { type RelationRegions, relationRegions } from './relation-regions.ts';
import { tableLabel } from './table-name.ts';

/** A column as policy sees it. */
export interface BoundColumn {
  readonly relation: BoundRelation;
  readonly name: string;
  readonly attnum: number;
  readonly tags: readonly string[];
  /** Computed by the table itself from tagged columns: never gets a revealing mask (SEMANTICS 15). */
  readonly derived: boolean;
  /** The data map names it, with tags or with none, or it holds no data of users by itself (system relations, views). */
  readonly reviewed: boolean;
}

/** A relation as policy sees it. */
export interface BoundRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `schema.table` as the catalog names it now. */
  readonly label: string;
  /** Its label and the names that the data map knows it by: renames do not lose rules. */
  readonly names: readonly string[];
  readonly mapped: boolean;
  readonly system: boolean;
  /** It gives rows of another server, and the data map does not say what they are. */
  readonly foreign: boolean;
  readonly hasTriggersOrRules: boolean;
  /** Everywhere that its rows may belong; never empty. */
  readonly regions: readonly Place[];
}

/** Tags of the columns of one relation by attribute number. */
export type ColumnTags = Map<number, { readonly tags: ReadonlySet<string>; readonly derived: boolean }>;

/** What binding found out of the catalog. */
export interface Tagging {
  readonly tags: ReadonlyMap<number, ColumnTags>;
  readonly mappedNames: ReadonlyMap<number, readonly string[]>;
  /** Attribute numbers of the columns that the map names, by relation. */
  readonly reviewed: ReadonlyMap<number, ReadonlySet<number>>;
  readonly explicitRegions: ReadonlyMap<number, readonly Place[]>;
}

/** Views show what their tables hold: those are reviewed. */
const TABLES: ReadonlySet<string> = new Set(['table', 'partitioned-table', 'foreign-table']);

/** The data map of one datasource laid over a catalog: tags sit on oid and attribute number. */
export class BoundDataMap {
  readonly #catalog: Catalog;
  readonly #tagging: Tagging;
  readonly #regions: RelationRegions;
  readonly #foreign: ReadonlySet<number>;
  readonly #relations = new Map<number, BoundRelation>();
  readonly #columns = new Map<number, ReadonlyMap<number, BoundColumn>>();

  /** @param home the datasource's own region, canonical. */
  constructor(catalog: Catalog, tagging: Tagging, home: Place) {
    this.#catalog = catalog;
    this.#tagging = tagging;
    this.#foreign = foreignRelations(catalog, new Set(tagging.mappedNames.keys()));
    this.#regions = relationRegions(catalog, tagging.explicitRegions, home);
  }

  /** The relation behind an oid; undefined: not in the catalog that this map is bound to. */
  relation(oid: number): BoundRelation | undefined {
    const known = this.#relations.get(oid);
    if (known !== undefined) return known;
    const relation = this.#catalog.relationByOid(oid);
    if (relation === undefined) return undefined;
    const bound = this.#bind(relation);
    this.#relations.set(oid, bound);
    return bound;
  }

  /** Every column of a relation by attribute number. */
  columns(relation: BoundRelation): ReadonlyMap<number, BoundColumn> {
    const known = this.#columns.get(relation.oid);
    if (known !== undefined) return known;
    const tags = this.#tagging.tags.get(relation.oid);
    const reviewed = this.#tagging.reviewed.get(relation.oid);
    const catalogued = this.#catalog.relationByOid(relation.oid);
    const holdsRows = !relation.system && TABLES.has(catalogued?.kind ?? 'table');
    const columns = new Map<number, BoundColumn>();
    for (const column of catalogued?.columns ?? []) {
      const tagged = tags?.get(column.attnum);
      columns.set(column.attnum, {
        relation,
        name: column.name,
        attnum: column.attnum,
        tags: [...(tagged?.tags ?? [])].sort(),
        derived: tagged?.derived ?? false,
        reviewed: tagged !== undefined || !holdsRows || reviewed?.has(column.attnum) === true,
      });
    }
    this.#columns.set(relation.oid, columns);
    return columns;
  }

  /** Every column of every relation of the catalog. */
  *allColumns(): IterableIterator<BoundColumn> {
    for (const { oid } of this.#catalog.relations()) {
      const relation = this.relation(oid);
      if (relation !== undefined) yield* this.columns(relation).values();
    }
  }

  /**
   * The columns that a reference means: one, or all for a whole row. System columns (negative numbers) mean none.
   * Null: the reference is not of this catalog, so nothing is known of it.
   */
  resolve(oid: number, attnum: number): readonly BoundColumn[] | null {
    const relation = this.relation(oid);
    if (relation === undefined) return null;
    if (attnum < 0) return [];
    const columns = this.columns(relation);
    if (attnum === 0) return [...columns.values()];
    const column = columns.get(attnum);
    return column === undefined ? null : [column];
  }

  #bind(relation: CatalogRelation): BoundRelation {
    const label = tableLabel(relation);
    const mapped = this.#tagging.mappedNames.get(relation.oid) ?? [];
    return {
      oid: relation.oid,
      schema: relation.schema,
      name: relation.name,
      label,
      names: [...new Set([label, ...mapped])],
      mapped: mapped.length > 0 || this.#tagging.tags.has(relation.oid),
      system: relation.system,
      foreign: this.#foreign.has(relation.oid),
      hasTriggersOrRules: relation.hasTriggersOrRules,
      regions: this.#regions(relation.oid),
    };
  }
}

/** `schema.table.column`, as messages name columns. */
export const columnLabel = (column: BoundColumn): string => `${column.relation.label}.${column.name}`;

/** The reference that facts and records use. */
export function columnRef(column: BoundColumn): ColumnRef {
  const { schema, name, oid } = column.relation;
  const table: TableRef = { schema, name, oid };
  return { table, name: column.name, attnum: column.attnum };
}
