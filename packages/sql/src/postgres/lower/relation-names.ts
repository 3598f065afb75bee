import type { TableRef } from '@bailiwick/domain';
import type { RangeVar } from '@pgsql/types';
import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Lowering } from './lowering.ts';

/** The relation that a name means under the lowering's path; undefined where the catalog has none. */
export function lookUpRelation(lowering: Lowering, name: RangeVar): CatalogRelation | undefined {
  const { catalog, path, temporaryRelations } = lowering;
  const relname = name.relname ?? '';
  if (name.catalogname && name.catalogname !== catalog.database) return undefined;
  if (name.schemaname) return catalog.relation(name.schemaname, relname);
  if (temporaryRelations.has(relname)) return undefined;
  for (const schema of path) {
    const relation = catalog.relation(schema, relname);
    if (relation !== undefined) return relation;
  }
  return undefined;
}

/** How facts name a relation. */
export const tableRef = ({ schema, name, oid }: CatalogRelation): TableRef => ({ schema, name, oid });

/** How facts name a relation that is written, created or dropped, known or not. */
export function nameOf(lowering: Lowering, name: RangeVar): TableRef {
  const known = lookUpRelation(lowering, name);
  return known === undefined ? unresolvedName(lowering, name) : tableRef(known);
}

/** How facts name a relation that is about to be made: where the server would put it. */
export function unresolvedName(
  { path }: Pick<Lowering, 'path'>,
  { schemaname, relname, relpersistence }: RangeVar,
): TableRef {
  const first = path.find((schema) => schema !== 'pg_catalog' && schema !== 'pg_temp') ?? '';
  return { schema: relpersistence === 't' ? 'pg_temp' : (schemaname ?? first), name: relname ?? '', oid: 0 };
}
