import { sensitiveColumn } from '@bailiwick/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectCatalogSource, type PostgresServer, startPostgres } from '../servers/index.ts';

const SECRET = 'canary9c41';
let server: PostgresServer;
let session: Awaited<ReturnType<typeof connectCatalogSource>>;
let other: typeof session;

/** Puts the secret everywhere where a system relation could show it again, definitions apart. */
beforeAll(async () => {
  server = await startPostgres({ config: ['max_prepared_transactions=5', 'wal_level=logical'] });
  const setup = `CREATE TABLE victims (name text, other text);
    ALTER TABLE victims ALTER name SET STORAGE EXTERNAL;
    INSERT INTO victims SELECT '${SECRET}', '${SECRET}' FROM generate_series(1, 100);
    INSERT INTO victims VALUES (repeat('${SECRET}', 2000), 'x');
    CREATE STATISTICS sampled (mcv) ON name, other FROM victims;
    CREATE STATISTICS expressed ON (lower(name)), (upper(other)) FROM victims;
    ANALYZE victims;
    ALTER TABLE victims ADD added text DEFAULT '${SECRET}';
    ALTER TABLE victims ALTER added DROP DEFAULT;
    CREATE ROLE victim PASSWORD '${SECRET}';
    ALTER ROLE victim SET app.secret = '${SECRET}';
    CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (secret '${SECRET}');
    CREATE SERVER far FOREIGN DATA WRAPPER wrapper OPTIONS (secret '${SECRET}');
    CREATE USER MAPPING FOR victim SERVER far OPTIONS (password '${SECRET}');
    CREATE FOREIGN TABLE remote (a int OPTIONS (secret '${SECRET}')) SERVER far OPTIONS (secret '${SECRET}');
    SELECT lo_from_bytea(0, '${SECRET}');
    CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere password=${SECRET}' PUBLICATION p WITH (connect = false);
    SELECT pg_replication_origin_create('${SECRET}');
    SELECT pg_create_logical_replication_slot('${SECRET}', 'pgoutput')`;
  for (const sql of setup.split(/;\s/)) await server.query(sql);
  other = await connectCatalogSource(`${server.url()}?application_name=${SECRET}`);
  await other.query(`SELECT '${SECRET}'`);
  session = await connectCatalogSource(server.url());
  await session.query(`BEGIN; CREATE TABLE held (a int); PREPARE TRANSACTION '${SECRET}'`);
  await session.query(`PREPARE told AS SELECT name FROM victims WHERE name = '${SECRET}'`);
  await session.query(`BEGIN; DECLARE pointer CURSOR FOR SELECT '${SECRET}' AS a`);
});
afterAll(async () => {
  await other.close();
  await session.close();
  await server.stop();
});

const COLUMNS = `SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 't') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY c.oid, a.attnum`;

/** Columns, as `schema.relation.column`, that show the secret to a superuser. */
async function columnsThatTell(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [schema, relation, column] of await session.query(COLUMNS)) {
    await session.query('SAVEPOINT s');
    const [row] = await session
      .query(
        `SELECT count(*) FROM "${schema}"."${relation}" WHERE "${column}"::text LIKE '%${SECRET}%'
          OR "${column}"::text LIKE '%${Buffer.from(SECRET).toString('hex')}%'`,
      )
      .catch(() => session.query('ROLLBACK TO s').then(() => []));
    if (row?.[0] !== undefined && row[0] !== '0') found.push(`${schema}.${relation}.${column}`);
  }
  return found;
}

test('every column that shows what was hidden is on the list, and the attack finds many', async () => {
  const told = await columnsThatTell();
  expect(told.filter((path) => sensitiveColumn(...split(path)) === undefined)).toEqual([]);
  for (const expected of [
    'pg_catalog.pg_statistic.stavalues1',
    'pg_catalog.pg_stats.most_common_vals',
    'pg_catalog.pg_stats_ext.most_common_vals',
    'pg_catalog.pg_attribute.attmissingval',
    'pg_catalog.pg_stat_activity.query',
    'pg_catalog.pg_stat_activity.application_name',
    'pg_catalog.pg_largeobject.data',
    'pg_catalog.pg_prepared_statements.statement',
    'pg_catalog.pg_cursors.statement',
    'pg_catalog.pg_prepared_xacts.gid',
    'pg_catalog.pg_user_mapping.umoptions',
    'pg_catalog.pg_subscription.subconninfo',
    'information_schema.user_mapping_options.option_value',
  ]) {
    expect(told).toContain(expected);
  }
  expect(told.some((path) => path.startsWith('pg_toast.'))).toBe(true);
});

function split(path: string): [string, string, string] {
  const [schema = '', relation = '', column = ''] = path.split('.');
  return [schema, relation, column];
}
