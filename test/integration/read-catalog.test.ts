import { systemClock } from '@bailiwick/domain';
import {
  type Catalog,
  type CatalogRelation,
  catalogFromJson,
  catalogToJson,
  readPostgresCatalog,
} from '@bailiwick/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connectCatalogSource,
  type FreshDatabase,
  freshDatabase,
  sharedPostgres,
  startPostgres,
} from '../servers/index.ts';

const SCHEMA = `
CREATE SCHEMA crm;
CREATE SCHEMA "Odd Schema";
CREATE TYPE crm.mood AS ENUM ('sad', 'ok');
ALTER TYPE crm.mood ADD VALUE 'meh' BEFORE 'ok';
CREATE DOMAIN crm.email AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE crm.address AS (street text, zip crm.email);
CREATE TYPE crm.span AS RANGE (subtype = int4);
CREATE TABLE crm.customers (id int PRIMARY KEY, gone text, name text NOT NULL, mail crm.email, home crm.address,
  moods crm.mood[], upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
ALTER TABLE crm.customers DROP COLUMN gone;
CREATE TABLE "Odd Schema"."Quoted ""Table""" ("Camel" int, "select" text);
CREATE VIEW crm.plain AS SELECT c.id, lower(c.name) AS l, m.moods FROM crm.customers c JOIN crm.customers m USING (id);
CREATE MATERIALIZED VIEW crm.material AS SELECT count(*) AS n FROM crm.plain;
CREATE TABLE crm.events (at date, body text) PARTITION BY RANGE (at);
CREATE TABLE crm.events_1 PARTITION OF crm.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE crm.base (a int);
CREATE TABLE crm.child (b int) INHERITS (crm.base);
CREATE TABLE crm.orders (id int, customer int REFERENCES crm.customers ON DELETE CASCADE);
CREATE TABLE crm.strict (id int, child int REFERENCES crm.strict_parent);
CREATE SEQUENCE crm.counter;
CREATE FUNCTION crm.one(a int, b text DEFAULT 'x', VARIADIC c int[] DEFAULT '{}') RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION crm.one(a text) RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS 'BEGIN RETURN 1; END';
CREATE FUNCTION crm.rows(n int) RETURNS TABLE (x int, y text) LANGUAGE sql AS $$ SELECT 1, 'a' $$;
CREATE FUNCTION crm.outs(INOUT p int, OUT text) LANGUAGE sql AS $$ SELECT p, 'a' $$;
CREATE PROCEDURE crm.act(IN a int, OUT b int) LANGUAGE plpgsql AS 'BEGIN b := a; END';
CREATE AGGREGATE crm.total (int) (sfunc = int4pl, stype = int);
CREATE OPERATOR crm.<~> (leftarg = int, rightarg = int, function = int4pl);
CREATE FUNCTION crm.trig() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON crm.child FOR EACH ROW EXECUTE FUNCTION crm.trig();
CREATE RULE r AS ON INSERT TO crm.events_1 DO ALSO NOTHING;
`.replace('REFERENCES crm.strict_parent', 'CHECK (child > 0)');

let database: FreshDatabase;
let catalog: Catalog;

async function read(url: string): Promise<Catalog> {
  const source = await connectCatalogSource(url);
  try {
    return await readPostgresCatalog(source, systemClock);
  } finally {
    await source.close();
  }
}

beforeAll(async () => {
  database = await freshDatabase(await sharedPostgres());
  await database.query(SCHEMA);
  catalog = await read(database.url);
});
afterAll(() => database.drop());

function relation(schema: string, name: string): CatalogRelation {
  const found = catalog.relation(schema, name);
  if (found === undefined) throw new Error(`no relation ${schema}.${name}`);
  return found;
}
const typeName = (oid: number): string => {
  const type = catalog.typeByOid(oid);
  return type === undefined ? `type ${oid}` : `${type.schema}.${type.name}`;
};

describe('relations', () => {
  test('columns have their types, keep their numbers, and dropped ones are absent', () => {
    const { columns, kind, system, parents, definition } = relation('crm', 'customers');
    expect({ kind, system, parents, definition }).toEqual({
      kind: 'table',
      system: false,
      parents: [],
      definition: null,
    });
    expect(columns.map(({ name, attnum, typeOid, notNull }) => [name, attnum, typeName(typeOid), notNull])).toEqual([
      ['id', 1, 'pg_catalog.int4', true],
      ['name', 3, 'pg_catalog.text', true],
      ['mail', 4, 'crm.email', false],
      ['home', 5, 'crm.address', false],
      ['moods', 6, 'crm._mood', false],
      ['upper_name', 7, 'pg_catalog.text', false],
    ]);
    expect(columns.at(-1)?.generatedFrom).toBe('upper(name)');
    expect(columns[0]?.generatedFrom).toBeNull();
  });

  test('names are exact', () => {
    expect(relation('Odd Schema', 'Quoted "Table"').columns.map(({ name }) => name)).toEqual(['Camel', 'select']);
    expect(catalog.relation('odd schema', 'Quoted "Table"')).toBeUndefined();
    expect(catalog.relation('public', 'customers')).toBeUndefined();
    expect(catalog.relation('crm', 'constructor')).toBeUndefined();
    expect(catalog.hasSchema('Odd Schema')).toBe(true);
    expect(catalog.hasSchema('__proto__')).toBe(false);
  });

  test('definitions of views qualify every name, whatever the path of the reader', () => {
    expect(relation('crm', 'plain').definition?.replaceAll(/\s+/g, ' ').trim()).toBe(
      'SELECT c.id, lower(c.name) AS l, m.moods FROM (crm.customers c JOIN crm.customers m USING (id));',
    );
    expect(relation('crm', 'material')).toMatchObject({ kind: 'materialized-view' });
    expect(relation('crm', 'material').definition).toContain('crm.plain');
  });

  test('kinds and parents', () => {
    expect(relation('crm', 'events').kind).toBe('partitioned-table');
    expect(relation('crm', 'events_1').parents).toEqual([relation('crm', 'events').oid]);
    expect(relation('crm', 'child').parents).toEqual([relation('crm', 'base').oid]);
    expect(relation('crm', 'counter').kind).toBe('sequence');
    expect(relation('crm', 'address').kind).toBe('composite-type');
    expect(relation('crm', 'customers_pkey')).toMatchObject({ kind: 'index', columns: [] });
    expect(catalog.relationByOid(relation('crm', 'child').oid)?.name).toBe('child');
  });

  test.each([
    ['child', true, 'has a trigger'],
    ['base', true, 'its child has a trigger'],
    ['events_1', true, 'has a rule'],
    ['events', true, 'its partition has a rule'],
    ['customers', true, 'a foreign key cascades from it'],
    ['orders', false, 'refers only'],
    ['plain', false, 'a view has its SELECT rule'],
    ['strict', false, 'a check is no trigger'],
  ])('writes to %s do more than they say: %s (%s)', (name, expected) => {
    expect(relation('crm', name).hasTriggersOrRules).toBe(expected);
  });

  test('system relations are there with their columns and definitions', () => {
    const stats = relation('pg_catalog', 'pg_stats');
    expect(stats).toMatchObject({ kind: 'view', system: true });
    expect(stats.columns.map(({ name }) => name)).toContain('most_common_vals');
    expect(stats.definition).toContain('pg_statistic');
    expect(relation('information_schema', 'columns')).toMatchObject({ kind: 'view', system: true });
    expect([...catalog.relations()].filter(({ kind }) => kind === 'toast').length).toBeGreaterThan(10);
  });
});

describe('functions, operators, types', () => {
  test('overloads, with everything that a call depends on', () => {
    const [first, second] = catalog.functions('crm', 'one');
    expect(first).toMatchObject({ variadic: true, defaultsCount: 2, volatility: 'stable', language: 'sql' });
    expect(first?.argumentTypes.map(typeName)).toEqual(['pg_catalog.int4', 'pg_catalog.text', 'pg_catalog._int4']);
    expect(second).toMatchObject({
      variadic: false,
      volatility: 'immutable',
      language: 'plpgsql',
      securityDefiner: true,
      builtin: false,
      kind: 'function',
    });
    expect(catalog.functionByOid(first?.oid ?? 0)).toBe(first);
  });

  test('output columns are named as the server names them', async () => {
    expect(catalog.functions('crm', 'rows')[0]).toMatchObject({ returnsSet: true, outputNames: ['x', 'y'] });
    const outs = catalog.functions('crm', 'outs')[0];
    expect(Object.keys((await database.query('SELECT * FROM crm.outs(1)'))[0] ?? {})).toEqual(outs?.outputNames);
    expect(catalog.functions('pg_catalog', 'pg_stat_file')[0]?.outputNames).toContain('modification');
    expect(catalog.functions('pg_catalog', 'lower')[0]?.outputNames).toBeNull();
  });

  test('procedures, aggregates, window functions', () => {
    expect(catalog.functions('crm', 'act')[0]).toMatchObject({ kind: 'procedure', outputNames: ['b'] });
    expect(catalog.functions('crm', 'total')[0]).toMatchObject({ kind: 'aggregate' });
    expect(catalog.functions('pg_catalog', 'rank').map(({ kind }) => kind)).toContain('window');
  });

  test('builtin means initdb made it', () => {
    expect(catalog.functions('pg_catalog', 'lower').every(({ builtin }) => builtin)).toBe(true);
    expect(catalog.functions('information_schema', '_pg_truetypid')[0]?.builtin).toBe(true);
    expect(catalog.operators('crm', '<~>')).toMatchObject([{ builtin: false, left: 23, right: 23 }]);
    const prefix = catalog.operators('pg_catalog', '@').filter(({ left }) => left === 0);
    expect(prefix.length).toBeGreaterThan(3);
    expect(catalog.functionByOid(prefix[0]?.functionOid ?? 0)?.builtin).toBe(true);
  });

  test('a function added to pg_catalog is not builtin', async () => {
    const extended = await startPostgres({ config: ['allow_system_table_mods=on'] });
    await extended.query(`CREATE FUNCTION pg_catalog.lower(int) RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    const seen = (await read(extended.url())).functions('pg_catalog', 'lower');
    expect(seen.filter(({ builtin }) => !builtin)).toHaveLength(1);
    await extended.stop();
  });

  test('types of every kind', () => {
    expect(catalog.type('crm', 'mood')).toMatchObject({ kind: 'enum', enumLabels: ['sad', 'meh', 'ok'] });
    expect(catalog.type('crm', '_mood')?.elementOid).toBe(catalog.type('crm', 'mood')?.oid);
    expect(catalog.type('crm', 'email')).toMatchObject({ kind: 'domain', baseOid: 25 });
    expect(catalog.type('crm', 'address')?.relationOid).toBe(relation('crm', 'address').oid);
    expect(catalog.type('crm', 'customers')).toMatchObject({
      kind: 'composite',
      relationOid: relation('crm', 'customers').oid,
    });
    expect(catalog.type('crm', 'span')?.kind).toBe('range');
    expect(catalog.type('crm', 'spanmultirange') ?? catalog.type('crm', 'span_multirange')).toMatchObject({
      kind: 'multirange',
    });
    expect(catalog.type('pg_catalog', 'point')).toMatchObject({ kind: 'base', elementOid: 0 });
    expect(catalog.type('pg_catalog', 'anyelement')?.kind).toBe('pseudo');
  });
});

describe('the snapshot', () => {
  test('an unchanged database has the same version, any change another', async () => {
    expect((await read(database.url)).version).toBe(catalog.version);
    for (const change of [
      'ALTER TABLE crm.orders RENAME COLUMN customer TO buyer',
      'CREATE OR REPLACE VIEW crm.plain AS SELECT c.id, c.name AS l, m.moods FROM crm.customers c JOIN crm.customers m USING (id)',
      'ALTER FUNCTION crm.one(text) VOLATILE',
      "ALTER TYPE crm.mood RENAME VALUE 'meh' TO 'bof'",
      `ALTER ROLE CURRENT_USER IN DATABASE ${database.name} SET search_path = crm, "Odd Schema"`,
    ]) {
      const { version } = await read(database.url);
      await database.query(change);
      expect((await read(database.url)).version, change).not.toBe(version);
    }
  });

  test('knows whom and what it was read from', async () => {
    expect(catalog).toMatchObject({
      database: database.name,
      user: 'postgres',
      defaultSearchPath: ['$user', 'public'],
    });
    expect(Math.floor(catalog.serverVersion / 10_000)).toBe(18);
    expect(Math.abs(catalog.readAt - Date.now())).toBeLessThan(120_000);
  });

  test('the default path is the stored one, also for a source that has emptied its own', async () => {
    const other = await freshDatabase(await sharedPostgres());
    await other.query(`ALTER DATABASE ${other.name} SET search_path = 'public', "X y"`);
    expect((await read(other.url)).defaultSearchPath).toEqual(['public', 'X y']);
    const emptied = await read(`${other.url}?options=-csearch_path%3D`);
    expect(emptied.defaultSearchPath).toEqual(['public', 'X y']);
    await other.query(`ALTER ROLE CURRENT_USER IN DATABASE ${other.name} SET search_path = ''`);
    expect((await read(other.url)).defaultSearchPath).toEqual(['']);
    await other.drop();
  });

  test('a reader with a hostile path gets the same', async () => {
    const other = await freshDatabase(await sharedPostgres());
    await other.query(`CREATE FUNCTION public.pg_get_viewdef(oid) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$;
      CREATE FUNCTION public.never(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR public.= (leftarg = oid, rightarg = oid, function = public.never);
      CREATE VIEW public.v AS SELECT 1 AS a`);
    const seen = await read(`${other.url}?options=-csearch_path%3Dpublic,pg_catalog`);
    expect(seen.relation('public', 'v')?.definition).toContain('SELECT 1 AS a');
    await other.drop();
  });

  test('a source keeps its settings and is in no transaction afterwards', async () => {
    const source = await connectCatalogSource(`${database.url}?options=-csearch_path%3Dcrm`);
    await readPostgresCatalog(source, systemClock);
    expect(await source.query("SELECT current_setting('search_path'), pg_current_xact_id_if_assigned()")).toEqual([
      ['crm', null],
    ]);
    await source.close();
  });

  test("sessions' temporary objects change nothing", async () => {
    const { version } = await read(database.url);
    const session = await connectCatalogSource(database.url);
    await session.query(`CREATE TEMP TABLE mine (a int, b text) PARTITION BY LIST (a);
      CREATE TEMP TABLE part PARTITION OF mine DEFAULT; CREATE TEMP VIEW seen AS SELECT * FROM mine;
      CREATE TYPE pg_temp.colour AS ENUM ('red'); CREATE FUNCTION pg_temp.f() RETURNS int RETURN 1`);
    expect((await read(database.url)).version).toBe(version);
    expect((await readPostgresCatalog(session, systemClock)).version).toBe(version);
    await session.close();
  });

  test('is the same after JSON', () => {
    const again = catalogFromJson(catalogToJson(catalog));
    expect([...again.relations()]).toEqual([...catalog.relations()]);
    expect(again.version).toBe(catalog.version);
    expect(again.functions('crm', 'one')).toEqual(catalog.functions('crm', 'one'));
    expect(() => catalogFromJson('{"format":"other"}')).toThrow(SyntaxError);
    expect(() => catalogFromJson('null')).toThrow(SyntaxError);
  });
});

test('PostgreSQL 15 is read alike', async () => {
  const server = await startPostgres({ version: 15 });
  await server.query(SCHEMA);
  catalog = await read(server.url());
  expect(Math.floor(catalog.serverVersion / 10_000)).toBe(15);
  expect(relation('crm', 'customers').columns).toHaveLength(6);
  expect(relation('crm', 'base').hasTriggersOrRules).toBe(true);
  expect(catalog.functions('crm', 'act')[0]?.outputNames).toEqual(['b']);
  await server.stop();
});
