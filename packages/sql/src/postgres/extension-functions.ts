import type { CatalogFunction } from '../catalog/catalog.ts';

/**
 * Extensions (PostgreSQL's contrib, PostGIS, pgvector) whose C functions were reviewed: the IMMUTABLE ones compute their result
 * from their arguments alone. Left out are those that take SQL text or the name of a table or file: dblink, tablefunc,
 * xml2, file_fdw, pageinspect, pgstattuple and their like.
 */
const REVIEWED_EXTENSIONS: ReadonlySet<string> = new Set([
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'earthdistance',
  'fuzzystrmatch',
  'hstore',
  'intarray',
  'isn',
  'ltree',
  'pg_trgm',
  'pgcrypto',
  'postgis',
  'seg',
  'unaccent',
  'uuid-ossp',
  'vector',
]);

/** Functions of theirs that are not IMMUTABLE and yet read nothing but a dictionary or a source of random numbers. */
const PURE_THOUGH_NOT_IMMUTABLE: ReadonlySet<string> = new Set([
  'gen_random_bytes',
  'gen_random_uuid',
  'gen_salt',
  'show_limit',
  'unaccent',
  'uuid_generate_v1',
  'uuid_generate_v1mc',
  'uuid_generate_v4',
]);

/**
 * Whether calling a function of an extension does nothing but compute. Only a superuser can make a function in C, so what
 * is both in C and a member of one of these extensions is what the extension's authors wrote.
 */
export function isPureExtensionFunction({
  extension,
  language,
  volatility,
  name,
  securityDefiner,
}: CatalogFunction): boolean {
  if (extension === null || language !== 'c' || securityDefiner || !REVIEWED_EXTENSIONS.has(extension)) return false;
  return volatility === 'immutable' || PURE_THOUGH_NOT_IMMUTABLE.has(name);
}
