// Clients that end their side after their last message, without a Terminate, and go on reading.
import { encodeCopyData, encodeCopyDone, encodeQuery, encodeSync } from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedQuery,
  extendedStatement,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
  tagsOf,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { ALLOW_ALL_POLICY, CRM_DATA, HOLDING_POLICY } from './fixtures/crm.ts';

const SLOW = 'SELECT count(*) FROM generate_series(1, 1000000)';
const noSessions = async (gateway: TestGateway): Promise<void> => {
  await expect.poll(() => gateway.gateway.sessions.live().length).toBe(0);
  const upstreams = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%maria%'`;
  await expect.poll(async () => (await gateway.sql(upstreams)).length).toBe(0);
};

describe.each([
  ['over TLS', true],
  ['off TLS', false],
])('%s', (_name, tls) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, data: CRM_DATA, tls });
  });
  afterAll(() => gateway.close());
  const wire = (): Promise<WireClient> => gateway.wire(EU_AGENT);

  test('several queries are all answered before the session ends', async () => {
    const client = await wire();
    client.finish(...[SLOW, 'SELECT 2', 'SELECT 3'].map((sql) => encodeQuery({ sql })));
    expect(rowsOf(await client.rest())).toEqual([['1000000'], ['2'], ['3']]);
    await noSessions(gateway);
  });

  test('so is a pipeline, up to its last Sync', async () => {
    const client = await wire();
    client.finish(extendedQuery(SLOW), extendedStatement('SELECT 2'), extendedStatement('SELECT 3'), encodeSync());
    const frames = await client.rest();
    expect(rowsOf(frames)).toEqual([['1000000'], ['2'], ['3']]);
    expect(statusOf(frames)).toBe('I');
    await noSessions(gateway);
  });

  test('a pipeline without a Sync ends as it does at the server: nothing of it stays', async () => {
    const client = await wire();
    client.finish(extendedStatement(`INSERT INTO runs VALUES ('unsynced')`));
    await client.rest();
    await noSessions(gateway);
    expect(await gateway.sql(`SELECT * FROM runs WHERE marker = 'unsynced'`)).toEqual([]);
  });

  test('a result of megabytes arrives whole', async () => {
    const client = await wire();
    client.finish(encodeQuery({ sql: `SELECT repeat('x', 1000) FROM generate_series(1, 20000)` }));
    const frames = await client.rest();
    expect(tagsOf(frames)).toEqual(['SELECT 20000']);
    expect(typesOf(frames)).toMatch(/^TD{20000}CZ$/);
  });

  test('COPY is done where its data was, and given up where it was cut off', async () => {
    const done = await wire();
    done.send(encodeQuery({ sql: 'COPY runs FROM STDIN' }));
    expect(typesOf(await done.replies('G'))).toBe('G');
    done.finish(encodeCopyData({ data: Buffer.from('copied\n') }), encodeCopyDone());
    expect(tagsOf(await done.rest())).toEqual(['COPY 1']);
    const cut = await wire();
    cut.send(encodeQuery({ sql: 'COPY runs FROM STDIN' }));
    await cut.replies('G');
    cut.finish(encodeCopyData({ data: Buffer.from('cut off\n') }));
    await cut.rest();
    await noSessions(gateway);
    expect(await gateway.sql(`SELECT marker FROM runs WHERE marker IN ('copied', 'cut off')`)).toEqual([
      { marker: 'copied' },
    ]);
  });

  test('an open transaction is rolled back, and an idle session simply ends', async () => {
    const client = await wire();
    await client.query(`BEGIN; INSERT INTO runs VALUES ('open')`);
    client.finish();
    expect(await client.rest()).toEqual([]);
    const idle = await wire();
    idle.finish();
    expect(await idle.rest()).toEqual([]);
    await noSessions(gateway);
    expect(await gateway.sql(`SELECT * FROM runs WHERE marker = 'open'`)).toEqual([]);
  });

  test('half a message is nothing', async () => {
    const client = await wire();
    const query = encodeQuery({ sql: `INSERT INTO runs VALUES ('half')` });
    client.finish(query.subarray(0, query.length - 2));
    expect(await client.rest()).toEqual([]);
    await noSessions(gateway);
    expect(await gateway.sql(`SELECT * FROM runs WHERE marker = 'half'`)).toEqual([]);
  });

  test('one that is gone for good, while a statement runs, leaves no session behind', async () => {
    const client = await wire();
    client.send(encodeQuery({ sql: SLOW }));
    await expect
      .poll(async () => (await gateway.sql(`SELECT 1 FROM pg_stat_activity WHERE query = '${SLOW}'`)).length)
      .toBe(1);
    client.destroy();
    await noSessions(gateway);
  });
});

test('draining tells a half-open client what it asked for, and ends', async () => {
  const gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY });
  const client = await gateway.wire(EU_AGENT);
  client.finish(encodeQuery({ sql: SLOW }));
  await expect
    .poll(async () => (await gateway.sql(`SELECT 1 FROM pg_stat_activity WHERE query = '${SLOW}'`)).length)
    .toBe(1);
  const drained = gateway.gateway.drain(10_000);
  expect(rowsOf(await client.rest())).toEqual([['1000000']]);
  await drained;
  await gateway.close();
});

describe('held statements', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA });
  });
  afterAll(() => gateway.close());
  const WRITE = encodeQuery({ sql: `UPDATE customers SET city = 'Rome' WHERE id = 1` });

  test('a client that ends its side while one waits has withdrawn it', async () => {
    const client = await gateway.wire(EU_AGENT);
    client.send(WRITE);
    const request = await gateway.pendingRequest();
    client.finish();
    await expect.poll(async () => (await gateway.approvals.get(request.id))?.status).toBe('cancelled');
    expect(errorsOf(await client.rest())).toEqual([]);
    await noSessions(gateway);
  });

  test('one that has ended its side before gets none, and nothing behind it runs', async () => {
    const client = await gateway.wire(EU_AGENT);
    const marker = encodeQuery({ sql: `INSERT INTO orders (customer_id, amount, memo) VALUES (1, 1, 'behind')` });
    client.finish(
      encodeQuery({ sql: 'BEGIN' }),
      encodeQuery({ sql: SLOW }),
      WRITE,
      marker,
      encodeQuery({ sql: 'COMMIT' }),
    );
    const frames = await client.rest();
    expect(rowsOf(frames)).toEqual([['1000000']]);
    await noSessions(gateway);
    expect(await gateway.approvals.list({ status: 'pending', limit: 10 })).toEqual([]);
    expect(await gateway.sql('SELECT city FROM customers WHERE id = 1')).toEqual([{ city: 'Berlin' }]);
    expect(await gateway.sql(`SELECT * FROM orders WHERE memo = 'behind'`)).toEqual([]);
  });
});
