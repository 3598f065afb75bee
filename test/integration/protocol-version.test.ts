// Versions and options of the protocol that clients ask for, next to what a real PostgreSQL answers to the same bytes.
import { type CancelRequest, encodeCancelRequest, encodeStartupMessage } from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  openTcp,
  rowsOf,
  type ServerFrame,
  startPostgres,
  startTap,
  startTestGateway,
  type TestGateway,
  WireClient,
} from '../servers/index.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

type Server = Awaited<ReturnType<typeof startPostgres>>;

let server: Server;
let gateway: TestGateway;
beforeAll(async () => {
  // The comparison is with the newest server, whichever one the other tests run against.
  server = await startPostgres();
  gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, server, tls: false });
});
afterAll(async () => {
  await gateway.close();
  await server.stop();
});

const hello = (protocolMinor: number, options: readonly string[] = []): Buffer =>
  encodeStartupMessage({
    protocolMinor,
    parameters: new Map([
      ['user', 'postgres'],
      ['database', 'crm'],
    ]),
    protocolOptions: new Map(options.map((name) => [name, 'on'])),
  });

/** Everything up to the first request for a credential, or the refusal. */
async function firstWords(port: number, bytes: Buffer): Promise<ServerFrame[]> {
  const wire = new WireClient(await openTcp({ host: '127.0.0.1', port }));
  wire.send(bytes);
  const frames = await wire.replies('RE');
  wire.destroy();
  return frames;
}

test.each([
  ['3.0', hello(0), 'R'],
  ['3.1, which nobody speaks', hello(1), 'R'],
  ['3.2', hello(2), 'R'],
  ['3.3', hello(3), 'vR'],
  ['3.9999', hello(9999), 'vR'],
  ['an option under 3.0', hello(0, ['_pq_.compression']), 'vR'],
  ['options under 3.2', hello(2, ['_pq_.b', '_pq_.a', '_pq_.']), 'vR'],
  ['options under 3.77', hello(77, ['_pq_.b']), 'vR'],
])('%s is answered as by PostgreSQL 18', async (_what, bytes, types) => {
  const [theirs, ours] = [await firstWords(server.port, bytes), await firstWords(gateway.port, bytes)];
  const letters = (frames: readonly ServerFrame[]): string => frames.map(({ type }) => type).join('');
  expect([letters(theirs), letters(ours)]).toEqual([types, types]);
  const negotiation = (frames: readonly ServerFrame[]): string[] =>
    frames.filter(({ type }) => type === 'v').map(({ body }) => body.toString('hex'));
  expect(negotiation(ours)).toEqual(negotiation(theirs));
});

test.each([
  ['protocol 65535.1', 0xffff_0001],
  ['protocol 4.0', 0x0004_0000],
  ['a request that is not there yet', 80_877_105],
])('%s is refused as by PostgreSQL 18', async (_what, version) => {
  const bytes = hello(0);
  bytes.writeUInt32BE(version, 4);
  const errors = await Promise.all(
    [server.port, gateway.port].map(async (port) => errorsOf(await firstWords(port, bytes))),
  );
  for (const [error] of errors) expect(error).toMatchObject({ S: 'FATAL', C: '0A000' });
});

test('who asked for too much gets a session all the same', async () => {
  const wire = await gateway.rawWire();
  wire.send(hello(9999, ['_pq_.compression']));
  expect((await wire.replies('R')).map(({ type }) => type)).toEqual(['v', 'R']);
  wire.destroy();
  const plain = await gateway.wire(EU_AGENT, { version: 3.2 });
  expect(rowsOf(await plain.query('SELECT 1'))).toEqual([['1']]);
  expect(plain.key?.secretKey).toHaveLength(32);
});

async function cancel(at: TestGateway, key: CancelRequest): Promise<void> {
  const other = await at.rawWire();
  other.send(encodeCancelRequest(key));
  await other.rest();
}

/** Length field, 1234 5678, process id, and the key. */
const cancelRequests = (sent: Buffer): number[] => {
  const lengths: number[] = [];
  const code = Buffer.from([0x04, 0xd2, 0x16, 0x2e]);
  for (let at = sent.indexOf(code); at >= 4; at = sent.indexOf(code, at + 1)) lengths.push(sent.readUInt32BE(at - 4));
  return lengths;
};

test.each([
  [18, 12 + 32],
  [15, 12 + 4],
] as const)('a database of version %i is asked for 3.2 and cancelled with what it gives', async (version, length) => {
  const database = version === 18 ? server : await startPostgres({ version });
  const tap = await startTap(database.port);
  const tapped = await startTestGateway({ policy: ALLOW_ALL_POLICY, server: { ...database, port: tap.port } });
  try {
    const wire = await tapped.wire(EU_AGENT, { version: 3.2 });
    expect(tap.sent().includes(Buffer.from([0, 3, 0, 2]))).toBe(true);
    expect(wire.key?.secretKey).toHaveLength(32);
    const { key } = wire;
    if (key === null) throw new Error('no key');
    const secret = key.secretKey.subarray(0, 4);
    expect(tap.received().includes(secret)).toBe(false);
    let over = false;
    const answer = wire.query('SELECT count(*) FROM generate_series(1, 1e12)').finally(() => {
      over = true;
    });
    await expect
      .poll(async () => {
        if (!over) await cancel(tapped, key);
        return over;
      })
      .toBe(true);
    expect(errorsOf(await answer)).toMatchObject([{ S: 'ERROR', C: '57014' }]);
    expect(new Set(cancelRequests(tap.sent()))).toEqual(new Set([length]));
  } finally {
    await tapped.close();
    await tap.close();
    if (version !== 18) await database.stop();
  }
});
