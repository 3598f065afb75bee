import type { Catalog, CatalogColumn } from '@bailiwick/sql';
import { type MaskedView, quoted } from './masked-views.ts';

/** What the SQL is written for. */
export interface HardeningTarget {
  /** The datasource's name in the configuration. */
  readonly datasource: string;
  readonly database: string;
  /** The account that the gateway would use. */
  readonly role: string;
}

/** Types whose masked cells say so; a hidden column of any other is NULL. */
const TEXTS = new Set(['text', 'varchar', 'bpchar']);

/**
 * SQL that makes a role which can read masked views of everything and nothing else. To be run by the owner of the
 * tables; running it again brings the views up to date. One transaction: it is in place whole or not at all.
 */
export function hardeningSql(catalog: Catalog, views: readonly MaskedView[], target: HardeningTarget): string {
  const role = quoted(target.role);
  const schemas = [...new Set(views.map(({ relation }) => relation.schema))].toSorted();
  const path = schemasInPath(catalog, schemas).map((schema) => quoted(maskedSchema(schema)));
  return [
    `-- The account ${target.role} of datasource ${target.datasource}: it reads masked views and no table.`,
    '-- Run this as the owner of the tables, set a password, and name the account in the datasource’s credentials.',
    '-- Every form of a query then meets masked values in the database itself; the gateway stays in front of it.',
    'BEGIN;',
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(target.role)}) THEN`,
    `  CREATE ROLE ${role} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;`,
    'END IF; END $$;',
    '',
    ...schemas.flatMap((schema) => [
      `DROP SCHEMA IF EXISTS ${quoted(maskedSchema(schema))} CASCADE;`,
      `CREATE SCHEMA ${quoted(maskedSchema(schema))};`,
    ]),
    '',
    ...views.map((view) => createView(catalog, view)),
    '',
    ...schemas.flatMap((schema) => [
      `REVOKE ALL ON ALL TABLES IN SCHEMA ${quoted(schema)} FROM ${role};`,
      `REVOKE ALL ON ALL SEQUENCES IN SCHEMA ${quoted(schema)} FROM ${role};`,
      `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${quoted(schema)} FROM ${role};`,
      `REVOKE ALL ON SCHEMA ${quoted(schema)} FROM ${role};`,
      `GRANT USAGE ON SCHEMA ${quoted(maskedSchema(schema))} TO ${role};`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${quoted(maskedSchema(schema))} TO ${role};`,
    ]),
    `ALTER ROLE ${role} IN DATABASE ${quoted(target.database)} SET search_path = ${path.join(', ') || "''"};`,
    `ALTER ROLE ${role} IN DATABASE ${quoted(target.database)} SET default_transaction_read_only = on;`,
    'COMMIT;',
    '',
    '-- What PUBLIC may do, this account may do, too. Look at each of these, because other accounts may need them:',
    ...schemas.map((schema) => `--   REVOKE ALL ON ALL TABLES IN SCHEMA ${quoted(schema)} FROM PUBLIC;`),
    `--   REVOKE TEMPORARY ON DATABASE ${quoted(target.database)} FROM PUBLIC;`,
    ...schemas.map((schema) => `--   REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ${quoted(schema)} FROM PUBLIC;`),
    '',
  ].join('\n');
}

/** Schemas of the account's own path first; a view of the same name shadows none in another. */
function schemasInPath({ defaultSearchPath }: Catalog, schemas: readonly string[]): readonly string[] {
  const first = defaultSearchPath.filter((schema) => schemas.includes(schema));
  return [...first, ...schemas.filter((schema) => !first.includes(schema))];
}

const maskedSchema = (schema: string): string => `masked_${schema}`;

function createView(catalog: Catalog, { relation, columns }: MaskedView): string {
  const name = `${quoted(maskedSchema(relation.schema))}.${quoted(relation.name)}`;
  const outputs = columns.map(({ column, hidden }) => (hidden ? hiddenColumn(catalog, column) : quoted(column.name)));
  const from = `${quoted(relation.schema)}.${quoted(relation.name)}`;
  return `CREATE VIEW ${name} WITH (security_barrier) AS SELECT ${outputs.join(', ')} FROM ${from};`;
}

function hiddenColumn(catalog: Catalog, { name, typeOid }: CatalogColumn): string {
  const type = catalog.typeByOid(typeOid);
  if (type === undefined) return `NULL AS ${quoted(name)}`;
  const value = TEXTS.has(type.name) && type.schema === 'pg_catalog' ? `'[redacted]'` : 'NULL';
  return `${value}::${quoted(type.schema)}.${quoted(type.name)} AS ${quoted(name)}`;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
