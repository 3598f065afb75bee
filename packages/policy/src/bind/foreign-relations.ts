import type { Catalog } from '@bailiwick/sql';
import { tableFamilies } from './table-families.ts';

/**
 * Oids of the relations that would give rows of another server (or of a file) of which the data map says nothing:
 * foreign tables, and what reads them as children, where nothing of the family is mapped. Such a table may show the
 * very columns that are masked here under a name of its own, and neither the catalog nor its name tells.
 */
export function foreignRelations(catalog: Catalog, mapped: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set<number>();
  const known = new Set(mapped);
  for (const family of tableFamilies(catalog)) {
    if (family.some((oid) => mapped.has(oid))) for (const oid of family) known.add(oid);
  }
  const reach = (oid: number): void => {
    if (found.has(oid) || known.has(oid)) return;
    found.add(oid);
    for (const parent of catalog.relationByOid(oid)?.parents ?? []) reach(parent);
  };
  for (const { oid, kind } of catalog.relations()) if (kind === 'foreign-table') reach(oid);
  return found;
}
