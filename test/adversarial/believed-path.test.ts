// Attack: make the gateway believe another search_path than the server has, so that a harmless table is judged and the
// regulated one is read.
import { encodeQuery, encodeSync } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  errorsOf,
  extendedStatement,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';

const LOOKALIKES = `
CREATE SCHEMA harmless;
CREATE TABLE harmless.customers (LIKE public.customers);
INSERT INTO harmless.customers (id, name, ssn, home_country) VALUES (1, 'nobody', 'nothing', 'DE');
CREATE FUNCTION leave() RETURNS int LANGUAGE plpgsql SET search_path = public AS
  $$ BEGIN PERFORM set_config('search_path', 'harmless', false); RETURN 1; END $$;
CREATE FUNCTION stay() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN PERFORM set_config('search_path', 'public', false); RETURN 1; END $$;
CREATE FUNCTION back() RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN SET LOCAL search_path = harmless; RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN RETURN 1; END $$;
`;
/** Derived: the description of its rows tells nothing of where they come from. */
const SECRET = `SELECT ssn || '' FROM customers ORDER BY id`;

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA + LOOKALIKES, holdMs: 50 });
});
beforeEach(async () => {
  wire = await gateway.wire(EU_AGENT);
});
afterEach(() => {
  const seen = wire.received.toString('latin1');
  wire.destroy();
  for (const secret of CRM_SECRETS) expect(seen).not.toContain(secret);
});
afterAll(() => gateway.close());

const query = (sql: string): Buffer => encodeQuery({ sql });
const sync = encodeSync();
const run = extendedStatement;
/** Time for what came before to be answered while this is not. */
const PAUSE = 'SELECT pg_sleep(0.05)';
const FAIL = 'SELECT 1 / (id - id) FROM public.orders';
const HARMLESS = 'SET search_path = harmless';
const LOCALLY = 'SET LOCAL search_path = harmless';

/** Each ends outside a transaction, with a search_path that leads to the regulated table. */
const WAYS: readonly (readonly [name: string, ahead: readonly Buffer[]])[] = [
  ['a pipeline that fails', [run(HARMLESS), run(PAUSE), run(FAIL), sync]],
  ['a pipeline that ends', [run(LOCALLY), run(PAUSE), sync]],
  ['set_config in a pipeline that ends', [run(`SELECT set_config('search_path', 'harmless', true)`), run(PAUSE), sync]],
  ['a text that fails', [query(`${HARMLESS}; ${PAUSE}; ${FAIL}`)]],
  ['a text that ends', [query(`${LOCALLY}; ${PAUSE}`)]],
  ['COMMIT after SET LOCAL', [query('BEGIN'), query(LOCALLY), query(`${PAUSE}; COMMIT`)]],
  ['COMMIT AND CHAIN after SET LOCAL', [query('BEGIN'), query(LOCALLY), query('COMMIT AND CHAIN'), query('COMMIT')]],
  ['COMMIT by Execute', [query('BEGIN'), query(LOCALLY), run(PAUSE), run('COMMIT'), sync]],
  ['END in a pipeline', [run('BEGIN'), run(LOCALLY), run(PAUSE), run('END')]],
  ['ROLLBACK', [query('BEGIN'), query(HARMLESS), query(`${PAUSE}; ROLLBACK`)]],
  ['COMMIT that turns out to be a ROLLBACK', [query('BEGIN'), query(HARMLESS), query(FAIL), query('COMMIT')]],
  ['a savepoint rolled back', [query('BEGIN; SAVEPOINT s'), query(HARMLESS), query('ROLLBACK TO s; COMMIT')]],
  [
    'a savepoint rolled back in a pipeline',
    [run('BEGIN'), run('SAVEPOINT s'), run(HARMLESS), run(PAUSE), run('ROLLBACK TO s')],
  ],
  [
    'savepoints within savepoints',
    [
      query('BEGIN; SAVEPOINT a'),
      query(LOCALLY),
      query('SAVEPOINT a'),
      query('RELEASE a'),
      query('ROLLBACK TO a; COMMIT'),
    ],
  ],
  [
    'a failure, then a savepoint rolled back',
    [query('BEGIN; SAVEPOINT s'), query(HARMLESS), query(FAIL), query('ROLLBACK TO s; END')],
  ],
  ['RESET', [query(HARMLESS), query(`${PAUSE}; RESET search_path`)]],
  ['RESET ALL', [query(HARMLESS), query('RESET ALL')]],
  ['DISCARD ALL', [query(HARMLESS), query('DISCARD ALL')]],
  ['SET TO DEFAULT', [query(HARMLESS), query('SET search_path TO DEFAULT')]],
  ['a set_config that does not run', [query(`SELECT set_config('search_path', 'harmless', false) WHERE false`)]],
  [
    'a set_config on the branch not taken',
    [query(`SELECT CASE WHEN id > 0 THEN 'x' ELSE set_config('search_path', 'harmless', false) END FROM orders`)],
  ],
  ['a set_config for no rows', [query(`SELECT set_config('search_path', 'harmless', false) FROM orders WHERE id < 0`)]],
  ['a set_config under LIMIT 0', [query(`SELECT set_config('search_path', 'harmless', false) LIMIT 0`)]],
  [
    'two set_configs in one statement',
    [query(`SELECT set_config('search_path', 'harmless', false), set_config('search_path', 'public', false)`)],
  ],
  [
    'two set_configs, the other way',
    [
      query(
        `SELECT set_config('search_path', 'public', false) FROM (SELECT set_config('search_path', 'harmless', false) OFFSET 0) x`,
      ),
    ],
  ],
  [
    'a prepared set_config',
    [
      query(`PREPARE p AS SELECT set_config('search_path', $1, false)`),
      query(`EXECUTE p('harmless')`),
      query(`EXECUTE p('public')`),
    ],
  ],
  ['EXPLAIN of a set_config', [query(`EXPLAIN SELECT set_config('search_path', 'harmless', false)`)]],
  [
    'EXPLAIN ANALYZE of a set_config',
    [query(HARMLESS), query(`EXPLAIN ANALYZE SELECT set_config('search_path', 'public', false)`)],
  ],
  [
    'a set_config in a cursor that is not read',
    [query(`BEGIN; DECLARE c CURSOR FOR SELECT set_config('search_path', 'harmless', false)`), query('COMMIT')],
  ],
  [
    'a set_config in a cursor that is read',
    [
      query(HARMLESS),
      query(`BEGIN; DECLARE c CURSOR FOR SELECT set_config('search_path', 'public', false)`),
      query('FETCH ALL FROM c'),
      query('COMMIT'),
    ],
  ],
  [
    'COPY of a set_config',
    [query(HARMLESS), query(`COPY (SELECT set_config('search_path', 'public', false)) TO STDOUT`)],
  ],
  ['a DO block', [query(HARMLESS), query(`DO $$ BEGIN PERFORM set_config('search_path', 'public', false); END $$`)]],
  ['a DO block that rolls back', [query(HARMLESS), query(`DO $$ BEGIN SET search_path = public; COMMIT; END $$`)]],
  ['a function that sets it', [query(HARMLESS), query('SELECT stay()')]],
  ['a function with a SET clause', [query('SELECT leave()')]],
  ['a function whose SET is rolled back', [query('SELECT back()')]],
  [
    'a computed value',
    [
      query(`SELECT set_config('search_path', 'harm' || 'less', false)`),
      query(`SELECT set_config('search_path', 'pub' || 'lic', false)`),
    ],
  ],
  [
    'UPDATE pg_settings',
    [query(HARMLESS), query(`UPDATE pg_settings SET setting = 'public' WHERE name = 'search_path'`)],
  ],
  ['a name with other letters', [query(HARMLESS), query('SET "SEARCH_PATH" = public')]],
  ['SET SCHEMA', [query(HARMLESS), query(`SET SCHEMA 'public'`)]],
  ['SET LOCAL outside a transaction', [query(LOCALLY)]],
  [
    'a path in one string',
    [query(HARMLESS), query(`SET search_path = 'harmless, public'`), query('SET search_path = "public"')],
  ],
  ['a schema that does not exist', [query('SET search_path = missing, public')]],
  ['SET TRANSACTION in between', [query('BEGIN'), query(LOCALLY), query('SET TRANSACTION READ ONLY'), query('ABORT')]],
];

describe('the regulated table is not read as the harmless one', () => {
  test.each(WAYS)('%s', async (_name, ahead) => {
    wire.send(...ahead, query('ROLLBACK'), query(SECRET), query(`SELECT 'done'`));
    for (;;) {
      const frames = await wire.replies();
      if (frames.length === 0 || rowsOf(frames)[0]?.[0] === 'done') return;
    }
  });

  test.each(WAYS)('%s, in the same pipeline', async (_name, ahead) => {
    wire.send(...ahead, run(SECRET), sync, run(SECRET), sync, query('ROLLBACK'), query(`SELECT 'done'`));
    for (;;) {
      const frames = await wire.replies();
      if (frames.length === 0 || rowsOf(frames)[0]?.[0] === 'done') return;
    }
  });

  test.each(WAYS)('%s, prepared before', async (_name, ahead) => {
    await wire.query(`PREPARE secret AS ${SECRET}`);
    wire.send(...ahead, query('ROLLBACK'), query('EXECUTE secret'), query(`SELECT 'done'`));
    for (;;) {
      const frames = await wire.replies();
      if (frames.length === 0 || rowsOf(frames)[0]?.[0] === 'done') return;
    }
  });
});

test('the harmless table is read as what it is', async () => {
  await wire.query(HARMLESS);
  const frames = await wire.query(SECRET);
  expect(errorsOf(frames)).toEqual([]);
  expect(rowsOf(frames)).toEqual([['nothing']]);
});

test('a path that was lost is asked for, in a transaction and in a pipeline', async () => {
  await wire.query('BEGIN');
  await wire.query(HARMLESS);
  await wire.query('SAVEPOINT s');
  await wire.query('SET LOCAL search_path = public');
  await wire.query('ROLLBACK TO s');
  expect(rowsOf(await wire.query(SECRET))).toEqual([['nothing']]);
  wire.send(run('SET search_path = public'), run('ROLLBACK TO s'), run(SECRET), run('SELECT 1'), sync);
  const frames = await wire.replies();
  expect(errorsOf(frames)).toEqual([]);
  expect(rowsOf(frames)).toEqual([['nothing'], ['1']]);
  expect(statusOf(await wire.query('COMMIT'))).toBe('I');
  expect(rowsOf(await wire.query(SECRET))).toEqual([['nothing']]);
});

test('where a transaction has failed nobody is asked, and the path is known again after it', async () => {
  await wire.query('BEGIN; SAVEPOINT s');
  await wire.query(HARMLESS);
  await wire.query(FAIL);
  expect(errorsOf(await wire.query(SECRET))).toHaveLength(1);
  wire.send(query('ROLLBACK TO s'), query('SELECT ssn FROM customers WHERE id = 1'), query('COMMIT'));
  await wire.replies();
  expect(rowsOf(await wire.replies())).toEqual([['****3344']]);
  expect(statusOf(await wire.replies())).toBe('I');
});

test('a path that the database gives to its sessions counts from the first statement on', async () => {
  await gateway.sql(`ALTER DATABASE ${gateway.database.name} SET search_path = harmless`);
  const other = await gateway.wire(EU_AGENT);
  expect(rowsOf(await other.query(SECRET))).toEqual([['nothing']]);
  await gateway.sql(`ALTER DATABASE ${gateway.database.name} RESET search_path`);
  const another = await gateway.wire(EU_AGENT);
  expect(rowsOf(await another.query('SELECT ssn FROM customers WHERE id = 1'))).toEqual([['****3344']]);
  expect(another.received.toString('latin1')).not.toContain('111-22');
});
