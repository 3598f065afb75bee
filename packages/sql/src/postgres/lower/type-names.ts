import type { TypeName } from '@pgsql/types';
import type { Catalog, CatalogType } from '../../catalog/catalog.ts';
import { type Lowering, strings } from './lowering.ts';

/** Type oids that the lowering itself gives to literals and constructs (pg_type.dat). */
export const TYPES = {
  boolean: 16,
  bigint: 20,
  integer: 23,
  text: 25,
  oid: 26,
  json: 114,
  jsonb: 3802,
  xml: 142,
  bit: 1560,
  numeric: 1700,
  timestamptz: 1184,
  date: 1082,
  name: 19,
  unknown: 705,
} as const;

/** First oid of objects made after initdb (FirstNormalObjectId). */
export const FIRST_USER_OID = 16384;

/** The type a TypeName means, undefined where the catalog does not know it or it is a %TYPE. */
export function lookUpType(lowering: Lowering, typeName: TypeName | undefined): CatalogType | undefined {
  if (typeName === undefined || typeName.pct_type) return undefined;
  const names = strings(typeName.names);
  const name = names.at(-1) ?? '';
  const array = (typeName.arrayBounds?.length ?? 0) > 0;
  return lookUpTypeByName(lowering, names.length > 1 ? (names.at(-2) ?? null) : null, array ? `_${name}` : name);
}

/** A type by schema and name, or by name along the path. */
export function lookUpTypeByName(lowering: Lowering, schema: string | null, name: string): CatalogType | undefined {
  if (schema !== null) return lowering.catalog.type(schema, name);
  for (const candidate of lowering.path) {
    const type = lowering.catalog.type(candidate, name);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** The type under domains. */
export function underDomains(catalog: Catalog, oid: number): CatalogType | undefined {
  let type = catalog.typeByOid(oid);
  for (let depth = 0; depth < 32 && type?.kind === 'domain'; depth += 1) type = catalog.typeByOid(type.baseOid);
  return type;
}

/** Whether a type is PostgreSQL's own; an array is what its elements are. */
export function isBuiltinType(catalog: Catalog, oid: number): boolean {
  const type = underDomains(catalog, oid);
  if (type === undefined) return false;
  return type.elementOid === 0 ? type.oid < FIRST_USER_OID : isBuiltinType(catalog, type.elementOid);
}
