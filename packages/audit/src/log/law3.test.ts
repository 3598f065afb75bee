import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, collect, frameRun, type ScratchLog, scratchLog, sessionInfo } from '../fixtures/scratch-log.ts';
import { decodeFrames } from '../format/frames-record.ts';
import { decodeRecordHead, KIND } from '../format/record.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';

const CANARY = 'canary-4111-1111-1111-1111';
const MASKED = 'masked-xxxx-xxxx-xxxx-xxxx';

let scratch: ScratchLog;
beforeEach(() => {
  scratch = scratchLog();
});
afterEach(() => scratch.remove());

/** A reader who was exempt: the client's side and the upstream's hold the value, the record holds the mask. */
function exemptRun(): ReturnType<typeof frameRun> {
  const raw = Buffer.from(CANARY);
  return frameRun('upstream', 'D', CANARY, { upstreamSide: [raw, raw], recorded: [Buffer.from(MASKED)] });
}

/** Forms in which a value could be found or guessed back from the files. */
function traces(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const frame = exemptRun().clientSide[0] ?? Buffer.alloc(0);
  const digests = ['sha256', 'sha1', 'md5'].flatMap((name) =>
    [bytes, Buffer.concat([frame, bytes]), Buffer.concat([bytes, bytes])].map((of) =>
      createHash(name).update(of).digest(),
    ),
  );
  const texts = ['hex', 'base64', 'base64url'].map((encoding) =>
    Buffer.from(bytes.toString(encoding as BufferEncoding)),
  );
  return [bytes, Buffer.from(value, 'utf16le'), ...texts, ...digests];
}

describe.each(['keep', 'session', 'off'] as const)('with bodies: %s', (bodies) => {
  test('neither a raw value nor what is recorded of it is in any file in clear', async () => {
    const log = scratch.open({ bodies });
    const transcript = log.open(sessionInfo('ses_one'));
    transcript.frames(exemptRun());
    transcript.frames(frameRun('client', 'B', CANARY));
    await transcript.durable();
    await log.statements({ limit: 10 });
    const live = bytesOf(scratch.files());
    transcript.end('done');
    await log.close();
    const closed = bytesOf(scratch.files());
    expect(closed.length).toBeGreaterThan(1000);
    for (const trace of [...traces(CANARY), ...traces(MASKED)]) {
      expect(live.indexOf(trace)).toBe(-1);
      expect(closed.indexOf(trace)).toBe(-1);
    }
  });
});

test('what the transcript shows of an exempt reader is the mask', async () => {
  const log = scratch.open();
  const transcript = log.open(sessionInfo('ses_one'));
  transcript.frames(exemptRun());
  transcript.flush();
  const shown = JSON.stringify(await collect(log.transcript('ses_one')));
  expect(shown).toContain(MASKED);
  expect(shown).not.toContain(CANARY);
  await log.close();
});

test('equal values do not show as equal: commitments and ciphertexts of the same run differ each time', async () => {
  const log = scratch.open();
  for (const id of ['ses_one', 'ses_two']) {
    const transcript = log.open(sessionInfo(id));
    transcript.frames(frameRun('upstream', 'D', CANARY));
    transcript.frames(frameRun('upstream', 'D', CANARY));
  }
  await log.close();
  const bytes = bytesOf(scratch.files().filter((path) => path.endsWith('.bwseg')));
  const seen: string[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; ) {
    const record = bytes.subarray(at);
    const head = decodeRecordHead(record);
    if (head === null) throw new Error('no record');
    const frames = head.kind === KIND.upstreamFrames ? decodeFrames(record, head) : null;
    if (frames !== null) {
      expect(frames.clientCommitment.equals(frames.upstreamCommitment)).toBe(true);
      seen.push(frames.clientCommitment.toString('hex'));
      if (frames.body !== null) seen.push(frames.body.ciphertext.toString('hex'), frames.body.nonce.toString('hex'));
    }
    at += head.length;
  }
  expect(seen).toHaveLength(12);
  expect(new Set(seen).size).toBe(12);
});

test('another gateway, with another body key, reads the events and no body', async () => {
  const log = scratch.open();
  const transcript = log.open(sessionInfo('ses_one'));
  transcript.frames(frameRun('upstream', 'D', CANARY));
  transcript.end('done');
  await log.close();
  const { rmSync, writeFileSync } = await import('node:fs');
  rmSync(scratch.options.bodyKeyFile);
  writeFileSync(scratch.options.bodyKeyFile, 'ab'.repeat(32));
  const again = scratch.open();
  const entries = await collect(again.transcript('ses_one'));
  expect(entries.map((entry) => entry.messages)).toEqual([[], [{ name: 'D', bytes: 31, text: null }], []]);
  await again.close();
});
