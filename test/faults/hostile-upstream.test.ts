// A database that lies, through a real gateway: the session ends, closed, with one error; the client gets nothing that
// was not understood, nothing of the credential goes anywhere, and every other session goes on.
import {
  type AuthenticationRequest,
  encodeAuthenticationRequest,
  encodeBackendKeyData,
  encodeBind,
  encodeCommandComplete,
  encodeCopyBothResponse,
  encodeCopyData,
  encodeCopyInResponse,
  encodeCopyOutResponse,
  encodeDataRow,
  encodeDescribe,
  encodeEmptyQueryResponse,
  encodeErrorResponse,
  encodeExecute,
  encodeFunctionCallResponse,
  encodeNegotiateProtocolVersion,
  encodeNoData,
  encodeNoticeResponse,
  encodeParameterDescription,
  encodeParameterStatus,
  encodeParse,
  encodeParseComplete,
  encodePortalSuspended,
  encodeQuery,
  encodeReadyForQuery,
  encodeRowDescription,
  encodeSync,
} from '@bailiwick/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ALLOW_ALL_POLICY, CRM_DATA, MASKING_POLICY } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  errorsOf,
  extendedQuery,
  type HandshakePeer,
  type HostileServer,
  rowsOf,
  type ServerFrame,
  sharedPostgres,
  startHostileServer,
  startTestGateway,
  type TestGateway,
  typesOf,
  type WireClient,
} from '../servers/index.ts';

/** What no client may see: the hostile database sends it wherever it can. */
const CANARY = '999-88-7777';
const CONNECT_TIME_MS = 1_500;

let hostile: HostileServer;
let masking: TestGateway;
let open: TestGateway;
beforeAll(async () => {
  const server = await sharedPostgres();
  hostile = await startHostileServer(server.port);
  const options = {
    server: { ...server, port: hostile.port },
    data: CRM_DATA,
    limits: { connectTimeMs: CONNECT_TIME_MS, frameBytesMax: 1 << 20 },
  };
  masking = await startTestGateway({ ...options, policy: MASKING_POLICY });
  open = await startTestGateway({ ...options, policy: ALLOW_ALL_POLICY });
});
afterAll(async () => {
  await masking.close();
  await open.close();
  await hostile.close();
});
beforeEach(() => {
  hostile.meetWith(null);
  hostile.answerWith(null);
});

/** The gateway serves the next client as if nothing had been. */
async function stillServes(gateway: TestGateway): Promise<void> {
  hostile.meetWith(null);
  hostile.answerWith(null);
  const wire = await gateway.wire(EU_AGENT);
  expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  wire.destroy();
  await expect.poll(() => gateway.gateway.sessions.live().length).toBe(0);
  await expect.poll(() => hostile.open()).toBe(0);
}

const raw = (type: string, length: number, body: Buffer | string = ''): Buffer => {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(body)]);
};
const message = (type: string, body: Buffer): Buffer => raw(type, body.length + 4, body);
const ask = (request: Exclude<AuthenticationRequest, { kind: 'unsupported' }>): Buffer =>
  encodeAuthenticationRequest(request);
const OK = ask({ kind: 'Ok' });
const READY = encodeReadyForQuery({ status: 'I' });
const KEY = encodeBackendKeyData({ processId: 1, secretKey: Buffer.alloc(4, 1) });
const NOTICE = encodeNoticeResponse({
  fields: new Map([
    ['S', 'NOTICE'],
    ['V', 'NOTICE'],
    ['C', '00000'],
    ['M', CANARY],
  ]),
});
const SCRAM = ask({ kind: 'SASL', mechanisms: ['SCRAM-SHA-256'] });
const FATAL = (fields: Readonly<Record<string, string>>): Buffer =>
  encodeErrorResponse({ fields: new Map(Object.entries({ S: 'FATAL', V: 'FATAL', M: CANARY, ...fields })) });
const negotiate = (protocolMinor: number, unknownOptions: readonly string[] = []): Buffer =>
  encodeNegotiateProtocolVersion({ protocolMinor, unknownOptions });

/** Speaks SCRAM up to the server's first message, which `serverFirst` makes of the client's nonce. */
const scram =
  (serverFirst: (nonce: string) => string, ...afterwards: readonly Buffer[]) =>
  async (peer: HandshakePeer): Promise<void> => {
    peer.send(SCRAM);
    const nonce = /r=([^,\0]+)/.exec((await peer.read()).toString('latin1'))?.[1] ?? '';
    peer.send(message('R', Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from(serverFirst(nonce))])));
    if (afterwards.length === 0) return;
    await peer.read();
    peer.send(...afterwards);
  };
const says =
  (...bytes: readonly Buffer[]) =>
  (peer: HandshakePeer): void =>
    peer.send(...bytes);
const SALT = Buffer.alloc(16, 7).toString('base64');
const good = (nonce: string): string => `r=${nonce}more,s=${SALT},i=4096`;
const final = (data: string): Buffer => ask({ kind: 'SASLFinal', data: Buffer.from(data) });

describe('while a session is being opened', () => {
  test.each<readonly [what: string, script: (peer: HandshakePeer) => void | Promise<void>]>([
    ['it closes', (peer) => peer.end()],
    ['it says nothing', () => {}],
    ['it drips one byte at a time and then stops', says(OK.subarray(0, 3))],
    ['it is ready before it asks who we are', says(READY)],
    ['it gives a key before it asks', says(KEY)],
    ['it speaks of settings before it asks', says(encodeParameterStatus({ name: 'a', value: CANARY }))],
    ['rows come in place of a handshake', says(encodeDataRow([Buffer.from(CANARY)]))],
    ['it speaks another protocol', says(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))],
    ['a length is 0', says(raw('R', 0))],
    ['a length is 3', says(raw('R', 3))],
    ['a length is negative', says(raw('R', -1))],
    ['a length is 2 GiB', says(raw('R', 0x7fff_ffff))],
    ['an AuthenticationRequest is cut', says(raw('R', 6, Buffer.alloc(2)))],
    ['AuthenticationOk goes on', says(message('R', Buffer.alloc(5)))],
    ['AuthenticationOk comes twice', says(OK, OK)],
    ['it asks again after AuthenticationOk', says(OK, SCRAM)],
    ['it wants the password itself, off TLS', says(ask({ kind: 'CleartextPassword' }))],
    ['it wants Kerberos', says(message('R', Buffer.from([0, 0, 0, 2])))],
    ['it wants GSSAPI', says(message('R', Buffer.from([0, 0, 0, 7])))],
    ['it wants SSPI', says(message('R', Buffer.from([0, 0, 0, 9])))],
    ['it wants what nobody knows', says(message('R', Buffer.from([0x7f, 0, 0, 1])))],
    ['it knows no mechanism', says(ask({ kind: 'SASL', mechanisms: [] }))],
    ['it knows another mechanism', says(ask({ kind: 'SASL', mechanisms: ['PLAIN', 'SCRAM-SHA-1'] }))],
    [
      'its list of mechanisms has no end',
      says(message('R', Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from('X')]))),
    ],
    ['SCRAM begins in the middle', says(ask({ kind: 'SASLContinue', data: Buffer.from(good('x')) }))],
    ['SCRAM begins at its end', says(final('v=AAAA'))],
    ['the nonce is a megabyte', scram((nonce) => `r=${nonce}${'x'.repeat(1 << 20)},s=${SALT},i=4096`)],
    ['the nonce is 1500 bytes', scram((nonce) => `r=${nonce}${'x'.repeat(1_500)},s=${SALT},i=4096`)],
    ['the nonce is another', scram(() => `r=another,s=${SALT},i=4096`)],
    ['the nonce is only ours', scram((nonce) => `r=${nonce},s=${SALT},i=4096`)],
    ['there is no salt', scram((nonce) => `r=${nonce}more,s=,i=4096`)],
    ['the salt is not base64', scram((nonce) => `r=${nonce}more,s=***,i=4096`)],
    ['iterations are 0', scram((nonce) => `r=${nonce}more,s=${SALT},i=0`)],
    ['iterations are negative', scram((nonce) => `r=${nonce}more,s=${SALT},i=-1`)],
    ['iterations are 2^31-1', scram((nonce) => `r=${nonce}more,s=${SALT},i=2147483647`)],
    ['iterations are over 2^64', scram((nonce) => `r=${nonce}more,s=${SALT},i=99999999999999999999`)],
    ['an extension is mandatory', scram((nonce) => `m=x,${good(nonce)}`)],
    ['something follows the iterations', scram((nonce) => `${good(nonce)},x=1`)],
    ['it accepts without a proof of its own', scram(good, OK, KEY, READY)],
    ['its proof is wrong', scram(good, final(`v=${Buffer.alloc(32).toString('base64')}`), OK, KEY, READY)],
    ['its proof is short', scram(good, final('v=AAAA'), OK, KEY, READY)],
    ['its proof is empty', scram(good, final('v='), OK, KEY, READY)],
    ['it reports an error of the exchange', scram(good, final('e=other-error'), OK, KEY, READY)],
    ['its first message comes twice', scram(good, ask({ kind: 'SASLContinue', data: Buffer.from('r=x') }))],
    ['a key has no bytes', says(OK, message('K', Buffer.alloc(4)), READY)],
    ['a key has 257 bytes', says(OK, message('K', Buffer.alloc(4 + 257)), READY)],
    ['two keys come', says(OK, KEY, KEY, READY)],
    [
      'a long key comes under 3.0',
      says(negotiate(0), OK, encodeBackendKeyData({ processId: 1, secretKey: Buffer.alloc(32) }), READY),
    ],
    ['a newer version is forced on us', says(negotiate(3), OK, KEY, READY)],
    ['the version that we asked for is negotiated', says(negotiate(2), OK, KEY, READY)],
    ['options are refused that nobody asked for', says(negotiate(0, ['_pq_.x']), OK, KEY, READY)],
    ['the version is negotiated twice', says(negotiate(1), negotiate(0), OK, KEY, READY)],
    ['the version is negotiated late', says(OK, negotiate(0), KEY, READY)],
    ['the version is of another major one', says(message('v', Buffer.from([0, 2, 0, 0, 0, 0, 0, 0])), OK, KEY, READY)],
    [
      'settings have no end',
      says(
        OK,
        ...Array.from({ length: 500 }, (_, i) => encodeParameterStatus({ name: `s${i}`, value: '' })),
        KEY,
        READY,
      ),
    ],
    ['notices have no end', says(OK, ...Array.from({ length: 30_000 }, () => NOTICE), KEY, READY)],
    [
      'text is in another encoding',
      says(OK, encodeParameterStatus({ name: 'client_encoding', value: 'LATIN1' }), KEY, READY),
    ],
    [
      'backslashes are escapes',
      says(OK, encodeParameterStatus({ name: 'standard_conforming_strings', value: 'off' }), KEY, READY),
    ],
    ['a setting is not UTF-8', says(OK, message('S', Buffer.from([0x61, 0, 0xff, 0])), KEY, READY)],
    ['we begin in a transaction', says(OK, KEY, encodeReadyForQuery({ status: 'T' }))],
    ['we begin in a failed one', says(OK, KEY, encodeReadyForQuery({ status: 'E' }))],
    ['it is ready in no known way', says(OK, KEY, message('Z', Buffer.from('X')))],
    ['a row comes before it is ready', says(OK, KEY, encodeDataRow([Buffer.from(CANARY)]), READY)],
    ['an error has no SQLSTATE', says(FATAL({}))],
    ['an error has no fields', says(message('E', Buffer.of(0)))],
    ['an error has no end', says(message('E', Buffer.from(`SFATAL\0M${CANARY}`)))],
    ['an error names what it should not', says(FATAL({ C: '28P01', D: CANARY, H: CANARY }))],
  ])('%s', async (_what, script) => {
    hostile.meetWith(script);
    const wire = await open.rawWire();
    const frames = await wire.logIn({ user: 'anyone', database: 'crm' }, await open.token(EU_AGENT));
    const all = [...frames, ...(await wire.rest())];
    expect(errorsOf(all)).toMatchObject([{ S: 'FATAL', C: '08006' }]);
    expect(typesOf(all)).toMatch(/^RE$/);
    expect(wire.received.includes(CANARY)).toBe(false);
    // The credential is proven by SCRAM or not at all: nothing that it is made of goes to a database that lies.
    expect(hostile.heard().toString('latin1')).not.toMatch(/Bearer|eyJ/);
    expect(open.logText()).not.toContain(CANARY);
    await stillServes(open);
  });

  test('a password is never given in clear, whatever it takes', async () => {
    hostile.meetWith(says(ask({ kind: 'CleartextPassword' })));
    const wire = await open.rawWire();
    await wire.logIn({ user: 'anyone', database: 'crm' }, await open.token(EU_AGENT));
    expect(hostile.heard()).toHaveLength(0);
  });

  test('one that cannot negotiate is met again in its own version', async () => {
    const versions: number[] = [];
    hostile.meetWith(async (peer) => {
      versions.push(versions.length);
      if (versions.length === 1) return peer.send(FATAL({ C: '0A000' }));
      peer.send(OK, encodeParameterStatus({ name: 'search_path', value: 'public' }), KEY, READY);
      await peer.read();
    });
    const wire = await open.wire(EU_AGENT);
    expect(versions).toHaveLength(2);
    expect(wire.key).not.toBeNull();
    wire.destroy();
    await stillServes(open);
  });

  test('one that closes instead of saying what the search_path is', async () => {
    hostile.meetWith((peer) => {
      peer.send(OK, KEY, READY);
    });
    const wire = await open.rawWire();
    const frames = await wire.logIn({ user: 'anyone', database: 'crm' }, await open.token(EU_AGENT));
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08006' }]);
    await stillServes(open);
  });

  test('one that refuses every version is asked twice and no more', async () => {
    let times = 0;
    hostile.meetWith((peer) => {
      times++;
      peer.send(FATAL({ C: '0A000' }));
    });
    const wire = await open.rawWire();
    const frames = await wire.logIn({ user: 'anyone', database: 'crm' }, await open.token(EU_AGENT));
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08006' }]);
    expect(times).toBe(2);
  });
});

const field = (
  name: string,
  tableOid = 0,
  attnum = 0,
): Parameters<typeof encodeRowDescription>[0]['fields'][number] => ({
  ...{ name, tableOid, attnum, typeOid: 25, typeSize: -1, typeModifier: -1, format: 0 },
});
const columns = (...names: readonly string[]): Buffer =>
  encodeRowDescription({ fields: names.map((name) => field(name)) });
const cells = (...values: readonly string[]): Buffer => encodeDataRow(values.map((value) => Buffer.from(value)));
const done = (tag: string): Buffer => encodeCommandComplete({ tag });
const error = (fields: Readonly<Record<string, string>>): Buffer =>
  encodeErrorResponse({ fields: new Map(Object.entries({ S: 'ERROR', V: 'ERROR', M: CANARY, ...fields })) });
const ROW = cells('1', CANARY);
const SELECT = 'SELECT id, ssn FROM customers';

/** Answers to a simple SELECT of two columns that end the session. */
const ANSWERS: readonly (readonly [what: string, answer: readonly (Buffer | null)[]])[] = [
  ['a row without a description', [ROW, done('SELECT 1'), READY]],
  ['a row of fewer cells', [columns('id', 'ssn'), cells(CANARY), done('SELECT 1'), READY]],
  ['a row of more cells', [columns('id', 'ssn'), cells('1', '2', CANARY), done('SELECT 1'), READY]],
  [
    'a row that announces more cells than it has',
    [columns('id', 'ssn'), message('D', Buffer.from([0, 2, 0, 0, 0, 1, 0x31]))],
  ],
  ['a row that announces 65535 cells', [columns('id', 'ssn'), message('D', Buffer.from([0xff, 0xff]))]],
  [
    'a cell that is longer than its row',
    [columns('id', 'ssn'), message('D', Buffer.from([0, 2, 0, 0, 0, 1, 0x31, 0, 0, 0, 9, 0x32]))],
  ],
  [
    'a cell of a negative length',
    [columns('id', 'ssn'), message('D', Buffer.from([0, 2, 0, 0, 0, 1, 0x31, 0xff, 0xff, 0xff, 0xfe]))],
  ],
  ['a row that goes on', [columns('id', 'ssn'), message('D', Buffer.concat([ROW.subarray(5), Buffer.from(CANARY)]))]],
  ['an empty row', [columns('id', 'ssn'), message('D', Buffer.alloc(0))]],
  ['a description that announces more than it has', [message('T', Buffer.from([0, 3, 0]))]],
  [
    'a description of no known format',
    [message('T', Buffer.concat([columns('id').subarray(5, -2), Buffer.from([0, 7])]))],
  ],
  [
    'a description with a name that is not UTF-8',
    [message('T', Buffer.concat([Buffer.from([0, 1, 0xff, 0]), Buffer.alloc(18)]))],
  ],
  ['nothing but being ready in no known way', [message('Z', Buffer.from('X'))]],
  ['ReadyForQuery that goes on', [done('SELECT 0'), message('Z', Buffer.from('II'))]],
  ['ReadyForQuery twice', [done('SELECT 0'), READY, READY]],
  ['a tag without an end', [message('C', Buffer.from('SELECT 0'))]],
  ['a tag that is not UTF-8', [message('C', Buffer.from([0xff, 0xfe, 0]))]],
  ['an error without SQLSTATE', [error({}), READY]],
  ['an error with half a SQLSTATE', [error({ C: '42' }), READY]],
  ['an error with words for a SQLSTATE', [error({ C: `42501 ${CANARY}` }), READY]],
  ['an error without fields', [message('E', Buffer.of(0)), READY]],
  ['an error without an end', [message('E', Buffer.from(`SERROR\0C42501\0M${CANARY}`)), READY]],
  ['a row after the error', [error({ C: '42501' }), ROW, READY]],
  ['the answer to a Parse', [encodeParseComplete(), READY]],
  ['a suspended portal', [columns('id', 'ssn'), encodePortalSuspended(), READY]],
  ['NoData', [encodeNoData(), READY]],
  ['ParameterDescription', [encodeParameterDescription({ typeOids: [25] }), READY]],
  ['the answer to a FunctionCall', [encodeFunctionCallResponse({ value: Buffer.from(CANARY) }), READY]],
  ['COPY in', [encodeCopyInResponse({ format: 0, columnFormats: [0] })]],
  [
    'COPY out',
    [encodeCopyOutResponse({ format: 0, columnFormats: [0] }), encodeCopyData({ data: Buffer.from(CANARY) })],
  ],
  [
    'COPY in both directions',
    [encodeCopyBothResponse({ format: 0, columnFormats: [] }), encodeCopyData({ data: Buffer.from(CANARY) })],
  ],
  ['COPY data that nobody began', [encodeCopyData({ data: Buffer.from(CANARY) })]],
  ['a new handshake', [OK]],
  ['a request for a password', [ask({ kind: 'CleartextPassword' })]],
  ['a key', [encodeBackendKeyData({ processId: 1, secretKey: Buffer.from(CANARY) })]],
  ['another version', [negotiate(0)]],
  ['a message of clients', [message('Q', Buffer.from(`${CANARY}\0`))]],
  ['an unknown message', [message('!', Buffer.from(CANARY))]],
  ['a length of 0', [raw('D', 0)]],
  ['a length of 3', [raw('D', 3)]],
  ['a negative length', [raw('D', -1)]],
  ['a length of 2 GiB', [raw('D', 0x7fff_ffff)]],
  ['a length over the limit', [raw('D', (1 << 20) + 1)]],
  ['a setting of two readings', [encodeParameterStatus({ name: 'standard_conforming_strings', value: 'off' })]],
  ['another encoding', [encodeParameterStatus({ name: 'client_encoding', value: 'SJIS' })]],
  ['a notification without an end', [message('A', Buffer.from([0, 0, 0, 1, 0x61]))]],
  ['half a row and then nothing', [columns('id', 'ssn'), ROW.subarray(0, ROW.length - 3), null]],
  ['nothing at all', [null]],
];

const parse = encodeParse({ statement: '', sql: SELECT, parameterTypeOids: [] });
const encodeDescribeOnly = (): Buffer =>
  Buffer.concat([parse, encodeDescribe({ kind: 'statement', name: '' }), encodeSync()]);
const encodeExecuteOnly = (): Buffer =>
  Buffer.concat([
    parse,
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeExecute({ portal: '', rowsMax: 0 }),
    encodeSync(),
  ]);

async function endsInOneError(gateway: TestGateway, wire: WireClient): Promise<ServerFrame[]> {
  const frames = await wire.rest();
  const fatal = errorsOf(frames).filter(({ S }) => S === 'FATAL');
  expect(fatal).toMatchObject([{ C: '08006' }]);
  expect(frames.at(-1)?.type).toBe('E');
  expect(wire.received.includes(CANARY)).toBe(false);
  expect(gateway.logText()).not.toContain(CANARY);
  return frames;
}

describe('the answer to a SELECT, where data is regulated', () => {
  test.each(ANSWERS)('%s', async (_what, answer) => {
    const wire = await masking.wire(EU_AGENT);
    hostile.answerWith(answer);
    wire.send(encodeQuery({ sql: SELECT }));
    await endsInOneError(masking, wire);
    await stillServes(masking);
  });

  test.each<readonly [what: string, answer: readonly Buffer[]]>([
    ['describes more columns than were asked for', [columns('id', 'ssn', 'more'), cells('1', CANARY, CANARY)]],
    ['describes fewer', [columns('id'), cells(CANARY)]],
    ['describes another table', [encodeRowDescription({ fields: [field('id', 1, 1), field('ssn', 1, 2)] }), ROW]],
    [
      'has a second result, of which nobody knew',
      [columns('id', 'ssn'), done('SELECT 0'), columns('x'), cells(CANARY)],
    ],
    ['is described twice', [columns('id', 'ssn'), columns('x'), cells(CANARY)]],
  ])('a result that %s is masked as one of unknown origin', async (_what, answer) => {
    const wire = await masking.wire(EU_AGENT);
    hostile.answerWith([...answer, done('SELECT 1'), READY]);
    wire.send(encodeQuery({ sql: SELECT }));
    await wire.replies('ZE');
    expect(wire.received.includes(CANARY)).toBe(false);
    wire.destroy();
    await stillServes(masking);
  });
});

describe('the answer to a pipeline', () => {
  test.each<readonly [what: string, answer: readonly Buffer[]]>([
    [
      'a row of other columns',
      [encodeParseComplete(), message('2', Buffer.alloc(0)), columns('x', 'y'), cells(CANARY)],
    ],
    ['completions out of order', [message('2', Buffer.alloc(0)), encodeParseComplete(), READY]],
    ['one completion too few', [encodeParseComplete(), READY]],
    ['one completion too many', [encodeParseComplete(), encodeParseComplete(), READY]],
    ['an empty query in place of rows', [encodeEmptyQueryResponse(), READY]],
    ['an error without SQLSTATE', [error({}), READY]],
  ])('%s', async (_what, answer) => {
    const wire = await masking.wire(EU_AGENT);
    hostile.answerWith(answer);
    wire.send(extendedQuery(SELECT));
    await endsInOneError(masking, wire);
    await stillServes(masking);
  });
});

describe('where nothing is regulated, what is relayed is well formed all the same', () => {
  const badRow = message('D', Buffer.from([0, 2, 0, 0, 0, 1, 0x31]));
  const bind = [encodeParseComplete(), message('2', Buffer.alloc(0))];
  test.each<readonly [what: string, request: Buffer, answer: readonly Buffer[]]>([
    ['a format of COPY in', encodeQuery({ sql: 'COPY runs FROM STDIN' }), [message('G', Buffer.from([2, 0, 0]))]],
    ['columns of COPY in', encodeQuery({ sql: 'COPY runs FROM STDIN' }), [message('G', Buffer.from([0, 0, 2, 0, 0]))]],
    ['columns of COPY out', encodeQuery({ sql: 'COPY runs TO STDOUT' }), [message('H', Buffer.from([0, 0, 9]))]],
    ['a row', encodeQuery({ sql: SELECT }), [columns('id', 'ssn'), badRow]],
    ['a row that was not described', encodeExecuteOnly(), [...bind, badRow]],
    ['parameters', encodeDescribeOnly(), [encodeParseComplete(), message('t', Buffer.from([0, 2, 0, 0, 0, 23]))]],
    ['a notification', encodeQuery({ sql: SELECT }), [message('A', Buffer.from([0, 0, 0, 1, 0x61]))]],
    ['a notice', encodeQuery({ sql: SELECT }), [message('N', Buffer.from('SNOTICE'))]],
    ['a setting', encodeQuery({ sql: SELECT }), [message('S', Buffer.from('a\0b'))]],
  ])('%s', async (_what, request, answer) => {
    const wire = await open.wire(EU_AGENT);
    hostile.answerWith(answer);
    wire.send(request);
    await endsInOneError(open, wire);
    await stillServes(open);
  });
});

describe('unasked, to a session at rest', () => {
  test.each<readonly [what: string, bytes: Buffer]>([
    ['a row', ROW],
    ['a description', columns('x')],
    ['a completion', done('DROP TABLE')],
    ['ReadyForQuery', READY],
    ['an error that ends nothing', error({ C: '42501' })],
    ['COPY data', encodeCopyData({ data: Buffer.from(CANARY) })],
    ['a request for a password', ask({ kind: 'CleartextPassword' })],
    ['garbage', Buffer.from(CANARY)],
  ])('%s', async (_what, bytes) => {
    const wire = await masking.wire(EU_AGENT);
    hostile.say(bytes);
    await endsInOneError(masking, wire);
    await stillServes(masking);
  });

  test('an error that ends the session is the database’s last word', async () => {
    const wire = await open.wire(EU_AGENT);
    hostile.say(FATAL({ C: '57P01' }));
    hostile.answerWith([null]);
    wire.send(encodeQuery({ sql: 'SELECT 1' }));
    expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
    await stillServes(open);
  });
});

test('a violation of the database is in the transcript, as the database’s', async () => {
  const wire = await masking.wire(EU_AGENT);
  const [row] = rowsOf(await wire.query('SHOW bailiwick.session'));
  const id = row?.[1] ?? '';
  hostile.answerWith([ROW]);
  wire.send(encodeQuery({ sql: SELECT }));
  await wire.rest();
  await expect.poll(async () => (await masking.audit.session(id))?.endedAt ?? null).not.toBeNull();
  const events: string[] = [];
  for await (const entry of masking.audit.transcript(id))
    if (entry.kind === 'event') events.push(JSON.stringify(entry));
  expect(events.filter((event) => event.includes('"violation"') && event.includes('"upstream"'))).toHaveLength(1);
});
