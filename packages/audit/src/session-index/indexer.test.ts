import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ScratchLog, scratchLog, sessionInfo, statementEvent } from '../fixtures/scratch-log.ts';
import type { AuditLog } from '../log/audit-log.ts';
import { verifyAudit } from '../verify/verify-audit.ts';

let scratch: ScratchLog;
beforeEach(() => {
  scratch = scratchLog();
});
afterEach(() => scratch.remove());

/** A session with one statement that ran and one that was refused. */
function record(log: AuditLog, id: string): void {
  const transcript = log.open(sessionInfo(id, { datasource: id.includes('hr') ? 'hr' : 'crm' }));
  transcript.event(statementEvent(1));
  transcript.event({
    type: 'decision',
    ordinal: 1,
    effect: 'mask',
    rule: 'ids',
    verdicts: [],
    code: null,
    masks: ['partial'],
    policyVersion: 'v1',
    request: null,
  });
  transcript.event({ type: 'outcome', ordinal: 1, outcome: 'ok', tag: 'SELECT 2', sqlState: null, rows: 2 });
  transcript.event(statementEvent(2, 'DELETE FROM t'));
  transcript.event({
    type: 'decision',
    ordinal: 2,
    effect: 'hold',
    rule: 'ask',
    verdicts: [],
    code: 'approval-pending',
    masks: [],
    policyVersion: 'v1',
    request: 'req_1',
  });
  transcript.event({ type: 'outcome', ordinal: 2, outcome: 'refused', tag: '', sqlState: 'ZA001', rows: 0 });
  transcript.end('closed');
}

describe('lists', () => {
  test('hold what the events said, as soon as they are written', async () => {
    const log = scratch.open();
    record(log, 'ses_one');
    expect(await log.session('ses_one')).toEqual({
      id: 'ses_one',
      protocol: 'postgres',
      datasource: 'crm',
      identity: {
        key: 'a'.repeat(64),
        human: 'alice@example.com',
        agent: 'assistant',
        clientId: 'assistant',
        region: 'DE',
        modelRegion: 'DE',
      },
      role: 'svc',
      clientAddress: '127.0.0.1:55555',
      application: 'psql',
      startedAt: 1_760_000_000_000,
      endedAt: 1_760_000_000_000,
      endReason: 'closed',
      statements: 2,
      refused: 1,
    });
    expect(await log.session('ses_unknown')).toBeNull();
    const statements = await log.statements({ sessionId: 'ses_one', limit: 10 });
    expect(statements).toMatchObject([
      { ordinal: 1, effect: 'mask', rule: 'ids', code: null, outcome: 'ok', rows: 2, tables: ['public.t'] },
      { ordinal: 2, effect: 'hold', code: 'approval-pending', request: 'req_1', outcome: 'refused' },
    ]);
    await log.close();
  });

  test('are paged and filtered', async () => {
    const log = scratch.open();
    for (const id of ['ses_1', 'ses_2hr', 'ses_3', 'ses_4']) record(log, id);
    const ids = async (filter: object): Promise<string[]> =>
      (await log.sessions({ limit: 10, ...filter })).map((session) => session.id);
    expect(await ids({})).toEqual(['ses_4', 'ses_3', 'ses_2hr', 'ses_1']);
    expect(await ids({ limit: 2 })).toEqual(['ses_4', 'ses_3']);
    expect(await ids({ after: 'ses_3' })).toEqual(['ses_2hr', 'ses_1']);
    expect(await ids({ after: 'ses_nowhere' })).toEqual([]);
    expect(await ids({ datasource: 'hr' })).toEqual(['ses_2hr']);
    expect(await ids({ identityKey: 'b' })).toEqual([]);
    expect(await ids({ since: 1_760_000_000_001 })).toEqual([]);
    const page = await log.statements({ limit: 3 });
    expect(page.map(({ sessionId, ordinal }) => `${sessionId}/${ordinal}`)).toEqual(['ses_4/2', 'ses_4/1', 'ses_3/2']);
    const next = await log.statements({ limit: 1, after: 'ses_3/2' });
    expect(next.map(({ sessionId, ordinal }) => `${sessionId}/${ordinal}`)).toEqual(['ses_3/1']);
    await log.close();
  });
});

describe('the index', () => {
  test('is built again from the segments when it is gone, the same as before', async () => {
    const log = scratch.open({ segmentBytesMax: 2048 });
    for (const id of ['ses_1', 'ses_2', 'ses_3']) {
      record(log, id);
      await log.open(sessionInfo(`${id}_open`)).durable();
    }
    const before = [await log.sessions({ limit: 10 }), await log.statements({ limit: 10 })];
    await log.close();
    rmSync(scratch.options.indexPath);
    for (const suffix of ['-wal', '-shm']) rmSync(scratch.options.indexPath + suffix, { force: true });
    const again = scratch.open();
    const sessions = await again.sessions({ limit: 10 });
    expect(await again.statements({ limit: 10 })).toEqual(before[1]);
    expect(sessions.map(({ id, statements, refused }) => [id, statements, refused])).toEqual(
      (before[0] as typeof sessions).map(({ id, statements, refused }) => [id, statements, refused]),
    );
    expect(sessions.filter(({ endReason }) => endReason === 'the gateway stopped')).toHaveLength(3);
    await again.close();
  });

  test('takes up where it was, and counts nothing twice', async () => {
    for (let run = 0; run < 3; run++) {
      const log = scratch.open();
      record(log, `ses_${run}`);
      await log.close();
    }
    const log = scratch.open();
    expect((await log.sessions({ limit: 10 })).map(({ statements, refused }) => [statements, refused])).toEqual(
      Array.from({ length: 3 }, () => [2, 1]),
    );
    await log.close();
  });

  test('may share its file with other tables, which it leaves alone', async () => {
    const other = new Database(scratch.options.indexPath);
    other.exec('CREATE TABLE other (value TEXT); INSERT INTO other VALUES (1)');
    const log = scratch.open();
    record(log, 'ses_one');
    await log.close();
    other.exec('UPDATE audit_position SET version = 0');
    const again = scratch.open();
    expect(await again.sessions({ limit: 10 })).toHaveLength(1);
    expect(other.prepare('SELECT count(*) AS n FROM other').get()).toMatchObject({ n: 1 });
    other.close();
    await again.close();
  });
});

describe('an index that cannot be used', () => {
  test('never stops the log: it counts, lags, and catches up', async () => {
    mkdirSync(scratch.options.indexPath);
    const log = scratch.open();
    record(log, 'ses_one');
    expect(scratch.telemetry.values.get('audit_write_failures_total{}')).toBe(1);
    await expect(log.sessions({ limit: 1 })).rejects.toThrow(/index/);
    scratch.clock.advance(5000);
    await expect(log.sessions({ limit: 1 })).rejects.toThrow(/index/);
    expect(scratch.telemetry.values.get('audit_lag_seconds{}')).toBeGreaterThanOrEqual(5);
    rmdirSync(scratch.options.indexPath);
    expect(await log.sessions({ limit: 1 })).toMatchObject([{ id: 'ses_one', statements: 2 }]);
    expect(scratch.telemetry.values.get('audit_lag_seconds{}')).toBe(0);
    await log.close();
    expect(verifyAudit(scratch.options.segmentsDirectory).clean).toBe(true);
  });

  test('is left as it is when the file is something else', async () => {
    writeFileSync(
      scratch.options.indexPath,
      'this is not a database, and is long enough to be seen as none'.repeat(40),
    );
    const before = readFileSync(scratch.options.indexPath);
    const log = scratch.open();
    record(log, 'ses_one');
    await log.close();
    expect(readFileSync(scratch.options.indexPath).equals(before)).toBe(true);
    expect(verifyAudit(scratch.options.segmentsDirectory).clean).toBe(true);
  });
});
