// A session does not outlive the token or certificate that opened it (identity.on_token_expiry).
import { encodeQuery } from '@bailiwick/postgres';
import { issueCertificate } from 'bailiwick';
import { expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedQuery,
  rowsOf,
  type SkippingClock,
  skippingClock,
  startTestGateway,
  statusOf,
  type TestGateway,
  type TestGatewayOptions,
  tagsOf,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { ALLOW_ALL_POLICY, CRM_DATA, HOLDING_POLICY } from './fixtures/crm.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LOCK = 4711;
const EXPIRED = [{ S: 'FATAL', V: 'FATAL', C: '57P01' }];

async function withGateway(
  options: Partial<TestGatewayOptions>,
  run: (gateway: TestGateway, clock: SkippingClock) => Promise<void>,
): Promise<void> {
  const clock = skippingClock();
  const data = 'CREATE TABLE t (a int)';
  const gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, data, clock, ...options });
  try {
    await run(gateway, clock);
  } finally {
    await gateway.close();
  }
}

/** Backends of the gateway's own sessions that wait for a lock. */
const waiting = (gateway: TestGateway): Promise<unknown[]> =>
  gateway.sql(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'`,
  );

/** Runs what `statement` says while another session holds the lock that it waits for; resolves when it waits. */
async function blocked(gateway: TestGateway): Promise<{ readonly release: () => Promise<void> }> {
  const holder = await gateway.direct();
  await holder.query(`SELECT pg_advisory_lock(${LOCK})`);
  return {
    release: async () => {
      await holder.query(`SELECT pg_advisory_unlock(${LOCK})`);
    },
  };
}

const untilItWaits = (gateway: TestGateway): Promise<void> =>
  expect.poll(() => waiting(gateway), { timeout: 10_000 }).toHaveLength(1);

async function expectTokenOver(gateway: TestGateway, token: string): Promise<void> {
  const wire = await gateway.rawWire();
  const frames = await wire.logIn({ user: 'anyone', database: 'crm' }, token);
  expect(errorsOf(frames)).toMatchObject([{ C: '28P01' }]);
}

async function opened(gateway: TestGateway, token: string): Promise<WireClient> {
  return gateway.wire(EU_AGENT, { password: token });
}

test.each(['at_idle', 'at_once'] as const)('%s: a session that waits for its client ends', async (onTokenExpiry) => {
  await withGateway({ onTokenExpiry }, async (gateway, clock) => {
    const token = await gateway.token(EU_AGENT);
    const wire = await opened(gateway, token);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    clock.skip(HOUR_MS - 60_000);
    expect(rowsOf(await wire.query('SELECT 2'))).toEqual([['2']]);
    clock.skip(120_000 + 1000);
    const last = await wire.rest();
    expect(typesOf(last)).toBe('E');
    expect(errorsOf(last)).toMatchObject(EXPIRED);
    expect(errorsOf(last)[0]?.M).toMatch(/token .* has expired/);
    await expectTokenOver(gateway, token);
  });
});

test('at_idle: what runs is let finish, and nothing is begun after it', async () => {
  await withGateway({ onTokenExpiry: 'at_idle' }, async (gateway, clock) => {
    const wire = await opened(gateway, await gateway.token(EU_AGENT));
    const lock = await blocked(gateway);
    wire.send(encodeQuery({ sql: `SELECT pg_advisory_xact_lock(${LOCK}), 'done'` }));
    await untilItWaits(gateway);
    clock.skip(HOUR_MS + 1000);
    wire.send(extendedQuery('INSERT INTO t VALUES (1)'));
    await lock.release();
    const frames = await wire.rest();
    expect(rowsOf(frames)).toEqual([['', 'done']]);
    expect(errorsOf(frames)).toMatchObject(EXPIRED);
    expect(await gateway.sql('SELECT * FROM t')).toEqual([]);
  });
});

test('at_idle: a transaction is let end', async () => {
  await withGateway({ onTokenExpiry: 'at_idle' }, async (gateway, clock) => {
    const wire = await opened(gateway, await gateway.token(EU_AGENT));
    expect(statusOf(await wire.query('BEGIN; INSERT INTO t VALUES (1)'))).toBe('T');
    clock.skip(HOUR_MS + 1000);
    expect(tagsOf(await wire.query('INSERT INTO t VALUES (2)'))).toEqual(['INSERT 0 1']);
    wire.send(encodeQuery({ sql: 'COMMIT' }));
    const frames = await wire.rest();
    expect(tagsOf(frames)).toEqual(['COMMIT']);
    expect(errorsOf(frames)).toMatchObject(EXPIRED);
    expect(await gateway.sql('SELECT a FROM t ORDER BY a')).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

test('at_once: what runs is cancelled, and nothing of it stays', async () => {
  await withGateway({ onTokenExpiry: 'at_once' }, async (gateway, clock) => {
    const wire = await opened(gateway, await gateway.token(EU_AGENT));
    const lock = await blocked(gateway);
    wire.send(encodeQuery({ sql: `INSERT INTO t SELECT 1 FROM pg_advisory_xact_lock(${LOCK})` }));
    await untilItWaits(gateway);
    clock.skip(HOUR_MS + 1000);
    const frames = await wire.rest();
    expect(typesOf(frames)).toBe('E');
    expect(errorsOf(frames)).toMatchObject(EXPIRED);
    // The lock is still held: only the cancel request can have ended the wait.
    await expect.poll(() => waiting(gateway), { timeout: 10_000 }).toEqual([]);
    await lock.release();
    expect(await gateway.sql('SELECT * FROM t')).toEqual([]);
  });
});

test('at_once: a transaction is rolled back', async () => {
  await withGateway({ onTokenExpiry: 'at_once' }, async (gateway, clock) => {
    const wire = await opened(gateway, await gateway.token(EU_AGENT));
    await wire.query('BEGIN; INSERT INTO t VALUES (1)');
    clock.skip(HOUR_MS + 1000);
    expect(errorsOf(await wire.rest())).toMatchObject(EXPIRED);
    const open = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`;
    await expect.poll(() => gateway.sql(open)).toEqual([]);
    expect(await gateway.sql('SELECT * FROM t')).toEqual([]);
  });
});

test('at_once: a statement that is held for a reviewer does not wait on', async () => {
  const data = `${CRM_DATA}; CREATE TABLE t (a int)`;
  const options = { policy: HOLDING_POLICY, data, holdMs: 10 * HOUR_MS, onTokenExpiry: 'at_once' } as const;
  await withGateway(options, async (gateway, clock) => {
    const wire = await opened(gateway, await gateway.token(EU_AGENT));
    wire.send(encodeQuery({ sql: 'INSERT INTO t VALUES (1)' }));
    const request = await gateway.pendingRequest();
    clock.skip(HOUR_MS + 1000);
    expect(errorsOf(await wire.rest())).toMatchObject(EXPIRED);
    await gateway.decide(request, 'approve').catch(() => {});
    expect(await gateway.sql('SELECT * FROM t')).toEqual([]);
  });
});

test.each(['at_idle', 'at_once'] as const)('%s: a certificate ends its session likewise', async (onTokenExpiry) => {
  const claims = { sub: 'batch', client_id: 'batch', groups: ['agents'], region: 'DE', model_region: 'DE' };
  const certificates: TestGatewayOptions['certificates'] = (issuer) => [
    { match: { by: 'common_name', value: 'batch' }, identity: { issuer, claims } },
  ];
  await withGateway({ onTokenExpiry, methods: ['mtls'], certificates }, async (gateway, clock) => {
    const certificate = issueCertificate(gateway.clientAuthority, { names: ['batch'], usage: 'client', days: 2 });
    const wire = await gateway.rawWire({ certificate });
    await wire.logIn({ user: 'anyone', database: 'crm' }, '');
    await wire.replies('Z');
    clock.skip(DAY_MS - HOUR_MS);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    clock.skip(2 * HOUR_MS);
    expect(errorsOf(await wire.rest())).toMatchObject(EXPIRED);
  });
});
