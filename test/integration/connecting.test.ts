// The first bytes of a connection: TLS or nothing, no bytes smuggled ahead of it, no settings of the gateway's own.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { encodeCancelRequest, encodeGssencRequest, encodeSslRequest, encodeStartupMessage } from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  openTcp,
  rowsOf,
  type ServerFrame,
  startTestGateway,
  type TestGateway,
  typesOf,
  WireClient,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  const data = `${CRM_DATA}; CREATE SCHEMA other; CREATE TABLE other.customers (email) AS VALUES ('of nobody')`;
  gateway = await startTestGateway({ policy: MASKING_POLICY, data });
});
afterAll(() => gateway.close());

const startup = (parameters: Record<string, string>): Buffer =>
  encodeStartupMessage({
    protocolMinor: 0,
    parameters: new Map(Object.entries(parameters)),
    protocolOptions: new Map(),
  });
const HELLO = startup({ user: 'x', database: 'crm' });
const alive = async (): Promise<unknown> => rowsOf(await (await gateway.wire(EU_AGENT)).query('SELECT 1')).flat();

describe('TLS', () => {
  test('a client without it is refused before it is asked for anything', async () => {
    const wire = await gateway.rawWire({ tls: false });
    wire.send(HELLO);
    const frames = await wire.rest();
    expect(typesOf(frames)).toBe('E');
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28000' }]);
  });

  test.each<readonly [what: string, bytes: Buffer]>([
    ['a StartupMessage', HELLO],
    ['another SSLRequest', encodeSslRequest()],
    ['a ClientHello', Buffer.from('16030100', 'hex')],
  ])('%s smuggled behind SSLRequest ends the connection', async (_what, bytes) => {
    const wire = new WireClient(await openTcp(gateway));
    wire.send(encodeSslRequest(), bytes);
    const rest = await wire.rest();
    expect(wire.received.toString('latin1')[0]).not.toBe('S');
    expect(typesOf(rest)).not.toMatch(/[RZ]/);
    expect(await alive()).toEqual(['1']);
  });

  test('SSLRequest inside TLS, and GSSENCRequest twice, are violations', async () => {
    const inside = await gateway.rawWire();
    inside.send(encodeSslRequest());
    expect(errorsOf(await inside.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    const twice = new WireClient(await openTcp(gateway));
    twice.send(encodeGssencRequest());
    await expect.poll(() => twice.received.toString('latin1')).toBe('N');
    twice.send(encodeGssencRequest());
    await twice.rest();
    expect(twice.received.toString('latin1')).toMatch(/^NE.*FATAL.*08P01/s);
  });

  test('GSSENCRequest is declined, and SSLRequest may follow', async () => {
    const socket = await openTcp(gateway);
    socket.write(encodeGssencRequest());
    expect(String((await once(socket, 'data'))[0])).toBe('N');
    socket.write(encodeSslRequest());
    expect(String((await once(socket, 'data'))[0])).toBe('S');
    const secured = connectTls({ socket, ca: gateway.ca ?? '', host: gateway.host });
    await once(secured, 'secureConnect');
    const wire = new WireClient(secured);
    await wire.logIn({ user: 'x', database: 'crm' }, await gateway.token(EU_AGENT));
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('direct TLS works with ALPN postgresql and not without', async () => {
    const { host, port, ca } = gateway;
    const direct = connectTls({ host, port, ca: ca ?? '', ALPNProtocols: ['postgresql'] });
    await once(direct, 'secureConnect');
    const wire = new WireClient(direct);
    await wire.logIn({ user: 'x', database: 'crm' }, await gateway.token(EU_AGENT));
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    const nameless = connectTls({ host, port, ca: ca ?? '' }).on('error', () => {});
    await once(nameless, 'close');
    expect(nameless.bytesRead).toBe(0);
  });

  test.each<readonly [what: string, direct: boolean, protocols: string[]]>([
    ['directly', true, ['http/1.1']],
    ['directly, by another spelling', true, ['PostgreSQL', 'postgresql/3.0', 'postgresq']],
    ['by SSLRequest', false, ['http/1.1']],
  ])('TLS that names other protocols %s is refused in the handshake', async (_what, direct, ALPNProtocols) => {
    const { host, port, ca } = gateway;
    const socket = await openTcp({ host, port });
    if (!direct) {
      socket.write(encodeSslRequest());
      await once(socket, 'data');
    }
    const secured = connectTls({ socket, ca: ca ?? '', host, ALPNProtocols });
    const [error] = (await once(secured, 'error')) as [Error & { code?: string }];
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    expect(await alive()).toEqual(['1']);
  });

  test('ours may be one of several', async () => {
    const wire = await gateway.rawWire({ direct: ['http/1.1', 'postgresql'] });
    await wire.logIn({ user: 'x', database: 'crm' }, await gateway.token(EU_AGENT));
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('a listener without TLS declines it and takes the session on loopback', async () => {
    const plain = await startTestGateway({ policy: MASKING_POLICY, tls: false });
    try {
      const wire = new WireClient(await openTcp(plain));
      wire.send(encodeSslRequest());
      await expect.poll(() => wire.received.toString('latin1')).toBe('N');
      expect(rowsOf(await (await plain.wire(EU_AGENT)).query('SELECT 1'))).toEqual([['1']]);
    } finally {
      await plain.close();
    }
  });
});

describe('startup parameters', () => {
  test.each<Record<string, string>>([
    { role: 'postgres' },
    { session_authorization: 'postgres' },
    { options: '-c role=postgres' },
    { options: '-crole=postgres' },
    { options: '--session-authorization=postgres' },
    { options: '-c bailiwick.identity=root' },
    { 'bailiwick.identity': 'root' },
    { options: '-c search_path=public -c log_statement=all' },
    { options: '-d postgres' },
    { session_preload_libraries: '/tmp/evil' },
    { bytea_output: 'escape' },
    { standard_conforming_strings: 'off' },
    { client_encoding: 'SJIS' },
  ])('%j is refused', async (parameters) => {
    const wire = await gateway.rawWire();
    const frames = await wire.logIn({ user: 'x', database: 'crm', ...parameters }, await gateway.token(EU_AGENT));
    expect(typesOf(frames)).not.toContain('Z');
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '22023' }]);
    expect(await wire.rest()).toEqual([]);
  });

  const logIn = async (parameters: Record<string, string>): Promise<readonly ServerFrame[]> => {
    const wire = await gateway.rawWire();
    return wire.logIn({ user: 'x', database: 'crm', ...parameters }, await gateway.token(EU_AGENT));
  };

  test('options are read as the server reads them, and reset to', async () => {
    const options = `-c search_path=a\\ b,public --statement-timeout=7s\t-cwork_mem=3MB -c search_path="$user",\\ public`;
    const wire = await gateway.wire(EU_AGENT, { parameters: { options, lock_timeout: '5s' } });
    for (const reset of ['SELECT 1', 'RESET ALL', 'DISCARD ALL']) {
      expect(errorsOf(await wire.query(reset))).toEqual([]);
      const shown: unknown[] = [];
      for (const name of ['search_path', 'statement_timeout', 'work_mem', 'lock_timeout'])
        shown.push(...rowsOf(await wire.query(`SHOW ${name}`)).flat());
      expect(shown).toEqual(['"$user", public', '7s', '3MB', '5s']);
    }
  });

  test('a search_path of the connection is the one by which names are judged', async () => {
    for (const parameters of [{ options: '-c search_path=other' }, { SEARCH_PATH: 'other' }]) {
      const wire = await gateway.wire(EU_AGENT, { parameters });
      expect(rowsOf(await wire.query('SELECT email FROM customers'))).toEqual([['of nobody']]);
    }
    const wire = await gateway.wire(EU_AGENT, { parameters: { options: '-c search_path=other,public' } });
    expect(rowsOf(await wire.query('SELECT email FROM public.customers ORDER BY 1 LIMIT 1'))).not.toEqual([
      ['of nobody'],
    ]);
  });

  test('a refusal names the setting and says why', async () => {
    expect(errorsOf(await logIn({ options: '-c log_statement=all' }))).toMatchObject([
      { M: expect.stringContaining('[startup-refused] the setting log_statement is not on the list') },
    ]);
    expect(errorsOf(await logIn({ options: '-c' }))).toMatchObject([
      { M: expect.stringContaining('options name a setting without a value; write -c name=value') },
    ]);
  });

  test.each([
    ['a parameter twice', 'user\0x\0database\0crm\0user\0postgres\0\0'],
    ['a setting twice, in another case', 'user\0x\0database\0crm\0TimeZone\0UTC\0timezone\0UTC\0\0'],
    ['parameters behind the end', 'user\0x\0\0database\0crm\0\0'],
    ['a value without an end', 'user\0x\0database\0crm'],
    ['a name without a value', 'user\0x\0database\0\0'],
    ['no end', 'user\0x\0database\0crm\0'],
    ['what is not UTF-8', 'user\0x\xff\0database\0crm\0\0'],
  ])('%s is a violation', async (_name, text) => {
    const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(text, 'latin1')]);
    const length = Buffer.alloc(4);
    length.writeInt32BE(4 + body.length);
    const wire = await gateway.rawWire();
    wire.send(length, body);
    const frames = await wire.rest();
    expect(typesOf(frames)).toBe('E');
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
  });

  test('what would not fit beside what the gateway tells the database is refused, and not a fault of ours', async () => {
    expect(errorsOf(await logIn({ search_path: `public, "${'x'.repeat(9_800)}"` }))).toMatchObject([
      { S: 'FATAL', C: '22023', M: expect.stringContaining('the settings are longer than') },
    ]);
  });

  test('an empty database is the one of the user’s name', async () => {
    const wire = await gateway.rawWire();
    const frames = await wire.logIn({ user: 'crm', database: '' }, await gateway.token(EU_AGENT));
    expect(typesOf(frames)).toMatch(/Z$/);
  });

  test('replication is not offered', async () => {
    for (const replication of ['database', 'true']) {
      const wire = await gateway.rawWire();
      const frames = await wire.logIn({ user: 'x', database: 'crm', replication }, await gateway.token(EU_AGENT));
      expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '0A000' }]);
    }
  });

  test('the database is told who is behind the connection, also after RESET ALL and DISCARD ALL', async () => {
    const wire = await gateway.wire(EU_AGENT, { parameters: { application_name: 'my-app', TimeZone: 'Asia/Tokyo' } });
    const name = async (): Promise<string | null | undefined> =>
      rowsOf(await wire.query(`SELECT current_setting('application_name')`))[0]?.[0];
    const first = await name();
    expect(first).toContain('maria');
    for (const sql of [`SET application_name = 'forged'`, 'RESET ALL', 'RESET application_name', 'DISCARD ALL']) {
      expect(errorsOf(await wire.query(sql)), sql).toEqual([]);
      expect(await name()).toBe(first);
    }
    expect(rowsOf(await wire.query('SHOW TimeZone'))).toEqual([['Asia/Tokyo']]);
    const [row] = await gateway.sql(
      `SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%maria%'`,
    );
    expect(row?.application_name).toBe(first);
  });
});

describe('cancel requests', () => {
  test('with the key of a session they cancel its statement; with another they do nothing', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const { key } = wire;
    if (key === null) throw new Error('no cancel key');
    let outcome = 'still running';
    const answer = wire.query('SELECT count(*) FROM generate_series(1, 1e12)').then((frames) => {
      outcome = errorsOf(frames)[0]?.C ?? 'done';
    });
    const cancel = async (secretKey: Buffer): Promise<void> => {
      const other = await gateway.rawWire();
      other.send(encodeCancelRequest({ processId: key.processId, secretKey }));
      expect(await other.rest()).toEqual([]);
    };
    const wrong = Buffer.from(key.secretKey);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    await cancel(wrong);
    await cancel(randomBytes(4));
    expect(outcome).toBe('still running');
    await expect
      .poll(
        async () => {
          await cancel(key.secretKey);
          return outcome;
        },
        { timeout: 10_000 },
      )
      .toBe('57014');
    await answer;
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('a key is dead after its session', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const { key } = wire;
    wire.destroy();
    if (key === null) throw new Error('no cancel key');
    const other = await gateway.rawWire();
    other.send(encodeCancelRequest(key));
    expect(await other.rest()).toEqual([]);
    expect(await alive()).toEqual(['1']);
  });
});

test('the accept loop waits for nobody: silent and slow peers end at the handshake deadline', async () => {
  const quick = await startTestGateway({ policy: MASKING_POLICY, handshakeTimeoutMs: 300 });
  try {
    const silent = new WireClient(await openTcp(quick));
    const half = new WireClient(await openTcp(quick));
    half.send(HELLO.subarray(0, 6));
    const stuckInTls = new WireClient(await openTcp(quick));
    stuckInTls.send(encodeSslRequest());
    const unauthenticated = await quick.rawWire();
    unauthenticated.send(HELLO);
    expect(rowsOf(await (await quick.wire(EU_AGENT)).query('SELECT 1'))).toEqual([['1']]);
    for (const client of [silent, half, unauthenticated]) await client.rest();
    await expect.poll(() => stuckInTls.ended).toBe(true);
  } finally {
    await quick.close();
  }
});
