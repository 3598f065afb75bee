import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  collect,
  frameRun,
  type ScratchLog,
  scratchLog,
  sessionInfo,
  statementEvent,
} from '../fixtures/scratch-log.ts';
import { verifyAudit } from '../verify/verify-audit.ts';

let scratch: ScratchLog;
beforeEach(() => {
  scratch = scratchLog();
});
afterEach(() => scratch.remove());

describe('a session', () => {
  test('is read back as it was recorded, live and after a restart', async () => {
    const log = scratch.open();
    const transcript = log.open(sessionInfo('ses_one'));
    transcript.event(statementEvent(1));
    transcript.frames(frameRun('client', 'Q', 'select 1'));
    transcript.frames(frameRun('upstream', 'D', 'one row', { upstreamSide: [Buffer.from('raw')] }));
    transcript.flush();
    const live = await collect(log.transcript('ses_one'));
    expect(live.map((entry) => entry.kind)).toEqual(['event', 'event', 'client', 'upstream']);
    expect(live.map((entry) => entry.sequence)).toEqual([1, 3, 4, 5]);
    expect(live[2]?.messages).toEqual([{ name: 'postgres client', bytes: 13, text: 'Q\0\0\0\fselect 1' }]);
    expect(live[3]?.messages[0]?.text).toContain('one row');
    transcript.end('closed by the client');
    await log.close();

    const again = scratch.open();
    const stored = await collect(again.transcript('ses_one'));
    expect(stored.slice(0, 4)).toEqual(live);
    expect(stored.at(-1)?.event).toEqual({ type: 'session.end', reason: 'closed by the client' });
    await again.close();
    expect(verifyAudit(scratch.options.segmentsDirectory)).toMatchObject({ clean: true, sessions: 1, frames: 2 });
  });

  test('shows only what was flushed', async () => {
    const log = scratch.open();
    const transcript = log.open(sessionInfo('ses_one'));
    transcript.event(statementEvent(1));
    expect(await collect(log.transcript('ses_one'))).toHaveLength(1);
    scratch.clock.advance(5);
    expect(await collect(log.transcript('ses_one'))).toHaveLength(2);
    await log.close();
  });

  test('writes nothing more once it has ended, and ends once', async () => {
    const log = scratch.open();
    const transcript = log.open(sessionInfo('ses_one'));
    transcript.end('first');
    transcript.end('second');
    expect(() => transcript.event(statementEvent(1))).toThrow(/ended/);
    expect(() => transcript.frames(frameRun('client', 'Q', 'x'))).toThrow(/ended/);
    expect((await collect(log.transcript('ses_one'))).map((entry) => entry.event?.type)).toEqual([
      'session.start',
      'session.end',
    ]);
    await log.close();
  });

  test('cannot forge its own start or end, nor share an id with another', async () => {
    const log = scratch.open();
    const transcript = log.open(sessionInfo('ses_one'));
    expect(() => transcript.event({ type: 'session.end', reason: 'forged' })).toThrow(/itself/);
    expect(() => log.open(sessionInfo('ses_one'))).toThrow(/open already/);
    expect(() => log.open(sessionInfo('log_one'))).toThrow(/reserved/);
    expect(() => log.open(sessionInfo(`ses_${'x'.repeat(61)}`))).toThrow(RangeError);
    expect(() => transcript.frames({ ...frameRun('client', 'Q', ''), headers: Buffer.alloc(4) })).toThrow(/headers/);
    await log.close();
    expect(verifyAudit(scratch.options.segmentsDirectory).clean).toBe(true);
  });
});

describe('what is kept of bodies', () => {
  test('session: readable while it lives, never afterwards', async () => {
    const log = scratch.open({ bodies: 'session' });
    const transcript = log.open(sessionInfo('ses_one'));
    transcript.frames(frameRun('client', 'Q', 'select 1'));
    transcript.flush();
    expect((await collect(log.transcript('ses_one'))).at(-1)?.messages[0]?.text).toContain('select 1');
    transcript.end('done');
    const ended = await collect(log.transcript('ses_one'));
    expect(ended[1]?.messages).toEqual([{ name: 'Q', bytes: 13, text: null }]);
    await log.close();
    expect(verifyAudit(scratch.options.segmentsDirectory).clean).toBe(true);
  });

  test('off: commitments and headers only', async () => {
    const log = scratch.open({ bodies: 'off' });
    const transcript = log.open(sessionInfo('ses_one'));
    transcript.flush();
    const before = scratch.telemetry.values.get('audit_bytes_total{}') ?? 0;
    transcript.frames(frameRun('upstream', 'D', 'x'.repeat(10_000)));
    transcript.flush();
    expect((scratch.telemetry.values.get('audit_bytes_total{}') ?? 0) - before).toBeLessThan(300);
    expect((await collect(log.transcript('ses_one'))).at(-1)?.messages).toEqual([
      { name: 'D', bytes: 10_005, text: null },
    ]);
    await log.close();
    expect(verifyAudit(scratch.options.segmentsDirectory)).toMatchObject({ clean: true, frames: 1 });
  });

  test('a describer that fails takes no bytes with it', async () => {
    const log = scratch.open({
      describeFrames: (_protocol, _from, bytes) => {
        throw new Error(bytes.toString('latin1'));
      },
    });
    const transcript = log.open(sessionInfo('ses_one'));
    transcript.frames(frameRun('client', 'Q', 'select 1'));
    transcript.flush();
    expect((await collect(log.transcript('ses_one'))).at(-1)?.messages).toEqual([{ name: 'Q', bytes: 13, text: null }]);
    await log.close();
  });
});

describe('segments', () => {
  test('are sealed at their size while sessions go on, and chain across', async () => {
    const log = scratch.open({ segmentBytesMax: 4096 });
    const transcript = log.open(sessionInfo('ses_long'));
    for (let run = 0; run < 40; run++) {
      transcript.frames(frameRun('upstream', 'D', `${run}:${'x'.repeat(500)}`));
      await transcript.durable();
    }
    const entries = await collect(log.transcript('ses_long'));
    expect(entries).toHaveLength(41);
    await log.close();
    const report = verifyAudit(scratch.options.segmentsDirectory);
    expect(report).toMatchObject({ clean: true, sessions: 1, frames: 40 });
    expect(report.files.length).toBeGreaterThan(3);
    expect(report.files.every((file) => file.state === 'sealed')).toBe(true);
  });

  test('durable resolves for all who wait by one sync, and the counters tell', async () => {
    const log = scratch.open();
    const transcripts = Array.from({ length: 20 }, (_, at) => log.open(sessionInfo(`ses_${at}`)));
    await Promise.all(
      transcripts.map((transcript) => {
        transcript.frames(frameRun('client', 'Q', 'select 1'));
        return transcript.durable();
      }),
    );
    expect(scratch.telemetry.values.get('audit_frames_total{client}')).toBe(20);
    await log.close();
    expect(verifyAudit(scratch.options.segmentsDirectory)).toMatchObject({ clean: true, sessions: 20, frames: 20 });
  });

  test('can be sealed by hand in the middle of sessions and of syncs', async () => {
    const log = scratch.open();
    const transcript = log.open(sessionInfo('ses_one'));
    const { segmentsDirectory } = scratch.options;
    for (let round = 1; round <= 3; round++) {
      transcript.frames(frameRun('client', 'Q', `select ${round}`));
      const durable = transcript.durable();
      await Promise.all([log.seal(), durable]);
      expect(verifyAudit(segmentsDirectory)).toMatchObject({ clean: true, frames: round, files: { length: round } });
    }
    expect(scratch.telemetry.values.get('audit_spool_bytes{}')).toBeGreaterThan(0);
    await log.close();
  });

  test('a record far larger than the buffer is one record', async () => {
    const log = scratch.open();
    const transcript = log.open(sessionInfo('ses_big'));
    const text = 'y'.repeat(3 * 1024 * 1024);
    transcript.frames(frameRun('upstream', 'd', text));
    transcript.event(statementEvent(1));
    transcript.flush();
    const entries = await collect(log.transcript('ses_big'));
    expect(entries[1]?.messages[0]?.bytes).toBe(text.length + 5);
    expect(entries[2]?.event?.type).toBe('statement');
    await log.close();
    expect(verifyAudit(scratch.options.segmentsDirectory).clean).toBe(true);
  });
});

test('files are for their owner only', async () => {
  const log = scratch.open();
  log.open(sessionInfo('ses_one'));
  const publicNames = /audit\.pub$/;
  await log.close();
  for (const path of scratch.files().filter((name) => !publicNames.test(name))) {
    expect([path, statSync(path).mode & 0o077]).toEqual([path, 0]);
  }
  expect(statSync(scratch.options.spoolDirectory).mode & 0o077).toBe(0);
});
