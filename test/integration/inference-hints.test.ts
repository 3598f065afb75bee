// A refusal names a form that would pass: here the form is taken from its words and run.
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EU_PERSON, startTestGateway, type TestGateway } from '../servers/index.ts';

const POLICY = `version: 1
data: { crm: { public.people: { columns: { email: [pii], "Home Phone": [pii], born: [pii], score: [pii], ssn: [id] } } } }
rules:
  - { id: pii, on: { tags: [pii] }, do: { mask: redact }, inference: equality }
  - { id: ids, on: { tags: [id] }, do: { mask: redact }, inference: deny }
`;
const DATA = `CREATE TABLE people (id int, email text, "Home Phone" text, born date, score int, ssn text, name text);
INSERT INTO people VALUES (1, 'ada@bank.example', '1', '1980-01-01', 7, '111', 'Ada')`;
const VALUES: Readonly<Record<string, string>> = { born: '1980-01-01', score: '7' };

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: DATA });
  client = await gateway.connect(EU_PERSON);
});
afterAll(() => gateway.close());

const refusalOf = async (sql: string): Promise<string> =>
  client.query(sql).then(
    () => 'passed',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

describe('a refusal of what equality does not allow', () => {
  test.each([
    `SELECT id FROM people WHERE email > 'a'`,
    `SELECT id FROM people WHERE email BETWEEN 'a' AND 'b'`,
    `SELECT id FROM people WHERE email <> 'a'`,
    `SELECT id FROM people WHERE NOT email = 'a'`,
    `SELECT id FROM people WHERE email LIKE 'a%'`,
    `SELECT id FROM people WHERE email ~ '^a'`,
    `SELECT id FROM people WHERE lower(email) = 'a'`,
    `SELECT id FROM people WHERE email IS NULL`,
    `SELECT id FROM people WHERE email = name`,
    `SELECT id FROM people WHERE "Home Phone" LIKE '1%'`,
    `SELECT id FROM people WHERE born < '1990-01-01'`,
    `SELECT id FROM people WHERE extract(year FROM born) = 1980`,
    `SELECT id FROM people WHERE score + 1 = 8`,
    `SELECT id FROM people WHERE score::text = '7'`,
    `SELECT id FROM people ORDER BY score`,
    `SELECT count(*) FROM people GROUP BY score`,
    `SELECT DISTINCT score FROM people`,
    `SELECT a.id FROM people a JOIN people b ON a.email = b.name`,
    `SELECT 1 / score FROM people`,
    `SELECT email::int FROM people`,
  ])('names a form that passes: %s', async (sql) => {
    const message = await refusalOf(sql);
    expect(message).toMatch(/^\[inference-denied\] SELECT uses public\.people\./);
    const [, one = '', several = ''] = / in WHERE, (.*?) and (.*?) pass, with constants/.exec(message) ?? [];
    const value = VALUES[one.replace(/ = .*/, '')] ?? 'x';
    for (const form of [one, several]) {
      const values = [value, value].slice(0, form.split('$').length - 1);
      await client.query(`SELECT id FROM people WHERE ${form}`, values);
    }
  });

  test.each([
    ['ORDER BY email', 'order by columns that are not masked'],
    ['GROUP BY email, id', 'group by columns that are not masked'],
  ])('says what to do where no condition helps: %s', async (clause, advice) => {
    expect(await refusalOf(`SELECT id FROM people ${clause}`)).toContain(advice);
  });

  test('says that nothing helps where guesses are denied', async () => {
    for (const condition of [`ssn = '1'`, `ssn LIKE '1%'`])
      expect(await refusalOf(`SELECT id FROM people WHERE ${condition}`)).toMatch(
        /rephrasing the condition will not help/,
      );
  });
});
