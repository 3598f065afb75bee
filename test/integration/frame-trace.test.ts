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

/** Without what differs from run to run: the session, oids of the test's tables, lengths of the server's own texts. */
function stable(line: string): string {
  const [, leg = '', letter = '', length = '', name = '', text = ''] = line.split('\t');
  const shape = text.replaceAll(/\b\d{5,}\b/g, 'OID');
  return [leg, letter, name === 'ErrorResponse' ? 'n' : length, name, shape].join(' ').trimEnd();
}

test('a session of a masked row, a refusal and a bound value', async () => {
  const wire = await gateway.wire(EU_AGENT, { version: 3.2 });
  lines.length = 0;
  await wire.query(`SELECT id, email FROM customers WHERE id = 1 AND name <> 'canary'`);
  await wire.query(`SELECT 1 FROM customers WHERE ssn = '111-22-3344'`);
  wire.send(extendedQuery('SELECT email FROM customers WHERE id = $1', ['2']));
  await wire.replies();
  expect(lines.map(stable)).toEqual([
    'both F 69 Query "SELECT id, email FROM customers WHERE id = $1 AND name <> $2"',
    'upstream B 49 RowDescription 2 ? OID 1 23 4 -1 0 ? OID 3 25 -1 -1 0',
    'upstream B 39 DataRow 2 ? ?',
    'upstream B 13 CommandComplete "SELECT 1"',
    'upstream B 5 ReadyForQuery I',
    'client B 49 RowDescription 2 ? OID 1 23 4 -1 0 ? OID 3 25 -1 -1 0',
    'client B 33 DataRow 2 ? ?',
    'client B 13 CommandComplete "SELECT 1"',
    'client B 5 ReadyForQuery I',
    'client F 54 Query "SELECT $1 FROM customers WHERE ssn = $2"',
    'upstream F 25 Query ?',
    'upstream B n ErrorResponse S ? V "ERROR" C "42601" M ? P ? F ? L ? R ?',
    'upstream B 5 ReadyForQuery I',
    'client B n ErrorResponse S ? V "ERROR" C "42501" M ? D ? H ?',
    'client B 5 ReadyForQuery I',
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
