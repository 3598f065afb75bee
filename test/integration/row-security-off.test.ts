// pg_dump sets row_security to off. The server then refuses what a row policy would filter: it shows no more than before.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, rowsOf, startTestGateway, type TestGateway } from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

const FENCED = `CREATE TABLE fenced (id int, hidden text);
INSERT INTO fenced VALUES (1, 'one'), (2, 'two');
ALTER TABLE fenced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY first ON fenced USING (id = 1);`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: `${CRM_DATA}${FENCED}` });
});
afterAll(() => gateway.close());

test('row_security = off refuses what a row policy filters', async () => {
  const wire = await gateway.wire(EU_AGENT);
  expect(rowsOf(await wire.query('SELECT * FROM fenced'))).toEqual([['1', 'one']]);
  expect(errorsOf(await wire.query('SET row_security = off'))).toEqual([]);
  for (const sql of ['SELECT * FROM fenced', 'SELECT count(*) FROM fenced', 'DELETE FROM fenced'])
    expect(errorsOf(await wire.query(sql)), sql).toMatchObject([
      { C: '42501', M: expect.stringContaining('row-level security') },
    ]);
  expect(rowsOf(await wire.query('SELECT ssn FROM customers WHERE id = 1'))).toEqual([['****3344']]);
  await wire.query('RESET row_security');
  expect(rowsOf(await wire.query('SELECT * FROM fenced'))).toEqual([['1', 'one']]);
});
