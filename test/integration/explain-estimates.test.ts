// What the planner estimates comes from samples of every column, the masked ones too: two databases that differ in
// nothing but masked columns, and are of one size on disk, must give the same plans, in every form of EXPLAIN.
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EU_AGENT, EU_PERSON, startTestGateway, type TestGateway } from '../servers/index.ts';

const POLICY = `version: 1
data: { crm: { public.people: { columns: { ssn: [pii.id] } } } }
rules: [ { id: ids, on: { tags: [pii.id] }, do: { mask: redact }, inference: deny, except: '"support" in human.groups && agent == null' } ]
defaults: { writes: allow }
`;
const dataOf = (secret: string): string => `
CREATE TABLE people (id int PRIMARY KEY, ssn text, city text);
CREATE TABLE towns (id int, name text);
INSERT INTO people SELECT n, ${secret}, 'Berlin' FROM generate_series(1, 20) n;
INSERT INTO towns SELECT n, 'Rome' FROM generate_series(1, 20) n;
CREATE VIEW residents AS SELECT id, city FROM people;
ANALYZE;
`;
const EXPLAINS = [
  'EXPLAIN SELECT id, city FROM people',
  'EXPLAIN SELECT * FROM people',
  'EXPLAIN VERBOSE SELECT ssn FROM people',
  'EXPLAIN (COSTS ON, FORMAT JSON) SELECT * FROM people WHERE id > 10',
  "EXPLAIN (COSTS 'true', FORMAT YAML) (SELECT * FROM residents)",
  'explain(select p from people p)',
  'SELECT 1; EXPLAIN SELECT * FROM people',
  'EXPLAIN UPDATE people SET city = city WHERE id = 1',
];

const gateways: TestGateway[] = [];
const clients: Client[] = [];
beforeAll(async () => {
  for (const secret of [`'short'`, `md5(n::text)`]) {
    const gateway = await startTestGateway({ policy: POLICY, data: dataOf(secret) });
    gateways.push(gateway);
    clients.push(await gateway.connect(EU_AGENT));
  }
});
afterAll(() => Promise.all(gateways.map((gateway) => gateway.close())));

const planOf = async (client: Client, sql: string): Promise<string> =>
  JSON.stringify([await client.query(sql)].flat().map(({ rows }) => rows));

describe('EXPLAIN tells nothing of masked columns', () => {
  test('the two databases do differ to one who may see', async () => {
    const plans = await Promise.all(
      gateways.map(async (one) => planOf(await one.direct(), 'EXPLAIN SELECT * FROM people')),
    );
    expect(plans[0]).not.toBe(plans[1]);
  });

  test.each(EXPLAINS)('%s', async (sql) => {
    const plans = await Promise.all(clients.map((client) => planOf(client, sql)));
    expect(plans[0]).toBe(plans[1]);
    expect(plans[0]).toContain('Scan');
  });

  test('nor when prepared', async () => {
    const text = 'EXPLAIN SELECT * FROM people WHERE id > $1';
    const plans = await Promise.all(
      clients.map(async (one) => (await one.query({ name: 'plan', text, values: [5] })).rows),
    );
    expect(plans[0]).toEqual(plans[1]);
  });

  test('nor of a statement that was prepared', async () => {
    const plans: string[] = [];
    for (const client of clients) {
      await client.query('PREPARE everybody AS SELECT * FROM people');
      plans.push(await planOf(client, 'EXPLAIN EXECUTE everybody'));
    }
    expect(plans[0]).toBe(plans[1]);
  });

  test('estimates of other tables stay, and so do those for a reader who is exempt', async () => {
    const [gateway, client] = [gateways[0], clients[0]];
    if (gateway === undefined || client === undefined) throw new Error('nothing was started');
    expect(await planOf(client, 'EXPLAIN SELECT * FROM towns')).toContain('rows=20');
    const exempt = await gateway.connect({ ...EU_PERSON, groups: ['agents', 'support'] });
    expect(await planOf(exempt, 'EXPLAIN SELECT * FROM people')).toContain('rows=20');
  });
});
