// Statistics quote values of regulated columns. What nobody may read from there, nobody may copy from there either.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, rowsOf, startTestGateway, type TestGateway, type WireClient } from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

const SAMPLES = `CREATE SEQUENCE drawn;
INSERT INTO customers (id, name, ssn, home_country) SELECT g, 'x', 'canary-' || g % 3, 'DE' FROM generate_series(10, 400) g;
ANALYZE customers;`;
const VALUES = `most_common_vals::text AS v FROM pg_stats WHERE tablename = 'customers' AND attname = 'ssn'`;

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: `${CRM_DATA}${SAMPLES}`, account: 'superuser' });
  await gateway.sql("CREATE FOREIGN DATA WRAPPER keeper OPTIONS (password 'canary-password')");
  wire = await gateway.wire(EU_AGENT);
});
afterAll(async () => {
  expect(wire.received.toString('latin1')).not.toContain('canary-');
  await gateway.close();
});

test('they are there, and not shown', async () => {
  expect(JSON.stringify(await gateway.sql(`SELECT ${VALUES}`))).toContain('canary-1');
  expect(errorsOf(await wire.query(`SELECT ${VALUES}`))).toEqual([]);
});

describe('copies are refused', () => {
  test.each([
    `CREATE TABLE taken AS SELECT ${VALUES}`,
    `CREATE TEMPORARY TABLE taken AS SELECT v FROM (SELECT ${VALUES}) s`,
    `CREATE TABLE taken AS WITH s AS MATERIALIZED (SELECT ${VALUES}) TABLE s`,
    `EXPLAIN ANALYZE CREATE TABLE taken AS SELECT ${VALUES}`,
    `SELECT most_common_vals::text AS v INTO taken FROM pg_stats`,
    `INSERT INTO runs SELECT ${VALUES}`,
    `UPDATE runs SET marker = (SELECT ${VALUES})`,
    `PREPARE kept AS SELECT ${VALUES}; CREATE TABLE taken AS EXECUTE kept`,
    `CREATE MATERIALIZED VIEW seen AS SELECT ${VALUES}; CREATE TABLE taken AS TABLE seen`,
    `SELECT setval('drawn', ascii(substr(v, 2))) FROM (SELECT ${VALUES}) s`,
    `SELECT pg_notify('x', v) FROM (SELECT ${VALUES}) s`,
    `SELECT lo_from_bytea(0, v::bytea) FROM (SELECT ${VALUES}) s`,
    `SELECT pg_advisory_lock(ascii(v)) FROM (SELECT ${VALUES}) s`,
    'CREATE TABLE taken AS SELECT fdwoptions FROM pg_foreign_data_wrapper',
  ])('%s', async (sql) => {
    expect(errorsOf(await wire.query(sql))).toMatchObject([{ C: '42501' }]);
  });

  test.each([
    'CREATE TABLE plain AS SELECT id, city FROM customers',
    'CREATE TABLE counted AS SELECT count(*), now() AS at FROM pg_class',
    `SELECT setval('drawn', (SELECT max(id) FROM orders))`,
  ])('and nothing else is: %s', async (sql) => {
    expect(errorsOf(await wire.query(sql))).toEqual([]);
  });
});

describe('options of foreign data, as pg_dump reads them', () => {
  const from = (list: string): string => `SELECT ${list} FROM pg_foreign_data_wrapper`;
  const NAMES = 'ARRAY(SELECT quote_ident(option_name) FROM pg_options_to_table(fdwoptions) ORDER BY option_name)';

  test.each([NAMES, `array_to_string(${NAMES}, ', ')`, `concat(${NAMES}, 'x')`])(
    '%s gives a constant',
    async (list) => {
      const frames = await wire.query(from(list));
      expect(errorsOf(frames)).toEqual([]);
      expect(rowsOf(frames)[0]?.[0]).not.toContain('password');
    },
  );

  test.each([
    `${from('1')} WHERE cardinality(${NAMES}) > 0`,
    `SELECT 1 FROM (${from(`${NAMES} AS a`)}) s WHERE cardinality(a) > 0`,
    `SELECT a FROM (${from(`${NAMES} AS a`)}) s ORDER BY cardinality(a)`,
    from(`1 / cardinality(${NAMES})`),
    from(`CASE WHEN cardinality(${NAMES}) > 0 THEN 1 / length(fdwname) ELSE 0 END`),
    from(`CASE WHEN fdwoptions::text LIKE '%a%' THEN 1 / (length(fdwname) - 6) ELSE 0 END`),
    from(`CASE WHEN fdwoptions::text LIKE '%a%' THEN 1 WHEN 1 / (length(fdwname) - 6) = 1 THEN 2 END`),
    from(`CASE WHEN length(fdwname) = 6 THEN CASE WHEN fdwoptions IS NULL THEN 1 / (length(fdwname) - 6) END END`),
    from(`CASE WHEN CASE WHEN fdwoptions IS NULL THEN 1 / (length(fdwname) - 6) ELSE 1 END = 1 THEN 1 END`),
    from('ARRAY(SELECT 1 FROM pg_options_to_table(fdwoptions))'),
    from('ARRAY(SELECT 1 FROM pg_options_to_table(fdwoptions) ORDER BY option_name)'),
    from('EXISTS (SELECT option_name FROM pg_options_to_table(fdwoptions))'),
    from('(SELECT option_name FROM pg_options_to_table(fdwoptions))'),
    from(`ARRAY(SELECT option_name FROM pg_options_to_table(fdwoptions) WHERE option_name LIKE 'p%')`),
    from('ARRAY(SELECT option_name FROM pg_options_to_table(fdwoptions) ORDER BY 1 / length(option_name))'),
    from('ARRAY(SELECT option_name FROM pg_options_to_table(fdwoptions) LIMIT (SELECT cardinality(fdwoptions)))'),
    from('ARRAY(SELECT option_name FROM pg_options_to_table(fdwoptions || ARRAY[NULL]::text[]))'),
    from('ARRAY(SELECT g FROM generate_series(1, 1 / cardinality(fdwoptions)) g)'),
    `CREATE TABLE taken AS ${from(NAMES)}`,
    `INSERT INTO runs ${from(`${NAMES}::text`)}`,
  ])('%s is refused', async (sql) => {
    expect(errorsOf(await wire.query(sql))).toMatchObject([{ C: '42501' }]);
  });
});

describe('settings kept for databases, as pg_dump reads them', () => {
  const from = (list: string): string => `SELECT ${list} FROM pg_db_role_setting`;
  beforeAll(() =>
    gateway.sql(`ALTER ROLE CURRENT_USER IN DATABASE ${gateway.database.name} SET app.key = 'canary-key'`),
  );
  afterAll(() => gateway.sql(`ALTER ROLE CURRENT_USER IN DATABASE ${gateway.database.name} RESET ALL`));

  test('one constant each', async () => {
    const frames = await wire.query(from('unnest(setconfig)'));
    expect(errorsOf(frames)).toEqual([]);
    expect(rowsOf(frames)).toHaveLength(1);
    expect(rowsOf(frames)[0]?.[0]).not.toContain('key');
  });

  test.each([
    from('generate_series(1, cardinality(setconfig))'),
    from('unnest(setconfig || setconfig)'),
    `${from('1')}, unnest(setconfig) u WHERE u LIKE 'app%'`,
    `${from('unnest(setconfig) AS u')} ORDER BY u`,
    `CREATE TABLE taken AS ${from('unnest(setconfig)')}`,
    `SELECT unnest(setrole) FROM pg_db_role_setting AS s (setdatabase, setconfig, setrole) WHERE setrole[1] LIKE 'a%'`,
  ])('%s is refused', async (sql) => {
    expect(errorsOf(await wire.query(sql))).toMatchObject([{ C: '42501' }]);
  });
});
