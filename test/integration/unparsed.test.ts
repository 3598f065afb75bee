// What is not understood does not run where anything is regulated.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedQuery,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
});
afterAll(() => gateway.close());

test.each([
  'SELEC 1',
  'SELECT 1 FROM',
  '\\d customers',
  `SELECT 'unterminated`,
  'SELECT 1; garbage here; SELECT 2',
  `SELECT ${'('.repeat(3000)}1${')'.repeat(3000)}`,
  'SELECT $$open',
  '/* never closed',
])('%s', async (sql) => {
  const wire = await gateway.wire(EU_AGENT);
  const before = /bailiwick_unparsed_total\{[^}]*\} (\d+)/.exec(await gateway.metrics())?.[1] ?? '0';
  await wire.query('BEGIN');
  const frames = await wire.query(sql);
  expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', C: '42501' }]);
  expect(errorsOf(frames)[0]?.M).toMatch(/^\[unparsed\] /);
  expect(statusOf(frames)).toBe('E');
  await wire.query('ROLLBACK');
  wire.send(extendedQuery(sql));
  expect(errorsOf(await wire.replies())).toMatchObject([{ S: 'ERROR', C: '42501' }]);
  expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  const after = /bailiwick_unparsed_total\{[^}]*\} (\d+)/.exec(await gateway.metrics())?.[1];
  expect(Number(after) - Number(before)).toBe(2);
});

test('an empty query is none', async () => {
  const wire = await gateway.wire(EU_AGENT);
  for (const sql of ['', ' ;; ', '-- only a comment']) {
    const frames = await wire.query(sql);
    expect(frames.map(({ type }) => type).join('')).toBe('IZ');
    wire.send(extendedQuery(sql));
    expect(errorsOf(await wire.replies())).toEqual([]);
  }
});
