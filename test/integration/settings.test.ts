// What changes the meaning of later statements, or who runs them, belongs to the gateway.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedQuery,
  rowsOf,
  startTestGateway,
  type TestGateway,
  tagsOf,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

const SHADOWS = `
  CREATE SCHEMA shadow; CREATE TABLE shadow.customers AS SELECT 1 AS id, 'free'::text AS ssn;`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: `${CRM_DATA}${SHADOWS}`, account: 'superuser' });
});
afterAll(() => gateway.close());

test.each([
  'SET ROLE postgres',
  'SET SESSION AUTHORIZATION postgres',
  'RESET ROLE',
  'RESET SESSION AUTHORIZATION',
  `SET role = 'postgres'`,
  `SET session_authorization TO 'postgres'`,
  `SELECT set_config('role', 'postgres', false)`,
  `SELECT set_config('session_authorization', 'postgres', false)`,
  `SELECT set_config('ro' || 'le', 'postgres', false)`,
  `SELECT set_config('application_name', 'x', false)`,
  `SET bailiwick.identity = 'root'`,
  `SELECT set_config('bailiwick.identity', 'root', false)`,
  `SET standard_conforming_strings = off`,
  `SET client_encoding = 'SJIS'`,
  `SET bytea_output = escape`,
  `SET default_tablespace = 'elsewhere'`,
  `SET restrict_nonsystem_relation_kind = ''`,
  `SET session_replication_role = replica`,
  `SET log_min_messages = debug5`,
  `SET client_min_messages = debug5; SET debug_print_plan = on`,
  `ALTER ROLE postgres SET search_path = evil`,
  `ALTER DATABASE postgres SET search_path = evil`,
  `ALTER SYSTEM SET log_statement = 'all'`,
  `UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'`,
  `UPDATE pg_settings SET setting = 'postgres' WHERE name = 'role'`,
  `UPDATE pg_catalog.pg_settings SET setting = 'evil' WHERE name = 'search_path'`,
  `EXPLAIN ANALYZE UPDATE pg_settings SET setting = 'evil' WHERE name = 'search_path'`,
])('%s is refused, simple and extended', async (sql) => {
  const wire = await gateway.wire(EU_AGENT);
  expect(errorsOf(await wire.query(sql))).toMatchObject([{ S: 'ERROR', C: '42501' }]);
  if (!sql.includes('; ')) {
    wire.send(extendedQuery(sql));
    expect(errorsOf(await wire.replies())).toMatchObject([{ S: 'ERROR', C: '42501' }]);
  }
  expect(rowsOf(await wire.query('SELECT ssn FROM customers WHERE id = 1'))).toEqual([['****3344']]);
});

test.each([
  [`SET application_name = 'x'`, 'SET'],
  [`SET TIME ZONE 'UTC'`, 'SET'],
  ['SET statement_timeout = 5000', 'SET'],
  ['SET extra_float_digits = 3', 'SET'],
  ['SET DateStyle = ISO', 'SET'],
  ['SET row_security = off', 'SET'],
  [`SET default_tablespace = ''; SET check_function_bodies = false; SET xmloption = content`, 'SET'],
  ['BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT', 'BEGIN'],
  ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', 'SET'],
  ['RESET ALL', 'RESET'],
  [`SET client_encoding = 'UTF8'`, 'SET'],
])('%s works, as drivers need it', async (sql, tag) => {
  const wire = await gateway.wire(EU_AGENT);
  const frames = await wire.query(sql);
  expect(errorsOf(frames)).toEqual([]);
  expect(tagsOf(frames)[0]).toBe(tag);
});

test('a search_path of a session leads names to the tables that the policy knows', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const sql = 'SELECT ssn FROM customers WHERE id = 1';
  expect(rowsOf(await wire.query(sql))).toEqual([['****3344']]);
  await wire.query('SET search_path = shadow, public');
  expect(rowsOf(await wire.query(sql))).toEqual([['free']]);
  await wire.query('BEGIN');
  await wire.query('SET LOCAL search_path = public');
  expect(rowsOf(await wire.query(sql))).toEqual([['****3344']]);
  await wire.query('ROLLBACK');
  expect(rowsOf(await wire.query(sql))).toEqual([['free']]);
  await wire.query('RESET search_path');
  expect(rowsOf(await wire.query(sql))).toEqual([['****3344']]);
});

test('a prepared statement is judged by the search_path of its execution', async () => {
  const wire = await gateway.wire(EU_AGENT);
  await wire.query('SET search_path = shadow, public');
  await wire.query('PREPARE p AS SELECT ssn FROM customers WHERE id = 1');
  expect(rowsOf(await wire.query('EXECUTE p'))).toEqual([['free']]);
  await wire.query('SET search_path = public');
  await wire.query('EXECUTE p');
  await wire.query('DISCARD PLANS');
  await wire.query('EXECUTE p');
  expect(wire.received.toString('latin1')).not.toContain('111-22');
});

test('a table that nobody has told the gateway of yet is masked whole, and then known', async () => {
  await gateway.sql(`CREATE SCHEMA fresh; CREATE TABLE fresh.customers AS SELECT 1 AS id, 'free'::text AS ssn`);
  const wire = await gateway.wire(EU_AGENT);
  await wire.query('SET search_path = fresh, public');
  const read = async (): Promise<unknown> => rowsOf(await wire.query('SELECT ssn FROM customers WHERE id = 1'))[0]?.[0];
  expect(['free', '[redacted]']).toContain(await read());
  await wire.query('SELECT ssn FROM fresh.customers');
  await expect.poll(read, { timeout: 20_000 }).toBe('free');
});
