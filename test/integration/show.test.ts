import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  extendedQuery,
  rowsOf,
  startTestGateway,
  type TestGateway,
  tagsOf,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, HOLDING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA });
});
afterAll(() => gateway.close());

const show = async (wire: WireClient, what: string): Promise<Record<string, string | null>> =>
  Object.fromEntries(rowsOf(await wire.query(`SHOW bailiwick.${what}`)).map(([name, value]) => [name, value ?? null]));

test('identity and session say who one is, and no token', async () => {
  const wire = await gateway.wire(EU_AGENT);
  expect(await show(wire, 'identity')).toMatchObject({
    human: 'maria@bank.example',
    agent: 'copilot',
    client_id: 'copilot',
    region: 'DE',
    model_region: 'DE',
    issuer: gateway.issuer.issuer,
  });
  const session = await show(wire, 'session');
  expect(session).toMatchObject({ datasource: 'crm' });
  expect(session.id).toMatch(/^ses_[a-z0-9]+$/);
  expect(wire.received.toString('latin1')).not.toMatch(/eyJ/);
});

test('simple and extended answers are alike, also prepared and in binary', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const simple = await wire.query('SHOW bailiwick.identity');
  expect(typesOf(simple)).toMatch(/^TD+CZ$/);
  expect(tagsOf(simple)).toEqual(['SHOW']);
  for (const formats of [[], [0], [1]] as const) {
    wire.send(extendedQuery('show Bailiwick.Identity;', [], formats));
    const extended = await wire.replies();
    expect(typesOf(extended)).toMatch(/^12TD+CZ$/);
    expect(rowsOf(extended)).toEqual(rowsOf(simple));
  }
});

test('it answers inside a failed transaction, and the transaction stays failed', async () => {
  const wire = await gateway.wire(EU_AGENT);
  await wire.query('BEGIN');
  await wire.query('SELECT 1/0');
  const frames = await wire.query('SHOW bailiwick.session');
  expect(rowsOf(frames).length).toBeGreaterThan(1);
  expect(frames.at(-1)?.body.toString()).toBe('E');
  expect(tagsOf(await wire.query('COMMIT'))).toEqual(['ROLLBACK']);
});

test('decision tells of the last statement, whether it passed or not', async () => {
  const wire = await gateway.wire(EU_AGENT);
  await wire.query('SELECT email FROM customers');
  const masked = await show(wire, 'decision');
  expect(masked.effect).toBe('mask');
  await wire.query(`SELECT 1 FROM customers WHERE ssn = '1'`);
  const refused = await show(wire, 'decision');
  expect(refused.effect).toBe('block');
  expect(Object.values(refused).join()).toContain('ids');
});

test("requests are one's own; unknown and foreign ids look alike", async () => {
  const wire = await gateway.wire(EU_AGENT);
  await wire.query('DELETE FROM orders');
  const { id } = await gateway.pendingRequest();
  expect(await show(wire, 'requests')).toEqual({ [id]: 'pending' });
  expect(await show(wire, `request.${id}`)).toMatchObject({ id, status: 'pending', tables: 'public.orders' });
  const other = await gateway.wire(EU_PERSON);
  expect(await show(other, 'requests')).toEqual({});
  const foreign = await show(other, `request.${id}`);
  const unknown = await show(other, 'request.req_zzzzzzzz');
  expect({ ...foreign, id: '' }).toEqual({ ...unknown, id: '' });
});

test('what is not offered is refused, and other settings are shown by the database', async () => {
  const wire = await gateway.wire(EU_AGENT);
  expect(errorsOf(await wire.query('SHOW bailiwick.secrets'))).toHaveLength(1);
  expect(rowsOf(await wire.query('SHOW server_encoding'))).toEqual([['UTF8']]);
});
