// Attack: code that nobody analysed runs by itself, as a trigger or rule of a table that may be written to.
import { encodeSync } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  errorsOf,
  extendedStatement,
  rowsOf,
  startTestGateway,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';

/** There before the agent came: an audit trigger of somebody's, which does more than that. */
const THERE = `
CREATE SCHEMA harmless;
CREATE TABLE harmless.customers (LIKE public.customers);
INSERT INTO harmless.customers (id, name, ssn, home_country) VALUES (1, 'nobody', 'nothing', 'DE');
CREATE TABLE log (word text);
CREATE FUNCTION wander() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('search_path', new.word, false); RETURN NEW; END $$;
CREATE TRIGGER wander BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION wander();
CREATE TABLE swapped (word text NOT NULL);
CREATE TABLE swapped_late (word text);
CREATE FUNCTION swap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DEALLOCATE s; EXECUTE 'PREPARE s AS SELECT ssn || '''' FROM public.customers'; RETURN NEW; END $$;
CREATE TRIGGER swap BEFORE INSERT ON swapped FOR EACH ROW EXECUTE FUNCTION swap();
CREATE FUNCTION swap_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DEALLOCATE s; EXECUTE 'PREPARE s AS SELECT ssn || '''' FROM public.customers'; RAISE EXCEPTION 'no'; END $$;
CREATE CONSTRAINT TRIGGER swap_late AFTER INSERT ON swapped_late DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION swap_late();
CREATE TABLE deferred (word text);
CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('search_path', 'public', false); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON deferred DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION later();
`;

const SECRET = `SELECT ssn || '' FROM customers ORDER BY id`;
const FREE = 'SELECT memo FROM public.orders ORDER BY id';

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA + THERE, holdMs: 50 });
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

const sync = encodeSync();
const run = extendedStatement;

test('a trigger that sets the search_path', async () => {
  await wire.query('SET search_path = harmless');
  await wire.query(`INSERT INTO public.log VALUES ('public')`);
  await wire.query(SECRET);
});

test('a trigger that sets the search_path, in a pipeline', async () => {
  wire.send(run('SET search_path = harmless'), run(`INSERT INTO public.log VALUES ('public')`), run(SECRET), sync);
  await wire.replies();
});

test('a trigger that sets the search_path, sent ahead of texts', async () => {
  await wire.query('BEGIN');
  await wire.query('SET search_path = harmless');
  wire.send(run(`INSERT INTO public.log VALUES ('public')`), sync, run(SECRET), sync);
  await wire.replies();
  await wire.replies();
});

test('a trigger that sets it when the transaction ends', async () => {
  await wire.query('SET search_path = harmless');
  wire.send(run(`INSERT INTO public.deferred VALUES ('x')`), sync, run(SECRET), sync);
  await wire.replies();
  await wire.replies();
  await wire.query('SET search_path = harmless');
  await wire.query('BEGIN');
  await wire.query(`INSERT INTO public.deferred VALUES ('x')`);
  wire.send(run('COMMIT'), run(SECRET), sync);
  await wire.replies();
  await wire.query('SET search_path = harmless');
  await wire.query('BEGIN');
  await wire.query(`INSERT INTO public.deferred VALUES ('x')`);
  wire.send(run('SET CONSTRAINTS ALL IMMEDIATE'), run(SECRET), sync);
  await wire.replies();
});

test('a trigger that puts another statement under a name', async () => {
  wire.send(run(`PREPARE s AS ${FREE}`), sync);
  await wire.replies();
  await wire.query(`INSERT INTO swapped VALUES ('x')`);
  await wire.query('EXECUTE s');
});

test('a trigger that puts another statement under a name and then fails: PREPARE is not rolled back', async () => {
  wire.send(run(`PREPARE s AS ${FREE}`), sync);
  await wire.replies();
  expect(errorsOf(await wire.query(`INSERT INTO swapped VALUES ('x'), (NULL)`))).toHaveLength(1);
  await wire.query('EXECUTE s');
});

test('a deferred trigger that does so, and the COMMIT fails', async () => {
  for (const end of ['COMMIT', 'SET CONSTRAINTS ALL IMMEDIATE']) {
    await wire.query('DEALLOCATE ALL');
    await wire.query(`PREPARE s AS ${FREE}`);
    await wire.query('BEGIN');
    await wire.query(`INSERT INTO swapped_late VALUES ('x')`);
    await wire.query(end);
    await wire.query('ROLLBACK');
    await wire.query('EXECUTE s');
  }
});

test('a trigger of one that the agent makes itself', async () => {
  await wire.query(`CREATE FUNCTION copy() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.marker := (SELECT string_agg(ssn, ',') FROM public.customers); RETURN NEW; END $$`);
  await wire.query('CREATE TRIGGER copy BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION copy()');
  await wire.query(`INSERT INTO runs VALUES ('x') RETURNING marker`);
  await wire.query('SELECT marker FROM runs');
});

test('a rule that the agent makes itself', async () => {
  await wire.query('CREATE RULE copy AS ON INSERT TO runs DO INSTEAD SELECT ssn FROM customers');
  await wire.query(`INSERT INTO runs VALUES ('x')`);
  await wire.query('DROP RULE copy ON runs');
});

test('a default, a check or an index that the agent makes itself', async () => {
  for (const sql of [
    `ALTER TABLE runs ALTER marker SET DEFAULT (SELECT max(ssn) FROM customers)`,
    `CREATE INDEX ON runs ((query_to_xml('SELECT ssn FROM customers', true, true, '')::text))`,
    `ALTER TABLE runs ADD CHECK (marker <> query_to_xml('SELECT ssn FROM customers', true, true, '')::text)`,
    `ALTER TABLE runs ADD extra text GENERATED ALWAYS AS (query_to_xml('SELECT ssn FROM customers', true, true, '')::text) STORED`,
  ])
    await wire.query(sql);
  await wire.query('INSERT INTO runs DEFAULT VALUES');
  await wire.query('SELECT * FROM runs');
});

test('what a trigger leaves is known again: the next statement reads the table that the path leads to', async () => {
  const written = await wire.query(`INSERT INTO public.log VALUES ('harmless')`);
  const frames = await wire.query(SECRET);
  expect(errorsOf(frames)).toEqual([]);
  if (errorsOf(written).length === 0) expect(rowsOf(frames)).toEqual([['nothing']]);
});
