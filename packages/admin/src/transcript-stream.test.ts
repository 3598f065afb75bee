import { GatewayError, type TranscriptEntry } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { transcriptJson } from './transcript-stream.ts';

const entry = (sequence: number): TranscriptEntry => ({ sequence, at: 0, kind: 'client', event: null, messages: [] });

async function* entries(count: number, end?: Error): AsyncGenerator<TranscriptEntry> {
  for (let sequence = 1; sequence <= count; sequence += 1) yield entry(sequence);
  if (end !== undefined) throw end;
}

async function read(source: AsyncIterable<TranscriptEntry>): Promise<Record<string, unknown>> {
  let text = '';
  for await (const part of transcriptJson(source, () => {})) text += part;
  return JSON.parse(text) as Record<string, unknown>;
}

test.each([0, 1, 3])('%i entries are one JSON object', async (count) => {
  const { items, next, fault } = await read(entries(count));
  expect([(items as unknown[]).length, next, fault]).toEqual([count, null, null]);
});

test.each([0, 2])('a record that does not verify after %i entries ends the list and is named', async (count) => {
  const { items, fault } = await read(
    entries(count, new GatewayError('audit-unavailable', 'record 3 does not verify')),
  );
  expect([(items as unknown[]).length, fault]).toEqual([count, 'record 3 does not verify']);
});

test('what other errors say is not told', async () => {
  const { fault } = await read(entries(1, new Error('canary')));
  expect(fault).toBe('The transcript could not be read any further.');
});
