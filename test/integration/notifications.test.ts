// NotificationResponse: a payload is an output that comes unasked, from whatever another session had at hand.
import { decodeNotificationResponse, encodeFlush } from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, startTestGateway, type TestGateway, type WireClient } from '../servers/index.ts';
import { ALLOW_ALL_POLICY, CRM_DATA, HOLDING_POLICY, MASKING_POLICY } from './fixtures/crm.ts';

let open: TestGateway;
let masking: TestGateway;
let holding: TestGateway;
beforeAll(async () => {
  open = await startTestGateway({ policy: ALLOW_ALL_POLICY, data: CRM_DATA });
  masking = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
  holding = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA });
});
afterAll(async () => {
  for (const gateway of [open, masking, holding]) await gateway.close();
});

async function heard(
  gateway: TestGateway,
  wire: WireClient,
  sql: string,
): Promise<[channel: string, payload: string][]> {
  await gateway.sql(sql);
  wire.send(encodeFlush());
  const frames = await wire.replies('A');
  return frames.map(({ body }) => decodeNotificationResponse(body)).map(({ channel, payload }) => [channel, payload]);
}

test('where no data is mapped it is relayed as it is, to a client that is silent', async () => {
  const wire = await open.wire(EU_AGENT);
  expect(errorsOf(await wire.query('LISTEN news'))).toEqual([]);
  expect(await heard(open, wire, `SELECT pg_notify('news', 'all of it')`)).toEqual([['news', 'all of it']]);
});

test('where data is mapped a notification says that there is news, and no more', async () => {
  const wire = await masking.wire(EU_AGENT);
  expect(errorsOf(await wire.query('LISTEN news'))).toEqual([]);
  const leak = `SELECT pg_notify('news', ssn) FROM customers WHERE id = 1`;
  expect(await heard(masking, wire, leak)).toEqual([['news', '']]);
  expect(wire.received.includes('111-22')).toBe(false);
});

test('one’s own cannot carry a masked column either, nor to another session', async () => {
  const [speaker, listener] = [await masking.wire(EU_AGENT), await masking.wire(EU_AGENT)];
  await listener.query('LISTEN news');
  await speaker.query(`LISTEN news`);
  for (const sql of [`SELECT pg_notify('news', ssn) FROM customers`, `SELECT pg_notify(ssn, 'x') FROM customers`])
    expect(errorsOf(await speaker.query(sql))).toMatchObject([{ C: '42501' }]);
  await speaker.query(`NOTIFY news, 'constant'`);
  await listener.query('SELECT 1');
  for (const wire of [speaker, listener]) expect(wire.received.includes('111-22')).toBe(false);
});

test('LISTEN and NOTIFY are writes: where those need approval, they do', async () => {
  const wire = await holding.wire(EU_AGENT);
  for (const sql of ['LISTEN news', `NOTIFY news, 'x'`]) {
    const answer = wire.query(sql);
    const request = await holding.pendingRequest();
    await holding.decide(request, 'reject');
    expect(errorsOf(await answer)).toMatchObject([{ C: '42501' }]);
  }
});
