import { type Catalog, type CatalogColumn, type CatalogRelation, understandPostgres } from '@bailiwick/sql';

/** A relation as the hardened account sees it. */
export interface MaskedView {
  readonly relation: CatalogRelation;
  readonly columns: readonly { readonly column: CatalogColumn; readonly hidden: boolean }[];
}

const SHOWN = new Set<CatalogRelation['kind']>(['table', 'partitioned-table', 'view', 'materialized-view']);

/**
 * Every table and view of the users, with the columns that must not be shown: the regulated ones of tables, and those of
 * views that are made of them or whose origin is not proven. The parser must be loaded.
 */
export function maskedViews(
  catalog: Catalog,
  isRegulated: (oid: number, attnum: number) => boolean,
): readonly MaskedView[] {
  const relations = [...catalog.relations()].filter(({ kind, system }) => SHOWN.has(kind) && !system);
  return relations.map((relation) => {
    const hidden = hiddenColumns(catalog, relation, isRegulated);
    return {
      relation,
      columns: relation.columns.map((column, index) => ({ column, hidden: hidden[index] ?? true })),
    };
  });
}

function hiddenColumns(
  catalog: Catalog,
  relation: CatalogRelation,
  isRegulated: (oid: number, attnum: number) => boolean,
): readonly boolean[] {
  if (relation.definition === null) return relation.columns.map(({ attnum }) => isRegulated(relation.oid, attnum));
  const table = `TABLE ${quoted(relation.schema)}.${quoted(relation.name)}`;
  const names = { prepared: () => undefined, cursor: () => undefined };
  const [facts] = understandPostgres(table, { catalog, searchPath: [], ...names });
  if (facts === undefined || facts.unproven.length > 0) return [];
  return (facts.outputs ?? []).map(({ lineage }) => {
    if (lineage.kind === 'unknown') return true;
    return lineage.sources.some(({ table: { oid }, attnum }) => isRegulated(oid, attnum));
  });
}

/** An identifier as SQL writes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
