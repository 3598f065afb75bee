import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TranscriptEntry } from '@bailiwick/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  collect,
  frameRun,
  type ScratchLog,
  scratchLog,
  sessionInfo,
  statementEvent,
} from '../fixtures/scratch-log.ts';

let scratch: ScratchLog;
beforeEach(() => {
  scratch = scratchLog();
});
afterEach(() => scratch.remove());

/** One session over several segments; the log stays open behind it, as in a running gateway. */
async function recorded(): Promise<{ log: ReturnType<ScratchLog['open']>; segments: string[] }> {
  const log = scratch.open({ segmentBytesMax: 2000 });
  const transcript = log.open(sessionInfo('ses_one'));
  for (let ordinal = 1; ordinal <= 12; ordinal++) {
    transcript.event(statementEvent(ordinal));
    transcript.frames(frameRun('client', 'Q', `select ${ordinal}`));
    await transcript.durable();
  }
  transcript.end('done');
  await transcript.durable();
  const { segmentsDirectory } = scratch.options;
  const names = readdirSync(segmentsDirectory).filter((name) => name.endsWith('.bwseg'));
  return { log, segments: names.sort().map((name) => join(segmentsDirectory, name)) };
}

/** What a transcript shows before it ends, and the error that it ends with. */
async function readUntilError(
  entries: AsyncIterable<TranscriptEntry>,
): Promise<{ shown: TranscriptEntry[]; message: string }> {
  const shown: TranscriptEntry[] = [];
  try {
    for await (const entry of entries) shown.push(entry);
  } catch (error) {
    return { shown, message: error instanceof Error ? error.message : '' };
  }
  return { shown, message: '' };
}

/** Flips a bit in the last occurrence of `text` in a file, or at an offset from it. */
function damage(path: string, text: string, offset = 0): void {
  const bytes = readFileSync(path);
  const at = bytes.lastIndexOf(text) + offset;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  writeFileSync(path, bytes);
}

describe('a transcript that was tampered with ends at the first record that does not verify', () => {
  test('an event', async () => {
    const { log, segments } = await recorded();
    damage(segments[1] ?? '', '"statement"', 40);
    const { shown, message } = await readUntilError(log.transcript('ses_one'));
    expect(message).toMatch(/transcript of ses_one does not verify: record \d+ was altered/);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.map((entry) => entry.sequence)).toEqual([1, ...shown.slice(1).map((_, at) => at + 3)]);
    await log.close();
  });

  test('a body', async () => {
    const { log, segments } = await recorded();
    const path = segments[1] ?? '';
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 250 - 200) ^ 1, bytes.length - 250 - 200);
    writeFileSync(path, bytes);
    expect((await readUntilError(log.transcript('ses_one'))).message).toContain('does not verify');
    await log.close();
  });

  test('a segment that is gone from its middle', async () => {
    const { log, segments } = await recorded();
    rmSync(segments[1] ?? '');
    expect((await readUntilError(log.transcript('ses_one'))).message).toContain('segment 2 of the log is missing');
    await log.close();
  });

  test('wrapped keys', async () => {
    const { log, segments } = await recorded();
    const path = segments[0] ?? '';
    const bytes = readFileSync(path);
    // The key record is the session's second: its last byte stands right before the first statement's record.
    const statementAt = bytes.indexOf('"type":"statement"') - 1 - 100 - 'ses_one'.length;
    bytes.writeUInt8(bytes.readUInt8(statementAt - 1) ^ 1, statementAt - 1);
    writeFileSync(path, bytes);
    const { shown, message } = await readUntilError(log.transcript('ses_one'));
    expect(message).toContain('record 2 holds session keys that do not unwrap');
    expect(shown).toHaveLength(1);
    await log.close();
  });
});

test('needs no index, and an unknown session has no entries', async () => {
  const { log } = await recorded();
  const whole = await collect(log.transcript('ses_one'));
  expect(whole).toHaveLength(26);
  await log.close();
  rmSync(scratch.options.indexPath);
  const again = scratch.open({ indexPath: join(scratch.directory, 'audit.key', 'no-such-place.db') });
  await expect(again.session('ses_one')).rejects.toThrow(/index/);
  expect(await collect(again.transcript('ses_one'))).toEqual(whole);
  expect(await collect(again.transcript('ses_two'))).toEqual([]);
  await again.close();
});

test('a session that a crash ended is not looked for behind the next start', async () => {
  const log = scratch.open();
  log.open(sessionInfo('ses_cut')).flush();
  await log.close();
  const again = scratch.open();
  again.open(sessionInfo('ses_new')).end('done');
  const entries = await collect(again.transcript('ses_cut'));
  expect(entries.map((entry) => entry.event?.type)).toEqual(['session.start']);
  await again.close();
});
