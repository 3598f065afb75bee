// Held statements: released, rejected, turned into tickets, cancelled, bound to what was approved; never run twice.
import { encodeCancelRequest } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  extendedQuery,
  REVIEWER,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
  tagsOf,
  typesOf,
} from '../servers/index.ts';
import { CRM_DATA, HOLDING_POLICY } from './fixtures/crm.ts';

const HELD = `INSERT INTO runs VALUES ('held')`;
const TICKET = `INSERT INTO orders (customer_id, amount, memo) VALUES (1, 5.00, 'by ticket')`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA });
});
beforeEach(() => gateway.sql('TRUNCATE runs; DELETE FROM orders WHERE id > 2'));
afterEach(async () => {
  for (const { id } of await gateway.approvals.list({ limit: 100 })) await gateway.approvals.cancel(id);
});
afterAll(() => gateway.close());

const ran = async (): Promise<number> => (await gateway.sql('SELECT 1 FROM runs')).length;
const tickets = async (): Promise<number> =>
  (await gateway.sql(`SELECT 1 FROM orders WHERE memo = 'by ticket'`)).length;
const idIn = (message: string | undefined): string => /\breq_[a-z0-9]+\b/.exec(message ?? '')?.[0] ?? 'no request id';

describe('on the wire', () => {
  test.each(['simple', 'extended'] as const)('an approved %s statement runs exactly once', async (mode) => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(mode === 'simple' ? Buffer.alloc(0) : extendedQuery(HELD));
    const answer = mode === 'simple' ? wire.query(HELD) : wire.replies();
    const request = await gateway.pendingRequest();
    expect(await ran()).toBe(0);
    expect(request).toMatchObject({
      classes: ['WRITE'],
      tables: ['public.runs'],
      human: EU_AGENT.sub,
      agent: 'copilot',
    });
    expect(request.subject.statement).toMatchObject({ sql: HELD, mode });
    await gateway.decide(request, 'approve');
    const frames = await answer;
    expect(errorsOf(frames)).toEqual([]);
    expect(tagsOf(frames)).toEqual(['INSERT 0 1']);
    expect(typesOf(frames).replaceAll(/[SN]/g, '')).toBe(mode === 'simple' ? 'CZ' : '12nCZ');
    expect(errorsOf(frames, 'N')[0]?.M).toContain(request.id);
    expect(await ran()).toBe(1);
    await expect.poll(async () => (await gateway.approvals.get(request.id))?.status).toBe('used');
    const again = await wire.query(`CALL bailiwick.run('${request.id}')`);
    expect(errorsOf(again)).toMatchObject([{ C: '55000' }]);
    expect(await ran()).toBe(1);
  });

  test('a rejected statement never runs, and says why', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const answer = wire.query('DELETE FROM customers WHERE id > 0');
    await gateway.decide(await gateway.pendingRequest(), 'reject', REVIEWER, 'not on my watch');
    const frames = await answer;
    expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', C: '42501' }]);
    expect(errorsOf(frames)[0]?.M).toMatch(/^\[approval-rejected req_\w+\] .*not on my watch/);
    expect(await gateway.sql('SELECT count(*)::int AS n FROM customers')).toEqual([{ n: 3 }]);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('a rejection inside a transaction fails the transaction', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query('BEGIN');
    const answer = wire.query(HELD);
    await gateway.decide(await gateway.pendingRequest(), 'reject', REVIEWER, 'no');
    expect(statusOf(await answer)).toBe('E');
    expect(tagsOf(await wire.query('COMMIT'))).toEqual(['ROLLBACK']);
    expect(await ran()).toBe(0);
  });

  test('a CancelRequest ends the wait', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const answer = wire.query(HELD);
    const request = await gateway.pendingRequest();
    if (wire.key === null) throw new Error('the session has no cancel key');
    const other = await gateway.rawWire();
    other.send(encodeCancelRequest(wire.key));
    const frames = await answer;
    expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', C: '57014' }]);
    await expect.poll(async () => (await gateway.approvals.get(request.id))?.status).toBe('cancelled');
    expect(await ran()).toBe(0);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('a client that leaves takes its request along', async () => {
    const wire = await gateway.wire(EU_AGENT);
    void wire.query(HELD).catch(() => {});
    const request = await gateway.pendingRequest();
    wire.destroy();
    await expect.poll(async () => (await gateway.approvals.get(request.id))?.status).toBe('cancelled');
    await expect(gateway.decide(request, 'approve')).rejects.toThrow();
    expect(await ran()).toBe(0);
  });

  test('while one session waits another works, and what is behind the held statement waits with it', async () => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(extendedQuery(HELD), extendedQuery('SELECT count(*) FROM runs'));
    const request = await gateway.pendingRequest();
    expect(rowsOf(await (await gateway.wire(EU_AGENT)).query('SELECT count(*) FROM runs'))).toEqual([['0']]);
    await gateway.decide(request, 'approve');
    expect(tagsOf(await wire.replies())).toEqual(['INSERT 0 1']);
    expect(rowsOf(await wire.replies())).toEqual([['1']]);
  });

  test('an approval of a rolled-back statement comes back', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query('BEGIN');
    const answer = wire.query(HELD);
    const request = await gateway.pendingRequest();
    await gateway.decide(request, 'approve');
    expect(tagsOf(await answer)).toEqual(['INSERT 0 1']);
    await wire.query('ROLLBACK');
    await expect.poll(async () => (await gateway.approvals.findApproved(request.subject))?.id).toBe(request.id);
    expect(tagsOf(await wire.query(HELD))).toEqual(['INSERT 0 1']);
    expect(await ran()).toBe(1);
  });
});

describe('as a ticket', () => {
  test('the error has the id; when approved, CALL bailiwick.run runs the statement once', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const [error] = errorsOf(await wire.query(TICKET));
    expect(error).toMatchObject({ S: 'ERROR', C: 'ZA001' });
    const id = idIn(error?.M);
    expect(error?.M).toBe(
      `[approval-pending ${id}] INSERT on public.orders waits for a reviewer; when approved: CALL bailiwick.run('${id}')`,
    );
    expect(JSON.parse(error?.D ?? '')).toMatchObject({ code: 'approval-pending', request: id });
    const early = await wire.query(`CALL bailiwick.run('${id}')`);
    expect(errorsOf(early)).toMatchObject([{ C: 'ZA001' }]);
    await gateway.decide(await gateway.pendingRequest(), 'approve');
    const frames = await wire.query(`CALL bailiwick.run('${id}')`);
    expect(errorsOf(frames)).toEqual([]);
    expect(tagsOf(frames)).toEqual(['INSERT 0 1']);
    expect(errorsOf(await wire.query(`CALL bailiwick.run('${id}')`))).toMatchObject([{ C: '55000' }]);
    expect(await tickets()).toBe(1);
  });

  test('the same statement sent again runs once; the third time it is a new ticket', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const first = idIn(errorsOf(await wire.query(TICKET))[0]?.M);
    expect(idIn(errorsOf(await wire.query(TICKET))[0]?.M)).toBe(first);
    await gateway.decide(await gateway.pendingRequest(), 'approve');
    expect(tagsOf(await wire.query(TICKET))).toEqual(['INSERT 0 1']);
    const third = errorsOf(await wire.query(TICKET));
    expect(third).toMatchObject([{ C: 'ZA001' }]);
    expect(idIn(third[0]?.M)).not.toBe(first);
    expect(await tickets()).toBe(1);
  });

  test('after the hold time a waiting statement becomes one', async () => {
    const impatient = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA, holdMs: 50 });
    try {
      const wire = await impatient.wire(EU_AGENT);
      const [error] = errorsOf(await wire.query(HELD));
      expect(error).toMatchObject({ C: 'ZA001' });
      await impatient.decide(await impatient.pendingRequest(), 'approve');
      expect(tagsOf(await wire.query(`CALL bailiwick.run('${idIn(error?.M)}')`))).toEqual(['INSERT 0 1']);
      expect(await impatient.sql('SELECT marker FROM runs')).toEqual([{ marker: 'held' }]);
    } finally {
      await impatient.close();
    }
  });

  test('an extended statement runs with the values that were approved', async () => {
    const client = await gateway.connect(EU_AGENT);
    const sql = 'INSERT INTO orders (customer_id, amount, memo) VALUES ($1, $2, $3)';
    const refused = await client.query(sql, [1, '7.50', 'by ticket']).catch((error: unknown) => error);
    const request = await gateway.pendingRequest();
    expect(refused).toMatchObject({ code: 'ZA001' });
    await gateway.decide(request, 'approve');
    for (const values of [
      [1, '7.51', 'by ticket'],
      [2, '7.50', 'by ticket'],
      [1, '7.50', 'by Ticket'],
      [1, '7.50', null],
    ])
      await expect(client.query(sql, values)).rejects.toMatchObject({ code: 'ZA001' });
    expect(await tickets()).toBe(0);
    const [, ...rows] = [await client.query(`CALL bailiwick.run('${request.id}')`)];
    expect(rows).toEqual([]);
    expect(await gateway.sql(`SELECT amount FROM orders WHERE memo = 'by ticket'`)).toEqual([{ amount: '7.50' }]);
  });
});

describe('four eyes', () => {
  test('neither the agent, nor its human, nor anybody outside the group decides', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query(TICKET);
    const request = await gateway.pendingRequest();
    for (const claims of [
      { ...EU_PERSON, groups: ['reviewers'] },
      { sub: 'copilot', groups: ['reviewers'] },
      { sub: 'somebody@bank.example', groups: ['support'] },
    ])
      await expect(gateway.decide(request, 'approve', claims)).rejects.toMatchObject({ code: 'policy-denied' });
    expect(errorsOf(await wire.query(`CALL bailiwick.run('${request.id}')`))).toMatchObject([{ C: 'ZA001' }]);
    expect(await tickets()).toBe(0);
  });

  test('what one identity was granted no other can run, and it cannot tell that it is there', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query(TICKET);
    const request = await gateway.pendingRequest();
    await gateway.decide(request, 'approve');
    const other = await gateway.wire(REVIEWER);
    const foreign = errorsOf(await other.query(`CALL bailiwick.run('${request.id}')`));
    const unknown = errorsOf(await other.query(`CALL bailiwick.run('req_0000000000')`));
    expect(foreign).toMatchObject([{ C: '42704' }]);
    const anonymous = (text: string | undefined): string | undefined => text?.replaceAll(/req_\w+/g, 'req');
    expect(anonymous(foreign[0]?.M)).toBe(anonymous(unknown[0]?.M));
    expect(errorsOf(await other.query(TICKET))).toMatchObject([{ C: 'ZA001' }]);
    expect(await tickets()).toBe(0);
  });

  test('another search_path is another statement', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query(TICKET);
    const request = await gateway.pendingRequest();
    await gateway.decide(request, 'approve');
    await wire.query('SET search_path = pg_catalog, public');
    expect(errorsOf(await wire.query(TICKET))).toMatchObject([{ C: 'ZA001' }]);
    expect(errorsOf(await wire.query(`CALL bailiwick.run('${request.id}')`))).toMatchObject([{ C: '55000' }]);
    expect(await tickets()).toBe(0);
  });
});

test('nothing of a held statement is planned: constant folding would run code', async () => {
  await gateway.sql(`CREATE OR REPLACE FUNCTION folds() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    INSERT INTO runs VALUES ('folded'); RETURN 1; END $$`);
  const wire = await gateway.wire(EU_AGENT);
  wire.send(extendedQuery('SELECT folds()'));
  const request = await gateway.pendingRequest();
  expect(await ran()).toBe(0);
  await gateway.decide(request, 'reject', REVIEWER, 'no');
  expect(errorsOf(await wire.replies())).toMatchObject([{ C: '42501' }]);
  expect(await ran()).toBe(0);
});

test.each([
  "LOAD '$libdir/auto_explain'",
  'VACUUM runs',
  'LOCK TABLE runs IN SHARE MODE',
  'SELECT * FROM runs FOR UPDATE',
  'NOTIFY x',
  'DO $$ BEGIN END $$',
  'CREATE TABLE t (a int)',
  'SELECT lo_create(1)',
])('waits for a reviewer too: %s', async (sql) => {
  const wire = await gateway.wire(EU_AGENT);
  const answer = wire.query(sql);
  await gateway.decide(await gateway.pendingRequest(), 'reject', REVIEWER, 'no');
  expect(errorsOf(await answer)).toMatchObject([{ C: '42501' }]);
});

test('ROLE statements are blocked, whoever asks', async () => {
  const wire = await gateway.wire(EU_AGENT);
  for (const sql of [
    'CREATE ROLE mallory',
    'GRANT ALL ON customers TO PUBLIC',
    'SET ROLE postgres',
    'ALTER ROLE postgres NOLOGIN',
  ])
    expect(errorsOf(await wire.query(sql))).toMatchObject([{ C: '42501' }]);
  expect(await gateway.sql(`SELECT 1 FROM pg_roles WHERE rolname = 'mallory'`)).toEqual([]);
});
