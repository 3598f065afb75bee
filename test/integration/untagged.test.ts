// A table that appears, or a column that is added, is hidden until somebody has looked at it.
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, startTestGateway, type TestGateway } from '../servers/index.ts';

const POLICY = `version: 1
data: { crm: { public.people: { columns: { id: [], name: [], ssn: [pii] } } } }
rules: [{ id: hide, on: { tags: [pii] }, do: { mask: { partial: { keep_last: 4 } } } }]
defaults: { untagged: mask, writes: allow }
`;
const DATA = `CREATE TABLE people (id int, name text, ssn text); INSERT INTO people VALUES (1, 'Ada', '111-22-3344')`;

const rowsOf = async (client: Client, sql: string): Promise<unknown> =>
  [await client.query(sql)].flat().flatMap(({ rows }) => rows);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: DATA });
});
afterAll(() => gateway.close());

test('new columns and tables are hidden at once, and named in the log', async () => {
  const client = await gateway.connect(EU_AGENT);
  expect(await rowsOf(client, 'SELECT * FROM people')).toEqual([{ id: 1, name: 'Ada', ssn: '****3344' }]);
  await client.query("ALTER TABLE people ADD COLUMN phone text DEFAULT '+49-canary'");
  expect(await rowsOf(client, 'SELECT * FROM people')).toEqual([
    { id: 1, name: 'Ada', ssn: '****3344', phone: '[redacted]' },
  ]);
  await client.query("CREATE TABLE fresh AS SELECT 1 AS n, 'canary'::text AS word");
  expect(await rowsOf(client, 'SELECT n, word FROM fresh')).toEqual([{ n: 0, word: '[redacted]' }]);
  await expect(client.query("SELECT 1 FROM fresh WHERE word LIKE 'c%'")).rejects.toMatchObject({ code: '42501' });
  expect(gateway.logText()).toContain('public.people.phone');
  expect(gateway.logText()).toContain('public.fresh');
});

test('under block a statement that touches them is refused, and says which', async () => {
  gateway.usePolicy(POLICY.replace('untagged: mask', 'untagged: block'));
  const client = await gateway.connect(EU_AGENT);
  await expect(client.query('SELECT * FROM people')).rejects.toMatchObject({
    code: '42501',
    message: expect.stringMatching(/touches public\.people\.phone, which the data map does not name/),
  });
  expect(await rowsOf(client, 'SELECT id, name FROM people')).toEqual([{ id: 1, name: 'Ada' }]);
});
