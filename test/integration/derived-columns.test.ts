// What is computed from regulated columns: a constant of its type, or a refusal; never a cell, a part or a bit of one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, extendedQuery, rowsOf, startTestGateway, type TestGateway } from '../servers/index.ts';
import { ATTACKS } from './fixtures/attacks.ts';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ holdMs: 50, policy: MASKING_POLICY, data: CRM_DATA });
});
afterAll(() => gateway.close());

const ONE = 'FROM customers WHERE id = 1';
const REDACTED = '[redacted]';

test.each<readonly [sql: string, row: readonly (string | null)[]]>([
  [`SELECT email AS id, id AS email ${ONE}`, ['a***@berlin.example', '1']],
  [`SELECT lower(email), upper(city) ${ONE}`, [REDACTED, 'BERLIN']],
  [`SELECT email || '', ssn || ssn ${ONE}`, [REDACTED, REDACTED]],
  [`SELECT substr(ssn, 1, 3), reverse(ssn), left(ssn, 3) ${ONE}`, [REDACTED, REDACTED, REDACTED]],
  [`SELECT email::varchar, ssn::bpchar ${ONE}`, [REDACTED, REDACTED]],
  [`SELECT balance * 1000, round(balance, 1) ${ONE}`, ['0', '0']],
  [`SELECT length(ssn), ascii(ssn) ${ONE}`, ['0', '0']],
  [`SELECT coalesce(email, 'none'), greatest(email, 'zzz') ${ONE}`, [REDACTED, REDACTED]],
  [`SELECT CASE WHEN id = 1 THEN email ELSE 'x' END ${ONE}`, [REDACTED]],
  [`SELECT (SELECT email FROM customers c WHERE c.id = customers.id) || '' ${ONE}`, [REDACTED]],
  [`SELECT age(birth_date), extract(year FROM birth_date) ${ONE}`, ['00:00:00', '0']],
  [`SELECT md5(ssn), repeat('x', 2) || ssn ${ONE}`, [REDACTED, REDACTED]],
  ['SELECT max(email), min(balance), count(*) FROM customers', [REDACTED, '0', '3']],
  ["SELECT string_agg(ssn, ','), sum(score) FROM customers", [REDACTED, '0']],
  [`SELECT count(id), max(city) ${ONE}`, ['1', 'Berlin']],
  [`SELECT mail || 'x' FROM contacts WHERE id = 1`, [REDACTED]],
  [`WITH c AS (SELECT id, ssn AS s FROM customers) SELECT s || '' FROM c WHERE id = 1`, [REDACTED]],
  [`SELECT u.s FROM (SELECT ssn AS s, id FROM customers UNION ALL SELECT 'x', 9) u WHERE id = 1`, [REDACTED]],
])('%s', async (sql, row) => {
  for (const mode of ['simple', 'extended'] as const) {
    const wire = await gateway.wire(EU_AGENT);
    if (mode === 'extended') wire.send(extendedQuery(sql));
    const frames = mode === 'simple' ? await wire.query(sql) : await wire.replies();
    expect(errorsOf(frames)).toEqual([]);
    expect(rowsOf(frames)).toEqual([row]);
    wire.destroy();
  }
});

test.each([
  `SELECT id FROM customers WHERE ssn = '111-22-3344'`,
  `SELECT id FROM customers WHERE email LIKE 'a%'`,
  'SELECT id FROM customers WHERE balance > 15000',
  'SELECT id FROM customers WHERE length(email) = 25',
  'SELECT id FROM customers ORDER BY ssn',
  'SELECT ssn FROM customers ORDER BY 1',
  'SELECT DISTINCT ssn FROM customers',
  'SELECT email, count(*) FROM customers GROUP BY email',
  `SELECT CASE WHEN ssn LIKE '1%' THEN 1 ELSE 0 END FROM customers`,
  `SELECT count(*) FILTER (WHERE ssn LIKE '1%') FROM customers`,
  `SELECT 1 FROM customers a JOIN customers b ON a.ssn < b.ssn`,
  `SELECT id FROM customers WHERE EXISTS (SELECT 1 FROM customers c WHERE c.ssn LIKE '1%' AND c.id = customers.id)`,
  'SELECT id FROM customers LIMIT (SELECT score FROM customers WHERE id = 1)',
  'SELECT generate_series(1, length(ssn)) FROM customers',
  `SELECT ssn FROM customers UNION SELECT '111-22-3344'`,
  `SELECT row_number() OVER (ORDER BY ssn) FROM customers`,
  `UPDATE customers SET city = 'x' WHERE ssn LIKE '1%'`,
  `DELETE FROM customers WHERE balance > 15000`,
  // Whether it fails is one bit a row.
  'SELECT 1 / (score - 987654321) FROM customers',
  'SELECT score + 1159829326 FROM customers',
  'SELECT (balance * 100000)::int FROM customers',
  'SELECT sqrt(15234 - balance) FROM customers',
  "SELECT (CASE WHEN ssn IS NULL THEN 'x' ELSE ssn END)::int FROM customers",
  'SELECT email::uuid FROM customers',
  "SELECT repeat('x', score::int) FROM customers",
  "SELECT 'x' LIKE email FROM customers",
])('is refused as a probe: %s', async (sql) => {
  const wire = await gateway.wire(EU_AGENT);
  const [error] = errorsOf(await wire.query(sql));
  expect(error).toMatchObject({ S: 'ERROR', C: '42501' });
  expect(error?.M).toMatch(/^\[inference-denied\] .*public\.customers\.(ssn|email|balance|score)/);
  expect(await gateway.sql(`SELECT count(*)::int AS n FROM customers WHERE city = 'x'`)).toEqual([{ n: 0 }]);
});

test.each(ATTACKS.map((sql) => [sql]))('shows nothing: %s', async (sql) => {
  for (const mode of ['simple', 'extended'] as const) {
    const wire = await gateway.wire(EU_AGENT);
    if (mode === 'extended') wire.send(extendedQuery(sql));
    if (mode === 'simple') await wire.query(sql);
    else await wire.replies();
    // What it may have left behind must not be readable either.
    for (const name of ['stolen', 'leak', 'runs']) await wire.query(`SELECT * FROM ${name}`);
    await wire.query('SELECT city FROM customers');
    const bytes = wire.received.toString('latin1');
    for (const secret of CRM_SECRETS) expect(bytes, `${mode}: ${secret}`).not.toContain(secret);
    wire.destroy();
  }
});
