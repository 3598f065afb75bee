import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApprovalSubject, systemClock } from '@bailiwick/domain';
import Database from 'libsql';
import { afterEach, expect, test } from 'vitest';
import type { ApprovalStore } from './approval-store.ts';
import { openSqliteApprovalStore } from './sqlite-approval-store.ts';

/** Another process in the middle of its own claim: has the lock, has not committed, takes its time. */
const OTHER_PROCESS = `
  const [driver, path, claimed] = process.argv.slice(1);
  const database = new (require(driver))(path);
  database.exec('BEGIN IMMEDIATE');
  database.prepare('UPDATE approval_requests SET claimed_by = ?, statement = ?, decisions = ?, signature = ?').run(
    JSON.parse(claimed).map((cell) => (cell.text ?? Buffer.from(cell.hex, 'hex'))),
  );
  process.stdout.write('holds the lock');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  database.exec('COMMIT');
`;

let directory = '';
let store: ApprovalStore | null = null;
let child: ChildProcess | null = null;

afterEach(async () => {
  if (child !== null && child.exitCode === null) await once(child, 'exit');
  await store?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('a claim waits for the claim of another process, and then sees it', async () => {
  directory = mkdtempSync(join(tmpdir(), 'approvals-'));
  const path = join(directory, 'state.db');
  const open = (): ApprovalStore =>
    openSqliteApprovalStore({
      path,
      key: Buffer.alloc(32, 7),
      requestExpiryMs: 1e6,
      approvalExpiryMs: 1e6,
      clock: systemClock,
    });
  store = open();
  const statement = {
    sql: `DELETE FROM t -- ${randomBytes(4).toString('hex')}`,
    parameters: [],
    mode: 'simple' as const,
  };
  const subject: ApprovalSubject = { identityKey: 'k', datasource: 'd', role: 'r', settings: {}, statement };
  const { id, digest } = await store.create({
    sessionId: 'ses_1',
    subject,
    human: 'alice',
    agent: null,
    excluded: ['alice'],
    classes: ['WRITE'],
    tables: [],
    tags: [],
    terms: { rule: 'ask', by: [], min: 1, mode: 'hold' },
  });
  await store.decide(id, digest, { principals: ['bob'], groups: [] }, 'approve', '');

  // The row as another process would write it: claimed here for real, then put back.
  const file = new Database(path);
  const cells = (): readonly unknown[] => {
    const [row] = file.prepare('SELECT claimed_by, statement, decisions, signature FROM approval_requests').all();
    return Object.values(Object(row)).map((cell) => (cell instanceof ArrayBuffer ? Buffer.from(cell) : cell));
  };
  const free = cells();
  expect(await store.claim(id, 'ses_other')).toBe(true);
  const taken = cells().map((cell) => (Buffer.isBuffer(cell) ? { hex: cell.toString('hex') } : { text: cell }));
  file.prepare('UPDATE approval_requests SET claimed_by = ?, statement = ?, decisions = ?, signature = ?').run(free);
  file.close();
  expect((await store.findApproved(subject))?.id, 'it is free again').toBe(id);

  const driver = createRequire(import.meta.url).resolve('libsql');
  child = spawn(process.execPath, ['-e', OTHER_PROCESS, driver, path, JSON.stringify(taken)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const held = child.stdout === null ? [] : await once(child.stdout, 'data');
  expect(String(held[0])).toBe('holds the lock');
  expect(await store.claim(id, 'ses_1')).toBe(false);
  await store.settle(id, 'ses_other', 'used');
  expect((await store.get(id))?.status).toBe('used');
});
