// The trace of frames: both legs of a session as golden text, and nothing in it that could be a value.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, extendedQuery, startTestGateway, type TestGateway } from '../servers/index.ts';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from './fixtures/crm.ts';

const lines: string[] = [];
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA, trace: (line) => lines.push(line) });
});
afterAll(() => gateway.close());

/** One leg's lines without what differs from run to run: oids of the test's tables, lengths of the server's own texts. */
function leg(name: 'client' | 'upstream'): string[] {
  return lines
    .map((line) => line.split('\t').slice(1))
    .filter(([which]) => which === name || which === 'both')
    .map(([, letter = '', length = '', message = '', text = '']) => {
      const shape = message === 'RowDescription' ? text.replaceAll(/\b\d{5,}\b/g, 'OID') : text;
      return [letter, message === 'ErrorResponse' ? 'n' : length, message, shape].join(' ').trimEnd();
    });
}

test('a session of a masked row, a refusal and a bound value', async () => {
  const wire = await gateway.wire(EU_AGENT, { version: 3.2 });
  lines.length = 0;
  await wire.query(`SELECT id, email FROM customers WHERE id = 1 AND name <> 'canary'`);
  await wire.query(`SELECT 1 FROM customers WHERE ssn = '111-22-3344'`);
  wire.send(extendedQuery('SELECT email FROM customers WHERE id = $1', ['2']));
  await wire.replies();
  expect(leg('client')).toEqual([
    'F 70 Query "SELECT id, email FROM customers WHERE id = $1 AND name <> $2"',
    'B 51 RowDescription 2 ? OID 1 23 4 -1 0 ? OID 3 25 -1 -1 0',
    'B 34 DataRow 2 ? ?',
    'B 13 CommandComplete "SELECT 1"',
    'B 5 ReadyForQuery I',
    'F 54 Query "SELECT $1 FROM customers WHERE ssn = $2"',
    'B n ErrorResponse S ? V "ERROR" C "42501" M ? D ? H ?',
    'B 5 ReadyForQuery I',
    'F 49 Parse "" "SELECT email FROM customers WHERE id = $1" 0',
    'F 17 Bind "" "" 0 1 ? 0',
    'F 6 Describe P ""',
    'F 9 Execute "" 0',
    'F 4 Sync',
    'B 4 ParseComplete',
    'B 4 BindComplete',
    'B 30 RowDescription 1 ? OID 3 25 -1 -1 0',
    'B 28 DataRow 1 ?',
    'B 13 CommandComplete "SELECT 1"',
    'B 5 ReadyForQuery I',
  ]);
  // What was refused never went there, and the gateway has asked for a description of its own.
  expect(leg('upstream')).toEqual([
    'F 70 Query "SELECT id, email FROM customers WHERE id = $1 AND name <> $2"',
    'B 51 RowDescription 2 ? OID 1 23 4 -1 0 ? OID 3 25 -1 -1 0',
    'B 40 DataRow 2 ? ?',
    'B 13 CommandComplete "SELECT 1"',
    'B 5 ReadyForQuery I',
    'F 25 Query "refused by bailiwick"',
    'B n ErrorResponse S ? V "ERROR" C "42601" M ? P ? F ? L ? R ?',
    'B 5 ReadyForQuery I',
    'F 49 Parse "" "SELECT email FROM customers WHERE id = $1" 0',
    'F 6 Describe S ""',
    'F 17 Bind "" "" 0 1 ? 0',
    'F 6 Describe P ""',
    'F 9 Execute "" 0',
    'F 4 Sync',
    'B 4 ParseComplete',
    'B 10 ParameterDescription 1 23',
    'B 30 RowDescription 1 ? OID 3 25 -1 -1 0',
    'B 4 BindComplete',
    'B 30 RowDescription 1 ? OID 3 25 -1 -1 0',
    'B 35 DataRow 1 ?',
    'B 13 CommandComplete "SELECT 1"',
    'B 5 ReadyForQuery I',
  ]);
  expect(new Set(lines.map((line) => line.split('\t')[0])).size).toBe(1);
});

test('no value of the data, of the statement or of a parameter is in it', () => {
  const text = lines.join('\n');
  expect(text).toContain('Bind');
  for (const secret of [...CRM_SECRETS, 'canary', '***']) expect(text).not.toContain(secret);
});

test('nothing else is heard of: neither keys nor tokens', async () => {
  const wire = await gateway.wire(EU_AGENT, { version: 3.2 });
  const text = lines.join('\n');
  expect(text).toContain('BackendKeyData\t?');
  expect(text).not.toContain('eyJ');
  expect(text).not.toContain(String(wire.key?.processId));
});
