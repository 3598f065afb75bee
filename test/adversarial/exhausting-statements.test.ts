// Texts made to exhaust whoever reads them. Each is answered, mostly by a refusal, and the session goes on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, extendedQuery, rowsOf, startTestGateway, type TestGateway } from '../servers/index.ts';

const POLICY = `version: 1
data: { crm: { public.people: { columns: { ssn: [pii] } } } }
rules: [{ id: hide, on: { tags: [pii] }, do: { mask: redact } }]
`;
const DATA = `CREATE TABLE people (id int, ssn text, city text);
INSERT INTO people VALUES (1, 'canary-of-people', 'Rome')`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: DATA });
});
afterAll(() => gateway.close());

const many = (count: number, text: string, separator = ''): string => Array<string>(count).fill(text).join(separator);
const numbered = (count: number, text: (n: number) => string, separator: string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join(separator);

const REFUSED: readonly (readonly [name: string, sql: string])[] = [
  ['parentheses', `SELECT ${many(100_000, '(')}1${many(100_000, ')')}`],
  ['subqueries', `SELECT * FROM ${many(20_000, '(SELECT * FROM ')}people${many(20_000, ') q')}`],
  ['NOT', `SELECT ${many(100_000, 'NOT ')}true`],
  ['signs', `SELECT ${many(100_000, '- ')}1`],
  ['casts', `SELECT ssn${many(100_000, '::text')} FROM people`],
  ['a sum', `SELECT ${many(100_000, '1', '+')}`],
  ['concatenations', `SELECT ${many(50_000, 'ssn', '||')} FROM people`],
  ['columns', `SELECT ${many(50_000, 'ssn', ',')} FROM people`],
  ['columns in a subquery', `SELECT * FROM (SELECT ${many(50_000, 'ssn', ',')} FROM people) q`],
  ['stars', `SELECT ${many(2_000, 'p.*', ',')} FROM people p`],
  ['a star over a wide join', `SELECT * FROM ${numbered(2_000, (n) => `people p${n}`, ', ')}`],
  ['set operations', many(20_000, 'SELECT ssn FROM people', ' UNION ALL ')],
  ['joins', `SELECT 1 FROM ${numbered(5_000, (n) => `people p${n}`, ' CROSS JOIN ')}`],
  [
    'WITH',
    `WITH ${numbered(5_000, (n) => `q${n} AS (SELECT * FROM ${n === 0 ? 'people' : `q${n - 1}`})`, ', ')} SELECT * FROM q4999`,
  ],
  ['CASE', `SELECT ${many(3_000, 'CASE WHEN true THEN ')}1${many(3_000, ' END')}`],
  ['arrays', `SELECT ${many(20_000, 'ARRAY[')}1${many(20_000, ']')}`],
  ['subscripts', `SELECT ssn${many(100_000, '[1]')} FROM people`],
  ['ten megabytes', `SELECT '${many(10 << 20, 'x')}'`],
  ['ten megabytes of space', `SELECT 1${many(10 << 20, ' ')}`],
  ['statements', many(100_000, 'SELECT 1;')],
  ['comments', many(100_000, '/*')],
  ['comments without end', `SELECT 1 /* ${many(1_000, '/* */')}`],
  ['operators', `SELECT 1 ${many(100_000, '+')} 1`],
  ['dollar quotes', many(100_000, '$a$')],
  ['quotes', many(100_001, '"')],
];

test.each(REFUSED)('%s', async (_name, sql) => {
  const wire = await gateway.wire(EU_AGENT);
  const simple = errorsOf(await wire.query(sql));
  expect(simple).toMatchObject([{ S: 'ERROR' }]);
  expect(simple[0]?.M).toMatch(/^\[(?:unparsed|statement-too-large)\] /);
  wire.send(extendedQuery(sql));
  expect(errorsOf(await wire.replies())).toMatchObject([{ S: 'ERROR' }]);
  expect(rowsOf(await wire.query('SELECT ssn FROM people'))).toEqual([['[redacted]']]);
  wire.destroy();
});

test.each([
  ['a list of constants', `SELECT city FROM people WHERE city IN (${many(50_000, "'Rome'", ',')})`, [['Rome']]],
  ['conditions', `SELECT city FROM people WHERE ${many(3_000, "city = 'Rome'", ' OR ')}`, [['Rome']]],
  ['as many columns as there may be', `SELECT ${many(1_600, '1', ',')}`, [many(1_600, '1,').split(',').slice(0, -1)]],
  [
    'doubling WITH queries',
    `WITH ${numbered(30, (n) => `q${n} AS (SELECT ${n === 0 ? 'ssn' : 'a.ssn || b.ssn AS ssn'} FROM ${n === 0 ? 'people' : `q${n - 1} a, q${n - 1} b LIMIT 1`})`, ', ')} SELECT left(ssn, 1) FROM q12`,
    [['[redacted]']],
  ],
])('is understood: %s', async (_name, sql, rows) => {
  const wire = await gateway.wire(EU_AGENT);
  expect(rowsOf(await wire.query(sql))).toEqual(rows);
  wire.destroy();
});
