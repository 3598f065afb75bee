import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  collect,
  frameRun,
  type ScratchLog,
  scratchLog,
  sessionInfo,
  statementEvent,
} from '../fixtures/scratch-log.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { verifyAudit } from '../verify/verify-audit.ts';

let scratch: ScratchLog;
beforeEach(() => {
  scratch = scratchLog();
});
afterEach(() => scratch.remove());

/**
 * A directory as a killed process leaves it: an unsealed spool file with one session in it. Made by copying the files
 * of a log that is still open, because the lock of a living process cannot be taken over.
 */
async function killed(events = 3): Promise<{ log: ScratchLog; spool: string }> {
  const running = scratch.open();
  const transcript = running.open(sessionInfo('ses_one'));
  for (let ordinal = 1; ordinal <= events; ordinal++) transcript.event(statementEvent(ordinal));
  transcript.frames(frameRun('client', 'Q', 'select 1'));
  transcript.flush();
  await running.sessions({ limit: 1 });
  const left = scratchLog();
  for (const name of ['spool', 'segments']) {
    const source = join(scratch.directory, name);
    const target = join(left.directory, name);
    rmSync(target, { recursive: true, force: true });
    copyTree(source, target);
  }
  for (const name of ['audit.key', 'audit.pub', 'body.key']) {
    copyFileSync(join(scratch.directory, name), join(left.directory, name));
  }
  await running.close();
  return { log: left, spool: join(left.options.spoolDirectory, '0000000001.bwspool') };
}

function copyTree(source: string, target: string): void {
  mkdirSync(target, { mode: 0o700 });
  for (const name of readdirSync(source)) {
    if (!name.startsWith('lock.db')) copyFileSync(join(source, name), join(target, name));
  }
}

describe('after a crash', () => {
  test('the spool is sealed, its sessions read back as ended, and the log goes on', async () => {
    const { log } = await killed();
    const again = log.open();
    expect(await collect(again.transcript('ses_one'))).toHaveLength(5);
    expect(await again.session('ses_one')).toMatchObject({ endReason: 'the gateway stopped', statements: 3 });
    again.open(sessionInfo('ses_two')).end('done');
    await again.close();
    expect(verifyAudit(log.options.segmentsDirectory)).toMatchObject({
      clean: true,
      sessions: 2,
      files: { length: 2 },
    });
    log.remove();
  });

  test('a torn last record is cut off wherever it is torn, and the cut is on record', async () => {
    const { log, spool } = await killed();
    const whole = readFileSync(spool);
    const records = recordOffsets(whole);
    const last = records.at(-1) ?? 0;
    for (const size of [last + 1, last + 5, last + 8, last + 50, last + 103, last + 150, whole.length - 1]) {
      const torn = scratchLog();
      copyInto(log, torn);
      truncateSync(join(torn.options.spoolDirectory, '0000000001.bwspool'), size);
      const again = torn.open();
      expect([size, (await collect(again.transcript('ses_one'))).length]).toEqual([size, 4]);
      await again.close();
      expect([size, verifyAudit(torn.options.segmentsDirectory).faults]).toEqual([size, []]);
      const text = readFileSync(join(torn.options.segmentsDirectory, '0000000001.bwseg'), 'latin1');
      expect(text).toContain(`"${size - last} bytes of an incomplete record were cut off at byte ${last}"`);
      torn.remove();
    }
    log.remove();
  });

  test('zeros that a power failure left are cut off like a torn record', async () => {
    const { log, spool } = await killed();
    const whole = readFileSync(spool);
    const last = recordOffsets(whole).at(-1) ?? 0;
    for (const from of [last, last + 60, whole.length - 32, whole.length]) {
      const torn = scratchLog();
      copyInto(log, torn);
      const bytes = Buffer.concat([whole, Buffer.alloc(4096)]);
      bytes.fill(0, from);
      writeFileSync(join(torn.options.spoolDirectory, '0000000001.bwspool'), bytes);
      const again = torn.open();
      await again.close();
      expect([from, verifyAudit(torn.options.segmentsDirectory).faults]).toEqual([from, []]);
      torn.remove();
    }
    log.remove();
  });

  test('a file that is not even a whole header is dropped, and that is on record', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('BWAUDIT\n\0'), Buffer.alloc(SEGMENT_HEADER_BYTES)]) {
      const log = scratchLog();
      await log.open().close();
      writeFileSync(join(log.options.spoolDirectory, '0000000002.bwspool'), bytes);
      await log.open().close();
      expect(verifyAudit(log.options.segmentsDirectory)).toMatchObject({ clean: true, files: { length: 2 } });
      const text = readFileSync(join(log.options.segmentsDirectory, '0000000002.bwseg'), 'latin1');
      expect(text.includes('incomplete segment header')).toBe(bytes.length > 0);
      log.remove();
    }
  });

  test('a sealed file that was not moved yet is moved', async () => {
    const log = scratchLog();
    await log.open().close();
    await log.open().close();
    const { segmentsDirectory, spoolDirectory } = log.options;
    renameSync(join(segmentsDirectory, '0000000002.bwseg'), join(spoolDirectory, '0000000002.bwspool'));
    await log.open().close();
    expect(verifyAudit(segmentsDirectory)).toMatchObject({ clean: true, files: { length: 3 } });
    log.remove();
  });
});

describe('what a crash cannot explain stops the start, and the file stays as it is', () => {
  const refused = async (log: ScratchLog, spool: string, message: RegExp): Promise<void> => {
    const before = readFileSync(spool);
    expect(() => log.open()).toThrow(message);
    expect(readFileSync(spool).equals(before)).toBe(true);
    expect(() => log.open()).toThrow(spool);
    log.remove();
  };

  test('any flipped bit', async () => {
    const { log, spool } = await killed(1);
    const whole = readFileSync(spool);
    for (let at = 0; at < whole.length; at += 3) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(whole.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(spool, bytes);
      expect(() => log.open(), `byte ${at}`).toThrow(/0000000001\.bwspool at byte \d+/);
      expect(readFileSync(spool).equals(bytes)).toBe(true);
    }
    log.remove();
  });

  test('a record that is missing from the middle', async () => {
    const { log, spool } = await killed();
    const whole = readFileSync(spool);
    const offsets = recordOffsets(whole);
    writeFileSync(spool, Buffer.concat([whole.subarray(0, offsets[1]), whole.subarray(offsets[2])]));
    await refused(log, spool, /does not link/);
  });

  test('bytes behind the last record that are no beginning of one', async () => {
    const { log, spool } = await killed();
    appendFileSync(spool, 'something else that is long enough to be judged');
    await refused(log, spool, /not a record/);
  });

  test('a spool that does not follow the last segment', async () => {
    const { log, spool } = await killed();
    const other = scratchLog();
    await other.open().close();
    copyFileSync(join(log.directory, 'audit.key'), join(other.directory, 'audit.key'));
    copyFileSync(spool, join(other.options.spoolDirectory, '0000000001.bwspool'));
    expect(() => other.open()).toThrow(/audit\.pub is not the public half/);
    other.remove();
    const same = scratchLog();
    copyInto(log, same);
    await same.open().close();
    const renamed = join(log.options.spoolDirectory, '0000000007.bwspool');
    renameSync(spool, renamed);
    expect(() => log.open()).toThrow(/name and its header disagree/);
    renameSync(renamed, spool);
    await log.open().close();
    const { segmentsDirectory } = log.options;
    for (const name of ['0000000001.bwseg', '0000000002.bwseg']) rmSync(join(segmentsDirectory, name));
    await log.open({ indexPath: join(log.directory, 'fresh.db') }).close();
    copyFileSync(
      join(same.options.segmentsDirectory, '0000000002.bwseg'),
      join(log.options.spoolDirectory, '0000000002.bwspool'),
    );
    expect(() => log.open()).toThrow(/does not follow segment 1/);
    same.remove();
    log.remove();
  });

  test('two files that were never sealed', async () => {
    const { log, spool } = await killed();
    const second = join(log.options.spoolDirectory, '0000000002.bwspool');
    copyFileSync(spool, second);
    await refused(log, second, /never sealed/);
  });

  test('a last segment without its seal', async () => {
    await scratch.open().close();
    const path = join(scratch.options.segmentsDirectory, '0000000001.bwseg');
    truncateSync(path, recordOffsets(readFileSync(path)).at(-1));
    expect(() => scratch.open()).toThrow(/not sealed/);
  });
});

describe('keys', () => {
  test('are made while the log is empty and never afterwards', async () => {
    await scratch.open().close();
    for (const name of ['audit.key', 'body.key']) {
      const path = join(scratch.directory, name);
      const kept = readFileSync(path);
      rmSync(path);
      expect(() => scratch.open()).toThrow(/is missing and the log is not empty/);
      expect(existsSync(path)).toBe(false);
      writeFileSync(path, 'not a key');
      expect(() => scratch.open()).toThrow(path);
      writeFileSync(path, kept);
    }
    await scratch.open().close();
  });

  test('that sign for another log are refused', async () => {
    await scratch.open().close();
    const other = scratchLog();
    await other.open().close();
    copyFileSync(join(other.directory, 'audit.key'), join(scratch.directory, 'audit.key'));
    for (const name of ['audit.pub', 'segments/audit.pub']) rmSync(join(scratch.directory, name));
    expect(() => scratch.open()).toThrow(/another signing key/);
    other.remove();
  });
});

test('a spool belongs to one log at a time', async () => {
  const log = scratch.open();
  expect(() => scratch.open()).toThrow(/in use by another process/);
  await log.close();
  await scratch.open().close();
});

test('a log that was rolled back behind the index says so in its transcript', async () => {
  await scratch.open().close();
  const log = scratch.open();
  log.open(sessionInfo('ses_gone')).end('done');
  await log.close();
  rmSync(join(scratch.options.segmentsDirectory, '0000000002.bwseg'));
  const again = scratch.open();
  expect(await again.session('ses_gone')).toBeNull();
  await again.close();
  expect(readFileSync(join(scratch.options.segmentsDirectory, '0000000002.bwseg'), 'latin1')).toContain(
    'log-rolled-back',
  );
});

function copyInto(from: ScratchLog, to: ScratchLog): void {
  for (const name of ['spool', 'segments']) copyTree(join(from.directory, name), join(to.directory, name));
  for (const name of ['audit.key', 'audit.pub', 'body.key']) {
    copyFileSync(join(from.directory, name), join(to.directory, name));
  }
}

function recordOffsets(bytes: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; at += bytes.readUInt32BE(at)) offsets.push(at);
  return offsets;
}
