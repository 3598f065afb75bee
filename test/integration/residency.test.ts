// Where the reader and its model are decides what may be read; what is refused says which columns and why.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Claims,
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  extendedQuery,
  rowsOf,
  startTestGateway,
  type TestGateway,
  US_AGENT,
} from '../servers/index.ts';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
});
afterAll(() => gateway.close());

const withoutModel: Claims = { ...EU_AGENT, act: { sub: 'copilot', groups: ['support', 'agents'], region: 'DE' } };
const withUsModel: Claims = {
  ...EU_AGENT,
  act: { sub: 'copilot', groups: ['support', 'agents'], region: 'DE', model_region: 'US' },
};
const BLOCKS = /^bailiwick_residency_blocks_total\{([^}]*)\} (\d+)$/gm;

async function blocks(): Promise<ReadonlyMap<string, number>> {
  const found = (await gateway.metrics()).matchAll(BLOCKS);
  return new Map([...found].map(([, labels, value]) => [labels ?? '', Number(value)]));
}

test('series exist at 0 from the start, and a block moves one of them by one', async () => {
  const before = await blocks();
  expect(before.size).toBeGreaterThan(0);
  const wire = await gateway.wire(US_AGENT);
  await wire.query('SELECT email FROM customers');
  const after = await blocks();
  const moved = [...after].filter(([labels, value]) => value !== before.get(labels));
  expect(moved).toHaveLength(1);
  expect(moved[0]?.[0]).toContain('datasource="crm"');
  expect(moved[0]?.[0]).toContain('rule="eu-residency"');
  expect((moved[0]?.[1] ?? 0) - (before.get(moved[0]?.[0] ?? '') ?? 0)).toBe(1);
});

test('the message names the columns and the reason, and the detail is one line of JSON', async () => {
  const wire = await gateway.wire(US_AGENT);
  for (const mode of ['simple', 'extended'] as const) {
    const sql = 'SELECT id, email, ssn FROM customers';
    if (mode === 'extended') wire.send(extendedQuery(sql));
    const [error] = errorsOf(mode === 'simple' ? await wire.query(sql) : await wire.replies());
    expect(error).toMatchObject({ S: 'ERROR', C: '42501' });
    expect(error?.M).toMatch(/^\[residency-blocked\] /);
    expect(error?.M).toContain('public.customers.email');
    expect(error?.M).toContain('public.customers.ssn');
    expect(error?.M).toMatch(/\bDE\b|EEA/);
    expect(error?.M).toContain('US');
    expect(JSON.parse(error?.D ?? '')).toEqual({
      code: 'residency-blocked',
      rule: 'eu-residency',
      columns: ['public.customers.email', 'public.customers.ssn'],
    });
    expect(error?.D).not.toContain('\n');
  }
  expect(rowsOf(await wire.query('SELECT city FROM customers WHERE id = 2'))).toEqual([['Paris']]);
  expect(rowsOf(await wire.query('SELECT count(*) FROM customers'))).toEqual([['3']]);
});

test('the form that the hint offers passes', async () => {
  const wire = await gateway.wire(US_AGENT);
  const [error] = errorsOf(await wire.query('SELECT * FROM customers'));
  const offered = /as in (SELECT .*? FROM [\w.]+)/.exec(error?.M ?? '')?.[1] ?? '';
  expect(offered).toContain('SELECT');
  const frames = await wire.query(offered);
  expect(errorsOf(frames)).toEqual([]);
  expect(rowsOf(frames)).toHaveLength(3);
});

test.each<readonly [who: string, claims: Claims, expected: 'passes' | 'is blocked', named: string]>([
  ['an agent in the EEA with a model in the EEA', EU_AGENT, 'passes', ''],
  ['a person in the EEA', EU_PERSON, 'passes', ''],
  ['an agent whose model is in the US', withUsModel, 'is blocked', 'US'],
  ['an agent that does not say where its model is', withoutModel, 'is blocked', 'model_region'],
  ['a person who does not say where they are', { ...EU_PERSON, region: undefined }, 'is blocked', 'region'],
])('%s %s', async (_who, claims, expected, named) => {
  const wire = await gateway.wire(claims);
  const errors = errorsOf(await wire.query('SELECT notes FROM customers'));
  expect(errors.length === 0 ? 'passes' : 'is blocked').toBe(expected);
  if (expected === 'is blocked') {
    expect(errors[0]?.M).toMatch(/^\[residency-blocked\]/);
    expect(errors[0]?.M).toContain(named);
  }
  expect(errorsOf(await wire.query('SELECT city FROM customers'))).toEqual([]);
});

test.each([
  'SELECT * FROM contacts',
  'SELECT count(ssn) FROM customers',
  `SELECT id FROM customers WHERE email = 'x'`,
  'SELECT mail FROM deep_contacts',
  'UPDATE customers SET city = city RETURNING email',
  'SELECT customers FROM customers',
  'COPY customers TO STDOUT',
  'WITH c AS (SELECT ssn FROM customers) SELECT 1 FROM c WHERE ssn IS NULL',
  'SELECT 1 FROM customers JOIN orders ON true WHERE customers.notes IS NOT NULL',
])('does not leave the EEA by %s', async (sql) => {
  const wire = await gateway.wire(US_AGENT);
  expect(errorsOf(await wire.query(sql))).toMatchObject([{ C: '42501' }]);
  for (const secret of CRM_SECRETS) expect(wire.received.toString('latin1')).not.toContain(secret);
});

test("a rule on the datasource's own region ends the connection", async () => {
  const closed = await startTestGateway({
    policy: `version: 1
rules:
  - { id: stay-home, on: { data: [DE] }, reader: { outside: [EEA] }, do: block }
`,
  });
  try {
    const wire = await closed.rawWire();
    const frames = await wire.logIn({ user: 'x', database: 'crm' }, await closed.token(US_AGENT));
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '42501' }]);
    expect(errorsOf(frames)[0]?.M).toContain('US');
    expect(await wire.rest()).toEqual([]);
    expect(rowsOf(await (await closed.wire(EU_AGENT)).query('SELECT 1'))).toEqual([['1']]);
  } finally {
    await closed.close();
  }
});
