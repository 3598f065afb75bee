// `do: detect` end to end: what is found in a text is replaced in it, in text and in binary, and whatever is made of the
// column counts as masked.
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EU_AGENT, startTestGateway, type TestGateway } from '../servers/index.ts';

const POLICY = `version: 1
data:
  crm:
    public.tickets: { columns: { body: [t.text], meta: [t.text], lines: [t.text], code: [t.text], short: [t.text],
      at: [t.text], number: [t.text], pair: [t.text, t.more], hidden: [t.text, t.hidden], seen: [t.text, t.seen] } }
rules:
  - { id: notes, on: { tags: [t.text] }, do: { detect: [email, card, iban, national_id, phone] }, except: '"support" in human.groups && agent == null' }
  - { id: more, on: { tags: [t.more] }, do: { detect: [ip] } }
  - { id: hidden, on: { tags: [t.hidden] }, do: { mask: redact } }
`;
const DATA = `
CREATE TABLE tickets (id int, body text, meta jsonb, lines text[], code varchar, short varchar(20), at timestamptz,
  number int8, pair text, hidden text, seen text);
INSERT INTO tickets VALUES
  (1, 'Mail anna.quartz@example.org or call +49 30 901820, card 4111 1111 1111 1111.', '{"note": "4111\\u00201111 1111 1111"}',
   ARRAY['DE89 3704 0044 0532 0130 00', NULL, 'plain'], 'SKU-4410', 'a@quartz.example', now(), 4111111111111111,
   'a@quartz.example from 203.0.113.77', 'plain', 'plain'),
  (2, 'Order 4471 shipped on 2024-03-12.', '{"note": "plain"}', '{}', NULL, 'plain', NULL, 4711, 'plain', NULL, 'plain');`;

let gateway: TestGateway;
let reader: Client;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: DATA });
  reader = await gateway.connect(EU_AGENT);
});
afterAll(() => gateway.close());

async function fetchRows(columns: string, binary: boolean): Promise<(string | null)[][]> {
  const types = { getTypeParser: () => (cell: Buffer | string | null) => (cell === null ? null : String(cell)) };
  const query = { text: `SELECT ${columns} FROM tickets`, rowMode: 'array', types, binary } as const;
  return (await reader.query(query)).rows as (string | null)[][];
}

describe.each([false, true])('in binary: %s', (binary) => {
  test('what is found is replaced, and the rest is shown', async () => {
    expect(await fetchRows('body, code, short, pair', binary)).toEqual([
      [
        'Mail [redacted:email] or call [redacted:phone], card [redacted:card].',
        'SKU-4410',
        '[redacted:email]',
        '[redacted:email] from [redacted:ip]',
      ],
      ['Order 4471 shipped on 2024-03-12.', null, 'plain', 'plain'],
    ]);
  });

  test('a mask is stricter, an exception is none for others, and what cannot be searched is hidden', async () => {
    const rows = await fetchRows('hidden, seen', binary);
    expect(rows).toEqual([
      ['[redacted]', 'plain'],
      [null, 'plain'],
    ]);
    const [[meta] = [], [other] = []] = await fetchRows('meta', binary);
    expect([meta?.replace('\u0001', ''), other?.replace('\u0001', '')]).toEqual(['{}', '{"note": "plain"}']);
  });
});

test('elements of arrays, numbers and moments', async () => {
  expect(await fetchRows('lines, number, at', false)).toEqual([
    ['{[redacted:iban],NULL,plain}', '0', '1970-01-01 00:00:00+00'],
    ['{}', '4711', null],
  ]);
});

test.each([
  ['lower(body)', '[redacted]'],
  ["body || ''", '[redacted]'],
  ['reverse(short)', '[redacted]'],
])('%s is a constant', async (expression, constant) => {
  expect(await fetchRows(expression, false)).toEqual([[constant], [constant]]);
});

test.each([
  'SELECT number + 1 FROM tickets',
  "SELECT id FROM tickets WHERE body LIKE '%quartz%'",
  'SELECT id FROM tickets ORDER BY body',
  'CREATE TABLE copy AS SELECT body FROM tickets',
])('%s is refused', async (sql) => {
  await expect(reader.query(sql)).rejects.toMatchObject({ code: '42501' });
});

test('what was looked at is counted', async () => {
  await reader.query('SELECT body FROM tickets');
  expect(await gateway.metrics()).toMatch(/masked_values_total\{[^}]*mask="detect"[^}]*\} \d+/);
});
