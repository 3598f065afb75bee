// How sessions end: what was answered is delivered first, and what was not is said to be lost.
import { encodeQuery } from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, rowsOf, startTestGateway, type TestGateway, tagsOf, typesOf } from '../servers/index.ts';
import { ALLOW_ALL_POLICY, CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

const SLOW = 'SELECT count(*) FROM generate_series(1, 2000000)';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
});
afterAll(() => gateway.close());

test('a statement of several megabytes is one refusal, and the session works', async () => {
  const wire = await gateway.wire(EU_AGENT);
  expect(errorsOf(await wire.query(`SELECT '${'x'.repeat(3_000_000)}'`))).toMatchObject([{ S: 'ERROR', C: '54000' }]);
  expect(tagsOf(await wire.query('SELECT 1'))).toEqual(['SELECT 1']);
});

test('a session that is killed tells what was under way as lost', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const [session] = rowsOf(await wire.query('SHOW bailiwick.session'));
  const id = session?.[1] ?? '';
  wire.send(encodeQuery({ sql: SLOW }));
  await expect
    .poll(async () => (await gateway.sql(`SELECT 1 FROM pg_stat_activity WHERE query = '${SLOW}'`)).length)
    .toBeGreaterThan(0);
  expect(gateway.gateway.sessions.kill(id, 'an operator')).toBe(true);
  expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
  const [statement] = await gateway.audit.statements({ sessionId: id, limit: 10 });
  expect(statement).toMatchObject({ outcome: 'lost' });
});

test('what a killed session runs is cancelled, and commits nothing', async () => {
  const free = await startTestGateway({ policy: ALLOW_ALL_POLICY, data: 'CREATE TABLE t (a int)' });
  try {
    const holder = await free.direct();
    await holder.query('SELECT pg_advisory_lock(77)');
    const wire = await free.wire(EU_AGENT);
    const [session] = rowsOf(await wire.query('SHOW bailiwick.session'));
    wire.send(encodeQuery({ sql: 'INSERT INTO t SELECT 1 FROM pg_advisory_xact_lock(77)' }));
    const waiting = (): Promise<unknown[]> =>
      free.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`);
    await expect.poll(waiting).toHaveLength(1);
    free.gateway.sessions.kill(session?.[1] ?? '', 'an operator');
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
    await expect.poll(waiting).toEqual([]);
    await holder.query('SELECT pg_advisory_unlock(77)');
    expect(await free.sql('SELECT * FROM t')).toEqual([]);
  } finally {
    await free.close();
  }
});

test('draining lets a statement finish, delivers it, and then says why it ends', async () => {
  const draining = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
  try {
    const wire = await draining.wire(EU_AGENT);
    wire.send(encodeQuery({ sql: SLOW }));
    await expect
      .poll(async () => (await draining.sql(`SELECT 1 FROM pg_stat_activity WHERE query = '${SLOW}'`)).length)
      .toBeGreaterThan(0);
    const drained = draining.gateway.drain(10_000);
    const frames = await wire.rest();
    await drained;
    expect(rowsOf(frames)).toEqual([['2000000']]);
    expect(typesOf(frames)).toBe('TDCZE');
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
  } finally {
    await draining.close();
  }
});
