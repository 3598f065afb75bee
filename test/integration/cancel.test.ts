// CancelRequests on every way in: they hit their own session and nothing else, and only while that lives (SEMANTICS 31).
import { randomBytes } from 'node:crypto';
import { type CancelRequest, encodeCancelRequest, encodeQuery, encodeSync } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  extendedStatement,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, HOLDING_POLICY } from './fixtures/crm.ts';

const ENDLESS = 'SELECT count(*) FROM generate_series(1, 1e12)';
const HELD = `INSERT INTO runs VALUES ('held')`;
const DIRECT = { direct: ['postgresql'] };
type Opening = Parameters<TestGateway['rawWire']>[0];

let secure: TestGateway;
let plain: TestGateway;
beforeAll(async () => {
  secure = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA });
  plain = await startTestGateway({ policy: HOLDING_POLICY, data: CRM_DATA, tls: false });
});
afterAll(async () => {
  await secure.close();
  await plain.close();
});

/** Sessions of one test. */
const open: WireClient[] = [];
const live = (): number => secure.gateway.sessions.live().length + plain.gateway.sessions.live().length;
afterEach(async () => {
  for (const wire of open.splice(0)) wire.destroy();
  await expect.poll(live).toBe(0);
});

async function logIn(
  gateway: TestGateway,
  opening: Opening,
  version: 3.0 | 3.2,
  claims = EU_AGENT,
): Promise<WireClient> {
  const wire = await gateway.rawWire(opening);
  open.push(wire);
  await wire.logIn({ user: 'anyone', database: 'crm' }, await gateway.token(claims), version);
  return wire;
}

const keyOf = ({ key }: WireClient): CancelRequest => {
  if (key === null) throw new Error('the session has no cancel key');
  return key;
};

/** Resolves when the gateway has closed the connection, which it does without a word. */
async function send(gateway: TestGateway, opening: Opening, key: CancelRequest): Promise<void> {
  const wire = await gateway.rawWire(opening);
  wire.send(encodeCancelRequest(key));
  expect(await wire.rest()).toEqual([]);
}

/** Presents the key until the answer is there: a request may come before the statement has begun. */
async function cancelUntil<T>(
  gateway: TestGateway,
  opening: Opening,
  key: CancelRequest,
  answer: Promise<T>,
): Promise<T> {
  let over = false;
  void answer.finally(() => {
    over = true;
  });
  await expect
    .poll(
      async () => {
        if (!over) await send(gateway, opening, key);
        return over;
      },
      { timeout: 10_000 },
    )
    .toBe(true);
  return answer;
}

const running = async (gateway: TestGateway): Promise<number> =>
  (
    await gateway.sql(`SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'active' AND query = '${ENDLESS}'`)
  ).length;

interface Way {
  readonly name: string;
  readonly gateway: () => TestGateway;
  /** How the session comes in, and how the CancelRequest does. */
  readonly session: Opening;
  readonly cancel: Opening;
}

const WAYS: readonly Way[] = [
  { name: 'over TLS', gateway: () => secure, session: {}, cancel: {} },
  { name: 'over direct TLS', gateway: () => secure, session: DIRECT, cancel: DIRECT },
  { name: 'plain, at a listener without TLS', gateway: () => plain, session: {}, cancel: {} },
  {
    name: 'plain, for a session over TLS, as libpq sent it up to 16',
    gateway: () => secure,
    session: {},
    cancel: { tls: false },
  },
  { name: 'over TLS, for a session over direct TLS', gateway: () => secure, session: DIRECT, cancel: {} },
];

describe.each(WAYS.flatMap((way) => [{ ...way, version: 3.0 } as const, { ...way, version: 3.2 } as const]))(
  '$name, protocol $version',
  ({ gateway, session, cancel, version }) => {
    test('the key has the length of its version', async () => {
      expect(keyOf(await logIn(gateway(), session, version)).secretKey).toHaveLength(version === 3.2 ? 32 : 4);
    });

    test('cancels the statement of its session, and of no other of the same identity', async () => {
      const [mine, other] = [await logIn(gateway(), session, version), await logIn(gateway(), session, version)];
      let others = 'running';
      const otherAnswer = other.query(ENDLESS).then((frames) => {
        others = errorsOf(frames)[0]?.C ?? 'done';
      });
      const answer = mine.query(ENDLESS);
      await expect.poll(() => running(gateway())).toBe(2);
      const frames = await cancelUntil(gateway(), cancel, keyOf(mine), answer);
      expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', C: '57014' }]);
      expect(others).toBe('running');
      expect(await running(gateway())).toBe(1);
      expect(rowsOf(await mine.query('SELECT 1'))).toEqual([['1']]);
      await cancelUntil(gateway(), cancel, keyOf(other), otherAnswer);
      expect(others).toBe('57014');
    });

    test('ends the wait of a held statement, of which nothing runs', async () => {
      const wire = await logIn(gateway(), session, version);
      const answer = wire.query(HELD);
      const request = await gateway().pendingRequest();
      await send(gateway(), cancel, keyOf(wire));
      const frames = await answer;
      expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', C: '57014' }]);
      expect(statusOf(frames)).toBe('I');
      await expect.poll(async () => (await gateway().approvals.get(request.id))?.status).toBe('cancelled');
      expect(await gateway().sql('SELECT * FROM runs')).toEqual([]);
      expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    });
  },
);

test('a held statement of a pipeline is cancelled as the server would: up to the next Sync', async () => {
  const wire = await logIn(secure, {}, 3.2);
  wire.send(extendedStatement(HELD), extendedStatement(HELD), encodeSync(), encodeQuery({ sql: 'SELECT 2' }));
  await secure.pendingRequest();
  await send(secure, {}, keyOf(wire));
  expect(errorsOf(await wire.replies())).toMatchObject([{ C: '57014' }]);
  expect(rowsOf(await wire.replies())).toEqual([['2']]);
  expect(await secure.sql('SELECT * FROM runs')).toEqual([]);
});

test('of a held statement and one that runs elsewhere, only the one whose key it is ends', async () => {
  const [held, busy] = [await logIn(secure, {}, 3.2), await logIn(secure, {}, 3.2, EU_PERSON)];
  const answer = held.query(HELD);
  const request = await secure.pendingRequest();
  const busyAnswer = busy.query(ENDLESS);
  await cancelUntil(secure, {}, keyOf(busy), busyAnswer);
  expect((await secure.approvals.get(request.id))?.status).toBe('pending');
  await send(secure, {}, keyOf(held));
  expect(errorsOf(await answer)).toMatchObject([{ C: '57014' }]);
});

describe.each([3.0, 3.2] as const)('what is no key, under %f', (version) => {
  test('does nothing: near misses, other lengths, the key of another, the database’s own', async () => {
    const [wire, other] = [await logIn(secure, {}, version), await logIn(secure, {}, version)];
    const { processId, secretKey } = keyOf(wire);
    const [row] = rowsOf(await wire.query('SELECT pg_backend_pid()'));
    const backend = Number(row?.[0]);
    let outcome = 'running';
    const answer = wire.query(ENDLESS).then((frames) => {
      outcome = errorsOf(frames)[0]?.C ?? 'done';
    });
    await expect.poll(() => running(secure)).toBe(1);
    const flipped = Array.from({ length: secretKey.length * 8 }, (_, bit) => {
      const key = Buffer.from(secretKey);
      key[bit >> 3] = (key[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return key;
    });
    const secrets = [
      ...flipped,
      Buffer.alloc(secretKey.length),
      randomBytes(secretKey.length),
      Buffer.concat([secretKey, Buffer.alloc(1)]),
      Buffer.concat([secretKey, secretKey]),
      Buffer.concat([Buffer.alloc(4), secretKey]),
      keyOf(other).secretKey,
      ...(version === 3.2 ? [secretKey.subarray(0, 4), secretKey.subarray(28), secretKey.subarray(0, 31)] : []),
    ];
    const guesses = secrets.map((secret): CancelRequest => ({ processId, secretKey: secret }));
    guesses.push({ processId: keyOf(other).processId, secretKey });
    for (const id of [backend, processId + 1, processId ^ 0x8000_0000, 0, -1])
      guesses.push({ processId: id, secretKey });
    for (const guess of guesses) await send(secure, { tls: false }, guess);
    expect(outcome).toBe('running');
    expect(await running(secure)).toBe(1);
    await cancelUntil(secure, {}, keyOf(wire), answer);
    expect(outcome).toBe('57014');
  });

  test.each(['Terminate', 'a lost connection'])('a key is dead after %s', async (how) => {
    const wire = await logIn(secure, {}, version);
    const key = keyOf(wire);
    if (how === 'Terminate') wire.finish(Buffer.from([0x58, 0, 0, 0, 4]));
    else wire.destroy();
    await expect.poll(live).toBe(0);
    const next = await logIn(secure, {}, version);
    let outcome = 'running';
    const answer = next.query(ENDLESS).then((frames) => {
      outcome = errorsOf(frames)[0]?.C ?? 'done';
    });
    await expect.poll(() => running(secure)).toBe(1);
    for (let time = 0; time < 5; time++) await send(secure, {}, key);
    expect(outcome).toBe('running');
    await cancelUntil(secure, {}, keyOf(next), answer);
  });
});

test('a cancel that comes after its statement hits nothing that is sent later', async () => {
  const wire = await logIn(secure, {}, 3.2);
  for (let round = 0; round < 20; round++) {
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    await send(secure, {}, keyOf(wire));
    expect(rowsOf(await wire.query('SELECT 2'))).toEqual([['2']]);
  }
});
