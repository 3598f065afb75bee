// PROXY headers in front of everything else: required from trusted peers, a violation from anybody else, and what they
// say is what the session, its region and its record see.
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeCancelRequest, encodeQuery, encodeSslRequest, encodeStartupMessage } from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Claims,
  errorsOf,
  rowsOf,
  startTestGateway,
  type TestGateway,
  typesOf,
  WireClient,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

/** Loopback has many addresses: the gateway trusts this one. */
const PROXY = '127.0.0.2';
const STRANGER = '127.0.0.3';
/** A person who does not say where she is: the network says so. */
const NOWHERE_PERSON: Claims = { sub: 'maria@bank.example', groups: ['support', 'agents'] };

const line = (text: string): Buffer => Buffer.from(text, 'latin1');
const FROM_GERMANY = line('PROXY TCP4 203.0.113.7 198.51.100.1 51000 6432\r\n');
const SIGNATURE = '0d0a0d0a000d0a515549540a';
const FROM_GERMANY_BINARY = Buffer.from(`${SIGNATURE}2111000ccb007107c6336401c7381920`, 'hex');
const FROM_AMERICA_BINARY = Buffer.from(
  `${SIGNATURE}2121002420010db8000000000000000000000001${'20010db8000000000000000000000002'}c7381920`,
  'hex',
);
const LOCAL = Buffer.from(`${SIGNATURE}20000000`, 'hex');

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    policy: MASKING_POLICY,
    data: CRM_DATA,
    trustedProxies: [`${PROXY}/32`],
    networks: [
      { cidr: '203.0.113.0/24', region: 'DE' },
      { cidr: '2001:db8::/32', region: 'US' },
      // Where the proxies are says nothing about their clients.
      { cidr: '127.0.0.0/8', region: 'JP' },
    ],
  });
});
afterAll(() => gateway.close());

async function connectFrom(localAddress: string): Promise<Socket> {
  const socket = connectTcp({ host: gateway.host, port: gateway.port, localAddress, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Through a proxy that sends `header` (with the SSLRequest in the same segment), then TLS as a client would. */
async function secureFrom(localAddress: string, header: Buffer): Promise<WireClient> {
  const socket = await connectFrom(localAddress);
  socket.write(Buffer.concat([header, encodeSslRequest()]));
  expect(String((await once(socket, 'data'))[0])).toBe('S');
  const secured = connectTls({ socket, ca: gateway.ca ?? '', host: gateway.host });
  await once(secured, 'secureConnect');
  return new WireClient(secured);
}

async function logIn(wire: WireClient): Promise<WireClient> {
  await wire.logIn({ user: 'x', database: 'crm' }, await gateway.token(NOWHERE_PERSON));
  return wire;
}

async function whereabouts(wire: WireClient): Promise<{ region: unknown; address: unknown }> {
  const identity = new Map(rowsOf(await wire.query('SHOW bailiwick.identity')).map(([name, value]) => [name, value]));
  const session = new Map(rowsOf(await wire.query('SHOW bailiwick.session')).map(([name, value]) => [name, value]));
  const id = session.get('id') ?? '';
  const live = gateway.gateway.sessions.live().find((one) => one.id === id);
  const recorded = await gateway.audit.session(id);
  expect(recorded?.clientAddress).toBe(live?.clientAddress);
  return { region: identity.get('region'), address: live?.clientAddress };
}

describe('a trusted proxy', () => {
  test.each([
    ['version 1', FROM_GERMANY, { region: 'DE', address: '203.0.113.7' }],
    ['version 2', FROM_GERMANY_BINARY, { region: 'DE', address: '203.0.113.7' }],
    ['version 2, IPv6', FROM_AMERICA_BINARY, { region: 'US', address: '2001:db8::1' }],
    ['an address that is not known', line('PROXY UNKNOWN\r\n'), { region: 'unknown', address: '' }],
    ['itself, for a health check', LOCAL, { region: 'JP', address: PROXY }],
  ])('%s', async (_what, header, expected) => {
    const wire = await logIn(await secureFrom(PROXY, header));
    expect(await whereabouts(wire)).toEqual(expected);
    wire.destroy();
  });

  test('the region counts: who is not known to be in Europe is refused what is regulated', async () => {
    const from = async (header: Buffer): Promise<string> => {
      const wire = await logIn(await secureFrom(PROXY, header));
      const frames = await wire.query('SELECT email FROM customers WHERE id = 1');
      wire.destroy();
      return errorsOf(frames)[0]?.C ?? rowsOf(frames).join();
    };
    expect(await from(FROM_GERMANY)).toContain('@');
    expect(await from(FROM_AMERICA_BINARY)).toBe('42501');
    expect(await from(line('PROXY UNKNOWN\r\n'))).toBe('42501');
  });

  test('the header may come in any pieces, and TLS directly behind it', async () => {
    const socket = await connectFrom(PROXY);
    for (const byte of FROM_GERMANY_BINARY) {
      socket.write(Buffer.from([byte]));
      await new Promise((next) => setImmediate(next));
    }
    const secured = connectTls({ socket, ca: gateway.ca ?? '', host: gateway.host, ALPNProtocols: ['postgresql'] });
    await once(secured, 'secureConnect');
    expect(await whereabouts(await logIn(new WireClient(secured)))).toEqual({ region: 'DE', address: '203.0.113.7' });
    secured.destroy();
  });

  test('a header with a ClientHello in the same segment', async () => {
    const socket = await connectFrom(PROXY);
    socket.cork();
    socket.write(FROM_GERMANY);
    const secured = connectTls({ socket, ca: gateway.ca ?? '', host: gateway.host, ALPNProtocols: ['postgresql'] });
    socket.uncork();
    await once(secured, 'secureConnect');
    expect(await whereabouts(await logIn(new WireClient(secured)))).toMatchObject({ region: 'DE' });
    secured.destroy();
  });

  test('cancel requests come through it too', async () => {
    const wire = await logIn(await secureFrom(PROXY, FROM_GERMANY));
    if (wire.key === null) throw new Error('no key');
    wire.send(encodeQuery({ sql: 'SELECT count(*) FROM generate_series(1, 1e12)' }));
    const answer = wire.replies();
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    while (!answered) {
      const other = await secureFrom(PROXY, FROM_AMERICA_BINARY);
      other.send(encodeCancelRequest(wire.key));
      await other.rest();
    }
    expect(errorsOf(await answer)).toMatchObject([{ C: '57014' }]);
    wire.destroy();
  });

  test.each([
    ['no header', encodeSslRequest()],
    ['no header, but TLS', Buffer.from('1603010000', 'hex')],
    ['a header cut by another', Buffer.concat([line('PROXY TCP4 203.0.113.7 '), FROM_GERMANY])],
    ['a wrong checksum', Buffer.from(`${SIGNATURE}21110013cb007107c6336401c738192003000400000000`, 'hex')],
    ['a datagram', Buffer.from(`${SIGNATURE}2112000ccb007107c6336401c7381920`, 'hex')],
  ])('%s is a violation', async (_what, bytes) => {
    const wire = new WireClient(await connectFrom(PROXY));
    wire.send(bytes);
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
  });

  test('only one header: a second is no packet', async () => {
    const wire = new WireClient(await connectFrom(PROXY));
    wire.send(FROM_GERMANY, FROM_AMERICA_BINARY);
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
  });

  test('nothing of what follows a refused header is looked at', async () => {
    const wire = new WireClient(await connectFrom(PROXY));
    wire.send(line('PROXY TCP4 203.0.113.999 198.51.100.1 1 2\r\n'), encodeSslRequest());
    expect(typesOf(await wire.rest())).toBe('E');
    expect(wire.received.includes('S\n')).toBe(false);
  });
});

describe('anybody else', () => {
  const STARTUP = encodeStartupMessage({
    protocolMinor: 0,
    parameters: new Map([['user', 'x']]),
    protocolOptions: new Map(),
  });

  test.each([
    ['version 1', FROM_GERMANY],
    ['version 2', FROM_GERMANY_BINARY],
    ['LOCAL', LOCAL],
    ['version 1 with a packet behind it', Buffer.concat([FROM_GERMANY, STARTUP])],
  ])('is not believed: %s', async (_what, header) => {
    const wire = new WireClient(await connectFrom(STRANGER));
    wire.send(header);
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
  });

  test('nor inside TLS, nor behind SSLRequest', async () => {
    const inside = await secureFrom(STRANGER, Buffer.alloc(0));
    inside.send(FROM_GERMANY);
    expect(errorsOf(await inside.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    const behind = new WireClient(await connectFrom(STRANGER));
    behind.send(encodeSslRequest(), FROM_GERMANY);
    await behind.rest();
    expect(behind.received.toString('latin1')).not.toMatch(/^S/);
  });

  test('connects as itself', async () => {
    const wire = await logIn(await secureFrom(STRANGER, Buffer.alloc(0)));
    expect(await whereabouts(wire)).toEqual({ region: 'JP', address: STRANGER });
    wire.destroy();
  });
});

test('a gateway that trusts nobody takes a header from nobody', async () => {
  const plain = await startTestGateway({ policy: MASKING_POLICY });
  try {
    const socket = connectTcp({ host: plain.host, port: plain.port, localAddress: PROXY });
    await once(socket, 'connect');
    const wire = new WireClient(socket);
    wire.send(FROM_GERMANY);
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
  } finally {
    await plain.close();
  }
});
