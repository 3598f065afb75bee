// What the client got is what the transcript shows, and it verifies.
import { join } from 'node:path';
import { verifyAudit } from '@bailiwick/audit';
import type { TranscriptEntry } from '@bailiwick/domain';
import { describeFrames, encodeParse } from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  extendedQuery,
  rowsOf,
  startTap,
  startTestGateway,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA, tls: false });
});
afterAll(() => gateway.close());

async function sessionOf(wire: WireClient): Promise<string> {
  const rows = rowsOf(await wire.query('SHOW bailiwick.session'));
  return rows.find(([name]) => name === 'id')?.[1] ?? '';
}

async function entriesOf(id: string): Promise<TranscriptEntry[]> {
  const entries: TranscriptEntry[] = [];
  for await (const entry of gateway.audit.transcript(id)) entries.push(entry);
  return entries;
}

const messagesOf = (entries: readonly TranscriptEntry[], kind: 'client' | 'upstream'): TranscriptEntry['messages'] =>
  entries.filter((entry) => entry.kind === kind).flatMap(({ messages }) => messages);

test('the frames of both directions are there, byte for byte as on the wire', async () => {
  const tap = await startTap(gateway.port);
  const wire = await gateway.wire(EU_AGENT, { port: tap.port });
  const id = await sessionOf(wire);
  await wire.query('SELECT id, email, ssn FROM customers ORDER BY id');
  wire.send(extendedQuery('SELECT email FROM customers WHERE id = $1', ['1']));
  await wire.replies();
  await wire.query(`SELECT 1 FROM customers WHERE ssn = '1'`);
  await wire.query('BEGIN; SELECT 1/0; COMMIT');
  wire.destroy();
  await expect.poll(async () => (await gateway.audit.session(id))?.endedAt ?? null).not.toBeNull();
  const entries = await entriesOf(id);
  // Startup and authentication are no part of the frames: what follows them ends both streams alike.
  for (const [kind, bytes] of [
    ['upstream', tap.received()],
    ['client', tap.sent()],
  ] as const) {
    const recorded = messagesOf(entries, kind);
    const sizes = recorded.map(({ name, bytes: size }) => `${name} ${size}`);
    const total = recorded.reduce((sum, { bytes: size }) => sum + size, 0);
    const onWire = describeFrames(kind, bytes.subarray(bytes.length - total)).map(
      ({ name, bytes: size }) => `${name} ${size}`,
    );
    expect(sizes.length).toBeGreaterThan(8);
    expect(onWire).toEqual(sizes);
  }
  const text = messagesOf(entries, 'upstream')
    .map((message) => message.text)
    .join('\n');
  expect(text).toContain('a***@berlin.example');
  expect(text).not.toContain('anna.adler');
  await tap.close();
});

test('each statement has its event, its decision and its outcome, in this order and without literals', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const id = await sessionOf(wire);
  await wire.query(`SELECT city FROM customers WHERE name = 'literal-canary'`);
  await wire.query(`SELECT 1 FROM customers WHERE ssn = 'literal-canary'`);
  wire.destroy();
  await expect.poll(async () => (await gateway.audit.session(id))?.endedAt ?? null).not.toBeNull();
  const events = (await entriesOf(id)).flatMap(({ event }) => (event === null ? [] : [event]));
  expect(events[0]?.type).toBe('session.start');
  expect(events.at(-1)?.type).toBe('session.end');
  for (const ordinal of [1, 2]) {
    const types = events.filter((event) => 'ordinal' in event && event.ordinal === ordinal).map(({ type }) => type);
    expect(types).toEqual(['statement', 'decision', 'outcome']);
  }
  expect(events).toContainEqual(expect.objectContaining({ type: 'outcome', outcome: 'refused' }));
  expect(JSON.stringify(events)).not.toContain('literal-canary');
  const statements = await gateway.audit.statements({ sessionId: id, limit: 10 });
  expect(statements.map(({ effect, code }) => [effect, code])).toContainEqual(['block', 'inference-denied']);
});

test('what an exempt reader saw is recorded by commitment only', async () => {
  const wire = await gateway.wire(EU_PERSON);
  const id = await sessionOf(wire);
  expect(rowsOf(await wire.query('SELECT email, city FROM customers WHERE id = 1'))[0]?.[0]).toContain('anna.adler');
  wire.destroy();
  await expect.poll(async () => (await gateway.audit.session(id))?.endedAt ?? null).not.toBeNull();
  const text = messagesOf(await entriesOf(id), 'upstream')
    .map((message) => message.text)
    .join('\n');
  expect(text).toContain('Berlin');
  expect(text).not.toContain('anna.adler');
});

test('a violation is recorded with its reason', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const id = await sessionOf(wire);
  wire.send(encodeParse({ statement: '', sql: 'SELECT 1', parameterTypeOids: [] }), Buffer.from('!\0\0\0\x04'));
  await wire.rest();
  await expect.poll(async () => (await gateway.audit.session(id))?.endedAt ?? null).not.toBeNull();
  const events = (await entriesOf(id)).flatMap(({ event }) => (event === null ? [] : [event]));
  expect(events).toContainEqual(expect.objectContaining({ type: 'violation', peer: 'client' }));
});

test('everything written so far verifies, while the gateway runs', async () => {
  const report = verifyAudit(join(gateway.directory, 'segments'), { spoolDirectory: join(gateway.directory, 'spool') });
  expect(report.faults).toEqual([]);
  expect(report.sessions).toBeGreaterThan(3);
});
