// Limits that end a connection, a session or a statement, each with the code that the server has for it.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { encodeCancelRequest, encodeQuery, encodeStartupMessage } from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  rowsOf,
  sharedPostgres,
  skippingClock,
  startTestGateway,
  statusOf,
  type TestGateway,
  type TestGatewayOptions,
  tagsOf,
  typesOf,
} from '../servers/index.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

const SLOW = 'SELECT count(*) FROM generate_series(1, 3000000)';
const STARTUP = encodeStartupMessage({
  protocolMinor: 0,
  parameters: new Map([
    ['user', 'x'],
    ['database', 'crm'],
  ]),
  protocolOptions: new Map(),
});

async function withLimits(
  options: Partial<TestGatewayOptions>,
  run: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, ...options });
  try {
    await run(gateway);
  } finally {
    await gateway.close();
  }
}

describe('time', () => {
  test('a silent client ends with 57P05; one that is answered does not, however long that takes', async () => {
    await withLimits({ limits: { idleTimeMs: 150 } }, async (gateway) => {
      const wire = await gateway.wire(EU_AGENT);
      const started = performance.now();
      expect(rowsOf(await wire.query(SLOW))).toEqual([['3000000']]);
      expect(performance.now() - started).toBeGreaterThan(150);
      expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P05' }]);
    });
  });

  test('half a message is no sign of life', async () => {
    await withLimits({ limits: { idleTimeMs: 300 } }, async (gateway) => {
      const wire = await gateway.wire(EU_AGENT);
      const query = encodeQuery({ sql: 'SELECT 1' });
      const ended = wire.rest();
      let at = 0;
      const trickle = setInterval(() => {
        if (at < query.length - 1) wire.send(query.subarray(at, ++at));
      }, 40);
      expect(errorsOf(await ended)).toMatchObject([{ S: 'FATAL', C: '57P05' }]);
      clearInterval(trickle);
      expect(at).toBeGreaterThan(3);
    });
  });

  test('idle inside a transaction is 25P03, also in a failed one, and nothing of it stays', async () => {
    const options = { limits: { idleInTransactionTimeMs: 200 }, data: 'CREATE TABLE t (a int)' };
    await withLimits(options, async (gateway) => {
      for (const sql of ['BEGIN; INSERT INTO t VALUES (1)', 'BEGIN; INSERT INTO t VALUES (1); SELECT 1/0']) {
        const wire = await gateway.wire(EU_AGENT);
        await wire.query(sql);
        expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '25P03' }]);
      }
      expect(await gateway.sql('SELECT * FROM t')).toEqual([]);
    });
  });

  test('a session that lasts too long ends with 57P01 when it comes to rest', async () => {
    await withLimits({ limits: { sessionTimeMs: 250 } }, async (gateway) => {
      const [idle, busy] = await Promise.all([gateway.wire(EU_AGENT), gateway.wire(EU_AGENT)]);
      busy.send(encodeQuery({ sql: SLOW }));
      expect(errorsOf(await idle.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
      const frames = await busy.rest();
      expect(rowsOf(frames)).toEqual([['3000000']]);
      expect(typesOf(frames)).toBe('TDCZE');
      expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
    });
  });

  test.each([
    ['a transaction that goes on and on', 'BEGIN', 'Z'],
    ['a statement that takes too long', 'SELECT count(*) FROM generate_series(1, 1e12)', null],
    ['a COPY whose client sends no data', 'COPY t FROM STDIN', 'G'],
  ])('beyond it %s gets a minute, and is cut', async (_name, sql, answer) => {
    const clock = skippingClock();
    await withLimits({ limits: { sessionTimeMs: 600_000 }, data: 'CREATE TABLE t (a int)', clock }, async (gateway) => {
      const upstream = (): Promise<unknown[]> =>
        gateway.sql(`SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE 'bailiwick%' AND state <> 'idle'`);
      const wire = await gateway.wire(EU_AGENT);
      wire.send(encodeQuery({ sql }));
      if (answer !== null) await wire.replies(answer);
      await expect.poll(upstream).toHaveLength(1);
      clock.skip(600_000);
      if (answer === 'Z') expect(rowsOf(await wire.query('SELECT 2'))).toEqual([['2']]);
      clock.skip(60_000);
      expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
      await expect.poll(upstream, { timeout: 10_000 }).toEqual([]);
    });
  });

  test('a client that does not log in is told 57014, once it has said what it is', async () => {
    await withLimits({ handshakeTimeoutMs: 400 }, async (gateway) => {
      const [silent, asked] = await Promise.all([gateway.rawWire(), gateway.rawWire()]);
      asked.send(STARTUP);
      const frames = await asked.rest();
      expect(typesOf(frames)).toBe('RE');
      expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '57014' }]);
      expect(await silent.rest()).toEqual([]);
    });
  });

  test('a database that does not answer is 08006 after the time to connect, and no longer', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const server = await sharedPostgres();
    const existing = { name: 'postgres', user: server.user, password: server.password };
    const options = { existing, limits: { connectTimeMs: 300 }, handshakeTimeoutMs: 5_000 };
    await withLimits({ ...options, server: { ...server, port: address.port } }, async (gateway) => {
      const wire = await gateway.rawWire();
      const frames = await wire.logIn({ user: 'x', database: 'crm' }, await gateway.token(EU_AGENT));
      expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08006', M: expect.stringContaining('in time') }]);
    });
    silent.close();
  });
});

describe('connections', () => {
  test('beyond the limit a client is told 53300, gets no session, and may still cancel', async () => {
    await withLimits({ maxConnections: 1 }, async (gateway) => {
      const wire = await gateway.wire(EU_AGENT);
      if (wire.key === null) throw new Error('no key');
      const second = await gateway.rawWire();
      const frames = await second.logIn({ user: 'x', database: 'crm' }, await gateway.token(EU_AGENT));
      expect(typesOf(frames)).toBe('E');
      expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '53300' }]);
      await second.rest();
      wire.send(encodeQuery({ sql: 'SELECT count(*) FROM generate_series(1, 1e12)' }));
      const answer = wire.replies();
      let answered = false;
      void answer.then(() => {
        answered = true;
      });
      while (!answered) {
        const other = await gateway.rawWire();
        other.send(encodeCancelRequest(wire.key));
        await other.rest();
      }
      expect(errorsOf(await answer)).toMatchObject([{ C: '57014' }]);
      expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    });
  });

  test('and there is room again when one has gone', async () => {
    await withLimits({ maxConnections: 1 }, async (gateway) => {
      const first = await gateway.wire(EU_AGENT);
      first.destroy();
      const attempt = async (): Promise<string> => {
        const wire = await gateway.rawWire();
        return typesOf(await wire.logIn({ user: 'x', database: 'crm' }, await gateway.token(EU_AGENT)));
      };
      await expect.poll(attempt, { timeout: 10_000 }).toMatch(/Z$/);
    });
  });
});

test.runIf(process.platform === 'linux')('both legs are probed while nothing is said', async () => {
  await withLimits({ limits: { keepAliveMs: 60_000 } }, async (gateway) => {
    await gateway.wire(EU_AGENT);
    const [row] = await gateway.sql(
      `SELECT client_port FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'bailiwick%maria%'`,
    );
    const ends = (port: number): readonly string[] =>
      readFileSync('/proc/net/tcp', 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local = '']) => local.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`))
        .filter(([, , , state]) => state === '01')
        .map(([, , , , , timer = '']) => timer);
    // 02 is the timer of keep-alive; what it counts are hundredths of a second (proc_net_tcp of the kernel).
    for (const port of [gateway.port, Number(row?.client_port)]) {
      // Until everything is acknowledged another timer runs.
      await expect.poll(() => ends(port).map((timer) => timer.slice(0, 3))).toEqual(['02:']);
      expect(Number.parseInt(ends(port)[0]?.slice(3) ?? '', 16)).toBeLessThanOrEqual(6_000);
    }
  });
});

describe('notices', () => {
  const FLOOD = `DO $$ BEGIN FOR i IN 1..1000000 LOOP RAISE NOTICE 'n'; END LOOP; END $$`;
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, limits: { noticesPerStatementMax: 50 } });
  });
  afterAll(() => gateway.close());

  test('a flood ends the statement with 57014, and the client gets no more than the limit', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(FLOOD);
    expect(frames.filter(({ type }) => type === 'N')).toHaveLength(50);
    expect(errorsOf(frames)).toMatchObject([
      { S: 'ERROR', C: '57014', M: expect.stringContaining('[notice-flood] the statement sent more than 50 notices') },
    ]);
    expect(statusOf(frames)).toBe('I');
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('inside a transaction it fails the transaction', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query('BEGIN');
    expect(statusOf(await wire.query(FLOOD))).toBe('E');
    expect(errorsOf(await wire.query('SELECT 1'))).toMatchObject([{ C: '25P02' }]);
    expect(tagsOf(await wire.query('ROLLBACK'))).toEqual(['ROLLBACK']);
  });

  test('a statement that catches the cancel gets no more notices through for it', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(`DO $$ BEGIN FOR i IN 1..20000 LOOP
      BEGIN RAISE NOTICE 'n'; EXCEPTION WHEN query_canceled THEN RAISE NOTICE 'caught'; END; END LOOP; END $$`);
    expect(frames.filter(({ type }) => type === 'N').length).toBeLessThanOrEqual(50);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('each statement of a text, and each of a pipeline, has its own count', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const forty = `DO $$ BEGIN FOR i IN 1..40 LOOP RAISE NOTICE 'n'; END LOOP; END $$`;
    const frames = await wire.query(`${forty}; ${forty}; ${forty}`);
    expect(errorsOf(frames)).toEqual([]);
    expect(frames.filter(({ type }) => type === 'N')).toHaveLength(120);
  });
});
