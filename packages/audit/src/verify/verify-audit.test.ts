import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { frameRun, type ScratchLog, scratchLog, sessionInfo, statementEvent } from '../fixtures/scratch-log.ts';
import { writeUint64 } from '../format/numbers.ts';
import { computeHash, decodeRecordHead, KIND, LINK_AT, PREVIOUS_AT, statedHash } from '../format/record.ts';
import { NO_HASH, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { verifyAudit } from './verify-audit.ts';

let scratch: ScratchLog;
let segments: string;
beforeEach(() => {
  scratch = scratchLog();
  segments = scratch.options.segmentsDirectory;
});
afterEach(() => scratch.remove());

/** One closed segment with two interleaved sessions. */
async function smallSegment(): Promise<string> {
  const log = scratch.open();
  const one = log.open(sessionInfo('ses_one'));
  const two = log.open(sessionInfo('ses_two'));
  one.event(statementEvent(1));
  two.frames(frameRun('client', 'Q', 'select 2'));
  one.frames(frameRun('upstream', 'D', 'masked', { upstreamSide: [Buffer.from('raw')] }));
  one.end('done');
  two.end('done');
  await log.close();
  return join(segments, readdirSync(segments).find((name) => name.endsWith('.bwseg')) ?? '');
}

/** Several closed segments through which one session goes on. */
async function manySegments(): Promise<string[]> {
  const log = scratch.open({ segmentBytesMax: 2048 });
  const transcript = log.open(sessionInfo('ses_long'));
  for (let run = 0; run < 24; run++) {
    transcript.frames(frameRun('upstream', 'D', `${run}:${'x'.repeat(300)}`));
    await transcript.durable();
  }
  await log.close();
  return readdirSync(segments)
    .filter((name) => name.endsWith('.bwseg'))
    .sort()
    .map((name) => join(segments, name));
}

/** Header and records of a segment as byte strings. */
function parts(path: string): { header: Buffer; records: Buffer[] } {
  const bytes = readFileSync(path);
  const records: Buffer[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; ) {
    const head = decodeRecordHead(bytes.subarray(at));
    if (head === null) throw new Error('no record');
    records.push(bytes.subarray(at, at + head.length));
    at += head.length;
  }
  return { header: bytes.subarray(0, SEGMENT_HEADER_BYTES), records };
}

function sessionOf(record: Buffer): string {
  return decodeRecordHead(record)?.sessionId ?? '';
}

describe('a flipped bit', () => {
  test('is found wherever in a segment it is', async () => {
    const path = await smallSegment();
    const original = readFileSync(path);
    expect(verifyAudit(segments).clean).toBe(true);
    const missed: number[] = [];
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original);
      bytes.writeUInt8(original.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(path, bytes);
      if (verifyAudit(segments).clean) missed.push(at);
    }
    expect(missed).toEqual([]);
  }, 180_000);

  test('is found in a single file that is checked without its directory, and is named by place', async () => {
    const path = await smallSegment();
    const bytes = readFileSync(path);
    const { records } = parts(path);
    const victim = records.findIndex((record) => sessionOf(record) === 'ses_two' && record[9] === KIND.clientFrames);
    const offset = SEGMENT_HEADER_BYTES + records.slice(0, victim).reduce((sum, record) => sum + record.length, 0);
    const at = offset + (records[victim]?.length ?? 0) - 40;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(path, bytes);
    expect(verifyAudit(path).faults).toEqual([
      { file: path, offset, session: 'ses_two', sequence: 3, sentence: expect.stringContaining('altered') },
    ]);
  });

  test('is found in the public key', async () => {
    await smallSegment();
    const path = join(segments, 'audit.pub');
    const pem = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      pem.replace(/[a-z](?=[^\n]*\n-----END)/, (letter) => (letter === 'a' ? 'b' : 'a')),
    );
    expect(verifyAudit(segments).clean).toBe(false);
  });
});

describe('records of a segment that are', () => {
  const rewrite = async (change: (records: Buffer[]) => Buffer[]): Promise<void> => {
    const path = await smallSegment();
    const { header, records } = parts(path);
    const changed = change(records);
    expect(Buffer.concat(changed).equals(Buffer.concat(records))).toBe(false);
    writeFileSync(path, Buffer.concat([header, ...changed]));
    const report = verifyAudit(segments);
    expect(report.clean).toBe(false);
  };
  const at = (records: Buffer[], index: number): Buffer => records[index] ?? Buffer.alloc(0);

  test('swapped, whichever two neighbours', async () => {
    const path = await smallSegment();
    const { header, records } = parts(path);
    for (let index = 0; index + 1 < records.length; index++) {
      const changed = [...records];
      changed[index] = at(records, index + 1);
      changed[index + 1] = at(records, index);
      writeFileSync(path, Buffer.concat([header, ...changed]));
      expect([index, verifyAudit(segments).clean]).toEqual([index, false]);
    }
  });

  test('dropped or doubled, whichever one', async () => {
    const path = await smallSegment();
    const { header, records } = parts(path);
    for (let index = 0; index < records.length; index++) {
      writeFileSync(path, Buffer.concat([header, ...records.toSpliced(index, 1)]));
      expect([index, verifyAudit(segments).clean]).toEqual([index, false]);
      writeFileSync(path, Buffer.concat([header, ...records.toSpliced(index, 0, at(records, index))]));
      expect([index, verifyAudit(segments).clean]).toEqual([index, false]);
    }
  });

  test('a whole session, dropped', () =>
    rewrite((records) => records.filter((record) => sessionOf(record) !== 'ses_two')));

  test('behind the seal', () => rewrite((records) => [...records, at(records, 0)]));

  test('only the first few, the rest cut off', async () => {
    const path = await smallSegment();
    const size = readFileSync(path).length;
    for (let cut = 1; cut <= size; cut += 7) {
      truncateSync(path, size - cut);
      expect([cut, verifyAudit(segments).clean]).toEqual([cut, false]);
    }
  });

  test('made up anew with every hash, link and count right: only the signature tells', async () => {
    const path = await smallSegment();
    const { header, records } = parts(path);
    const kept = records.filter((record) => sessionOf(record) !== 'ses_two').map((record) => Buffer.from(record));
    const ends = new Map<string, Buffer>();
    let link = header.subarray(SEGMENT_HEADER_BYTES - 32);
    for (const record of kept) {
      const head = decodeRecordHead(record);
      if (head === null) throw new Error('no record');
      link.copy(record, LINK_AT);
      (ends.get(head.sessionId) ?? NO_HASH).copy(record, PREVIOUS_AT);
      if (head.kind === KIND.seal) writeUint64(record, head.payloadAt, kept.length - 1);
      link = computeHash(record, head);
      link.copy(statedHash(record, head));
      ends.set(head.sessionId, link);
    }
    writeFileSync(path, Buffer.concat([header, ...kept]));
    expect(verifyAudit(segments).faults.map((fault) => fault.sentence)).toEqual([
      'The signature of the seal does not verify.',
    ]);
  });
});

describe('segments that are', () => {
  test('whole', async () => {
    const paths = await manySegments();
    expect(paths.length).toBeGreaterThan(4);
    expect(verifyAudit(segments)).toMatchObject({
      clean: true,
      frames: 24,
      sessions: 1,
      publicKeySource: 'beside the log',
    });
  });

  test('missing, whichever but the last', async () => {
    const paths = await manySegments();
    for (const path of paths.slice(0, -1)) {
      renameSync(path, join(scratch.directory, 'aside'));
      expect([path, verifyAudit(segments).clean]).toEqual([path, false]);
      renameSync(join(scratch.directory, 'aside'), path);
    }
  });

  test('missing at the end, when the spool that follows is looked at', async () => {
    const paths = await manySegments();
    const log = scratch.open();
    const { spoolDirectory } = scratch.options;
    expect(verifyAudit(segments, { spoolDirectory })).toMatchObject({ clean: true });
    rmSync(paths.at(-1) ?? '');
    expect(verifyAudit(segments, { spoolDirectory }).clean).toBe(false);
    await log.close();
  });

  test('doubled, under any name', async () => {
    const paths = await manySegments();
    for (const name of ['0000000099.bwseg', 'copy.txt']) {
      copyFileSync(paths[2] ?? '', join(segments, name));
      expect(
        verifyAudit(segments)
          .faults.map((fault) => fault.sentence)
          .join(),
      ).toContain('more than one segment 3');
      rmSync(join(segments, name));
    }
    expect(verifyAudit(segments).clean).toBe(true);
  });

  test('exchanged by name: order is by what they say, so nothing is hidden and nothing is wrong', async () => {
    const paths = await manySegments();
    const [first = '', second = ''] = paths;
    renameSync(first, `${first}.x`);
    renameSync(second, first);
    renameSync(`${first}.x`, second);
    expect(verifyAudit(segments)).toMatchObject({ clean: true, frames: 24 });
  });

  test('unsealed in the middle of the log', async () => {
    const paths = await manySegments();
    const victim = paths[1] ?? '';
    const { header, records } = parts(victim);
    writeFileSync(victim, Buffer.concat([header, ...records.slice(0, -1)]));
    expect(
      verifyAudit(segments)
        .faults.map((fault) => fault.sentence)
        .join(),
    ).toContain('no seal');
  });

  test('of another log, signed by another key', async () => {
    await manySegments();
    const other = scratchLog();
    const log = other.open();
    await log.close();
    const foreign = join(other.options.segmentsDirectory, '0000000001.bwseg');
    copyFileSync(foreign, join(segments, '0000000001.bwseg'));
    expect(verifyAudit(segments).clean).toBe(false);
    other.remove();
  });
});

describe('the public key', () => {
  test('that is given is the one that counts, whatever lies beside the log', async () => {
    await smallSegment();
    const own = readFileSync(join(segments, 'audit.pub'));
    const stranger = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    expect(verifyAudit(segments, { publicKey: own })).toMatchObject({
      clean: true,
      publicKeySource: 'given',
      notes: [],
    });
    expect(verifyAudit(segments, { publicKey: stranger }).clean).toBe(false);
    expect(verifyAudit(segments, { publicKey: 'no key' }).clean).toBe(false);
    writeFileSync(join(segments, 'audit.pub'), stranger);
    expect(verifyAudit(segments, { publicKey: own }).clean).toBe(true);
    expect(verifyAudit(segments).clean).toBe(false);
  });

  test('that is missing leaves no signature checked, which is a fault', async () => {
    await smallSegment();
    rmSync(join(segments, 'audit.pub'));
    expect(
      verifyAudit(segments)
        .faults.map((fault) => fault.sentence)
        .join(),
    ).toContain('no public key');
  });
});

test('an open spool file is verified up to its last record, and says that it is not signed', async () => {
  const log = scratch.open();
  const transcript = log.open(sessionInfo('ses_one'));
  transcript.frames(frameRun('client', 'Q', 'select 1'));
  transcript.flush();
  const { spoolDirectory } = scratch.options;
  const path = join(spoolDirectory, '0000000001.bwspool');
  const report = verifyAudit(path);
  expect(report).toMatchObject({
    clean: true,
    frames: 1,
    files: [{ state: 'open', verifiedTo: readFileSync(path).length }],
  });
  expect(report.notes.join()).toContain('open, verified up to byte');
  expect(verifyAudit(segments, { spoolDirectory })).toMatchObject({ clean: true, frames: 1 });
  truncateSync(path, readFileSync(path).length - 3);
  expect(verifyAudit(path).notes.join()).toContain('incomplete record');
  await log.close();
});

test('an erased key leaves the proof valid, and is noted', async () => {
  const path = await smallSegment();
  const bytes = readFileSync(path);
  const { records } = parts(path);
  const index = records.findIndex((record) => record[9] === KIND.key);
  const end = SEGMENT_HEADER_BYTES + records.slice(0, index + 1).reduce((sum, record) => sum + record.length, 0);
  bytes.fill(0, end - 92, end);
  writeFileSync(path, bytes);
  const report = verifyAudit(segments);
  expect(report.clean).toBe(true);
  expect(report.notes.join()).toContain('1 sessions were erased');
});
