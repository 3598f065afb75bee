// What facts say of values that are written as they are, and of constants that columns are compared with.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shortColumn, startUnderstanding, type Understanding } from './understood.ts';

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});
afterAll(() => understanding.database.drop());

/** `column: literals, $parameters`, sorted. */
const given = (sql: string): readonly string[] =>
  understanding
    .one(sql)
    .given.map(({ columns, literals, parameters }) => {
      const values = [...literals, ...parameters.map((number) => `$${number}`)];
      return `${columns.map(shortColumn).join(' ')}: ${values.join(', ')}`;
    })
    .toSorted();

describe('given values', () => {
  test.each<readonly [string, readonly string[]]>([
    [`UPDATE customers SET ssn = 'a', email = $2`, ['customers.email: $2', 'customers.ssn: a']],
    [`UPDATE customers SET ssn = NULL, email = DEFAULT`, []],
    [`UPDATE customers SET ssn = email`, []],
    [`UPDATE customers SET ssn = ssn || 'a'`, []],
    [`UPDATE customers SET ssn = $1::text`, ['customers.ssn: $1']],
    [`UPDATE customers SET ssn = coalesce($1, 'b', ssn)`, ['customers.ssn: b, $1']],
    [`UPDATE customers SET ssn = CASE id WHEN 7 THEN 'a' ELSE $1 END`, ['customers.ssn: a, $1']],
    [`UPDATE customers SET ssn = replace(ssn, 'a', 'b')`, []],
    [`UPDATE customers SET ssn = s FROM (VALUES ('a'), ($1)) v(s)`, ['customers.ssn: a, $1']],
    [`UPDATE customers SET ssn = s FROM unnest($1::text[]) u(s)`, ['customers.ssn: $1']],
    [`WITH v AS (SELECT 'a' AS s) UPDATE customers SET ssn = s FROM v`, ['customers.ssn: a']],
    [
      `WITH RECURSIVE v(s) AS (SELECT 'a' UNION ALL SELECT s FROM v) UPDATE customers SET ssn = s FROM v`,
      ['customers.ssn: a'],
    ],
    [
      `INSERT INTO customers (ssn, email) VALUES ('a', 'b'), ($1, 'c')`,
      ['customers.email: b, c', 'customers.ssn: a, $1'],
    ],
    [`INSERT INTO customers (ssn) SELECT 'a' UNION ALL SELECT $1`, ['customers.ssn: a, $1']],
    [`INSERT INTO customers (ssn) VALUES ('a') ON CONFLICT DO UPDATE SET ssn = excluded.ssn`, ['customers.ssn: a']],
    [
      `MERGE INTO customers c USING (VALUES ('a')) v(s) ON c.ssn = v.s WHEN MATCHED THEN UPDATE SET email = v.s`,
      ['customers.email: a'],
    ],
    [`SELECT 'a' FROM customers WHERE ssn = 'b'`, []],
  ])('%s', (sql, expected) => {
    expect(given(sql.replace('ON CONFLICT DO', 'ON CONFLICT (id) DO'))).toEqual(expected);
  });
});

/** `columns n` with n constants, `columns $n` with an array that is a parameter, in order. */
const compared = (sql: string): readonly string[] =>
  understanding
    .one(sql)
    .comparisons.map(({ columns, constants, arrays }) =>
      [
        columns?.map(shortColumn).join(' ') ?? '?',
        ...(constants > 0 ? [constants] : []),
        ...arrays.map((one) => `$${one}`),
      ].join(' '),
    );

describe('comparisons with constants', () => {
  test.each<readonly [string, readonly string[]]>([
    [`SELECT 1 FROM customers WHERE ssn = 'a'`, ['customers.ssn 1']],
    [`SELECT 1 FROM customers WHERE ssn = $1 OR ssn IN ($2, 'a', 'b')`, ['customers.ssn 1', 'customers.ssn 3']],
    [`SELECT 1 FROM customers WHERE ssn = ANY ($3)`, ['customers.ssn $3']],
    [`SELECT 1 FROM customers WHERE ssn = ANY (ARRAY['a', $1])`, ['customers.ssn 2']],
    [`SELECT 1 FROM customers WHERE ssn = ANY ('{"a,b",c}')`, ['customers.ssn 3']],
    [`SELECT 1 FROM customers WHERE id = ANY ('1 2 3'::int2vector)`, ['customers.id 3']],
    [
      `SELECT 1 FROM customers WHERE (ssn, email) IN (('a', 'b'), ('c', 'd'))`,
      ['customers.ssn 2', 'customers.email 2'],
    ],
    [
      `SELECT 1 FROM (SELECT ssn AS s FROM customers UNION ALL SELECT email FROM customers) q WHERE s = 'a'`,
      ['customers.ssn customers.email 1'],
    ],
    [`SELECT s, s FROM (SELECT CASE WHEN ssn = 'a' THEN 1 END AS s FROM customers) q ORDER BY s`, ['customers.ssn 1']],
    [`SELECT 1 FROM customers WHERE ssn LIKE 'a' OR ssn > 'b' OR NOT ssn = 'c'`, []],
    [`SELECT 1 FROM customers c JOIN orders o ON c.ssn = o.card`, []],
  ])('%s', (sql, expected) => {
    expect(compared(sql)).toEqual(expected);
  });

  test('many comparisons with a column that many subqueries pass on are each counted once, at once', () => {
    const layers = Array.from(
      { length: 12 },
      (_, at) => `t${at + 1} AS (SELECT s FROM t${at} UNION ALL SELECT s FROM t${at})`,
    );
    const conditions = Array.from({ length: 100 }, (_, at) => `s = 'v${at}'`).join(' OR ');
    const sql = `WITH t0 AS (SELECT ssn AS s FROM customers), ${layers.join(', ')} SELECT 1 FROM t12 WHERE ${conditions}`;
    const started = performance.now();
    expect(compared(sql)).toHaveLength(100);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
