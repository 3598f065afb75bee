// The ways to have one approval twice: its effects commit at most once, whatever the transaction around it does.
import {
  encodeBind,
  encodeClose,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeQuery,
  encodeSync,
} from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedQuery,
  extendedStatement,
  type ServerFrame,
  startTestGateway,
  statusOf,
  type TestGateway,
  tagsOf,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, HOLDING_POLICY } from './fixtures/crm.ts';

const INSERT = `INSERT INTO runs VALUES ('once')`;

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA });
});
beforeEach(async () => {
  await gateway.sql('TRUNCATE runs');
  wire = await gateway.wire(EU_AGENT);
});
afterEach(async () => {
  wire.destroy();
  for (const { id } of await gateway.approvals.list({ limit: 100 })) await gateway.approvals.cancel(id);
});
afterAll(() => gateway.close());

const ran = async (): Promise<number> => (await gateway.sql('SELECT 1 FROM runs')).length;

/** Approves the request that waits. Resolves with its id. */
async function approve(): Promise<string> {
  const request = await gateway.pendingRequest();
  await gateway.decide(request, 'approve');
  return request.id;
}

/** What the gateway takes the names in a text for, with a fresh catalog. */
async function tablesOf(sql: string): Promise<readonly string[]> {
  const [session] = gateway.gateway.sessions.live();
  if (session === undefined) throw new Error('no session is live');
  return (await gateway.gateway.explain({ datasource: 'crm', identity: session.identity, ip: '', sql })).tables;
}

const statusIs = (id: string, status: string) =>
  expect.poll(async () => (await gateway.approvals.get(id))?.status).toBe(status);

const idIn = (frames: readonly ServerFrame[]): string =>
  /req_[a-z0-9]+/.exec(errorsOf(frames)[0]?.M ?? '')?.[0] ?? 'no request id';

/** The effects are committed once, and neither the id nor the statement runs again unasked. */
async function expectUsed(id: string): Promise<void> {
  await statusIs(id, 'used');
  expect(await ran()).toBe(1);
  expect(errorsOf(await wire.query(`CALL bailiwick.run('${id}')`))).toMatchObject([{ C: '55000' }]);
  expect(await ran()).toBe(1);
}

test('ROLLBACK TO has the tag of ROLLBACK, and does not give it back', async () => {
  await wire.query('BEGIN');
  wire.send(encodeQuery({ sql: INSERT }));
  const id = await approve();
  await wire.replies();
  await wire.query('SAVEPOINT s');
  await wire.query('ROLLBACK TO s');
  expect((await gateway.approvals.get(id))?.status).toBe('approved');
  expect(await gateway.approvals.claim(id, 'ses_other')).toBe(false);
  await wire.query('COMMIT');
  await expectUsed(id);
});

test('an error that a savepoint healed does not give it back', async () => {
  await wire.query('BEGIN; SAVEPOINT s');
  expect(statusOf(await wire.query('SELECT 1/0'))).toBe('E');
  await wire.query('ROLLBACK TO s');
  wire.send(encodeQuery({ sql: INSERT }));
  const id = await approve();
  await wire.replies();
  await wire.query('COMMIT');
  await expectUsed(id);
});

test.each([
  ['BEGIN; INSERT; COMMIT', `BEGIN; ${INSERT}; COMMIT`],
  ['INSERT; COMMIT; an error', `${INSERT}; COMMIT; SELECT 1/0`],
])('a text that commits by itself uses it up: %s', async (_name, sql) => {
  wire.send(encodeQuery({ sql }));
  const id = await approve();
  await wire.replies();
  await expectUsed(id);
});

test('a text that begins with ROLLBACK and goes on uses it up', async () => {
  await wire.query('BEGIN');
  await wire.query('SELECT 1/0');
  wire.send(encodeQuery({ sql: `ROLLBACK; ${INSERT}` }));
  const id = await approve();
  expect(tagsOf(await wire.replies())).toEqual(['ROLLBACK', 'INSERT 0 1']);
  await expectUsed(id);
});

test('an Execute that is suspended has run', async () => {
  await wire.query('BEGIN');
  const sql = `${INSERT} RETURNING marker`;
  wire.send(
    encodeParse({ statement: '', sql, parameterTypeOids: [] }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeExecute({ portal: '', rowsMax: 1 }),
    encodeSync(),
  );
  const id = await approve();
  await wire.replies();
  await wire.query('COMMIT');
  await expectUsed(id);
});

test('a COMMIT ahead of it in the pipeline belongs to another transaction', async () => {
  await wire.query('BEGIN');
  wire.send(extendedStatement('COMMIT'), extendedStatement('BEGIN'), extendedQuery(INSERT));
  const id = await approve();
  await wire.replies();
  expect(await gateway.approvals.claim(id, 'ses_other')).toBe(false);
  await wire.query('COMMIT');
  await expectUsed(id);
});

test('an approval is none for another table that its name stands for by now', async () => {
  wire.send(encodeQuery({ sql: `INSERT INTO orders (customer_id, amount, memo) VALUES (1, 1, 'swapped')` }));
  const id = idIn(await wire.replies());
  await approve();
  const owner = `owner_of_${gateway.database.name}`;
  await gateway.sql(`CREATE SCHEMA AUTHORIZATION ${owner}; CREATE TABLE ${owner}.orders (LIKE public.orders)`);
  expect(await tablesOf('SELECT memo FROM orders')).toEqual([`${owner}.orders`]);
  expect(errorsOf(await wire.query(`CALL bailiwick.run('${id}')`))).toMatchObject([{ C: '55000' }]);
  await gateway.sql(`DROP SCHEMA ${owner} CASCADE`);
  expect(await tablesOf('SELECT memo FROM orders')).toEqual(['public.orders']);
  expect(await gateway.sql(`SELECT 1 FROM orders WHERE memo = 'swapped'`)).toEqual([]);
});

test('EXECUTE, whose text says nothing, cannot be approved', async () => {
  wire.send(encodeQuery({ sql: `PREPARE p AS ${INSERT}` }));
  await approve();
  expect(tagsOf(await wire.replies())).toEqual(['PREPARE']);
  expect(errorsOf(await wire.query('EXECUTE p'))).toMatchObject([{ C: '42501' }]);
  expect(await ran()).toBe(0);
});

test('SET search_path sent ahead of CALL bailiwick.run counts for it', async () => {
  wire.send(encodeQuery({ sql: `INSERT INTO orders (customer_id, amount, memo) VALUES (1, 1, 'elsewhere')` }));
  const ticket = idIn(await wire.replies());
  await approve();
  wire.send(
    encodeQuery({ sql: 'SET search_path = pg_catalog' }),
    encodeQuery({ sql: `CALL bailiwick.run('${ticket}')` }),
  );
  await wire.replies();
  expect(errorsOf(await wire.replies())).toMatchObject([{ C: '55000' }]);
  await wire.query('RESET search_path');
  expect(tagsOf(await wire.query(`CALL bailiwick.run('${ticket}')`))).toEqual(['INSERT 0 1']);
});

test('two runs in one transaction do not trip over each other', async () => {
  const ids: string[] = [];
  for (const memo of ['one', 'two']) {
    wire.send(extendedQuery(`INSERT INTO orders (customer_id, amount, memo) VALUES (1, 1, '${memo}')`));
    await approve();
    ids.push(idIn(await wire.replies()));
  }
  await wire.query('BEGIN');
  for (const id of ids) expect(tagsOf(await wire.query(`CALL bailiwick.run('${id}')`))).toEqual(['INSERT 0 1']);
  expect(tagsOf(await wire.query('COMMIT'))).toEqual(['COMMIT']);
  for (const id of ids) await statusIs(id, 'used');
});

test('a hold whose pipeline has failed meanwhile ends with it, and its request is withdrawn', async () => {
  wire.send(extendedStatement('SELECT count(*) / 0 FROM generate_series(1, 500000)'), extendedQuery(INSERT));
  const frames = await wire.replies();
  expect(errorsOf(frames)).toHaveLength(1);
  expect(statusOf(frames)).toBe('I');
  await expect.poll(async () => await gateway.approvals.list({ status: 'pending', limit: 1 })).toEqual([]);
  expect(await ran()).toBe(0);
  expect(tagsOf(await wire.query('SELECT 1'))).toEqual(['SELECT 1']);
});

test('what is sent behind a held statement waits, also a Close and a Flush', async () => {
  wire.send(extendedStatement(INSERT), encodeClose({ kind: 'portal', name: '' }), encodeFlush(), encodeSync());
  await approve();
  expect(tagsOf(await wire.replies())).toEqual(['INSERT 0 1']);
  expect(await ran()).toBe(1);
});
