// OAUTHBEARER as PostgreSQL 18 serves it (RFC 7628): discovery, failures in two steps, and nothing but what was asked.
import {
  decodeAuthenticationRequest,
  encodePasswordMessage,
  encodeQuery,
  encodeSaslInitialResponse,
  encodeSaslResponse,
  encodeStartupMessage,
} from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  rowsOf,
  startTestGateway,
  type TestGateway,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { bearerResponse, logInByBearer } from './fixtures/bearer.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, methods: ['oauthbearer', 'pass'] });
});
afterAll(() => gateway.close());

const STARTUP = encodeStartupMessage({
  protocolMinor: 0,
  parameters: new Map([
    ['user', 'anyone'],
    ['database', 'crm'],
  ]),
  protocolOptions: new Map(),
});

/** A client that has been offered the mechanism. */
async function offered(): Promise<WireClient> {
  const wire = await gateway.rawWire();
  wire.send(STARTUP);
  await wire.replies('R');
  return wire;
}

test('a token in the first response is all that it takes: AuthenticationOk follows at once', async () => {
  const wire = await gateway.rawWire();
  const { mechanisms, advice, frames } = await logInByBearer(wire, bearerResponse(await gateway.token(EU_AGENT)));
  expect(mechanisms).toEqual(['OAUTHBEARER']);
  expect(advice).toBeNull();
  expect(decodeAuthenticationRequest(frames[0]?.body ?? Buffer.alloc(0))).toEqual({ kind: 'Ok' });
  expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
});

test('a client that waits for a challenge first gets an empty one', async () => {
  const wire = await offered();
  wire.send(encodeSaslInitialResponse({ mechanism: 'OAUTHBEARER', data: null }));
  const [challenge] = await wire.replies('RE');
  expect(decodeAuthenticationRequest(challenge?.body ?? Buffer.alloc(0))).toEqual({
    kind: 'SASLContinue',
    data: Buffer.alloc(0),
  });
  wire.send(encodeSaslResponse({ data: Buffer.from(bearerResponse(await gateway.token(EU_AGENT)), 'latin1') }));
  expect(typesOf(await wire.replies('ZE'))).toMatch(/^R.*Z$/);
});

test.each<readonly [what: string, response: string, reason: RegExp]>([
  ['asks', bearerResponse(''), /no token was sent/],
  ['has a bad token', bearerResponse('bad.token.here'), /not/],
  ['speaks another scheme', 'n,,\x01auth=Basic dXNlcjpwYXNz\x01\x01', /Bearer scheme/],
  ['sends an empty token', 'n,,\x01auth=Bearer \x01\x01', /empty or not in the form/],
])('who %s is told where to get one, and then refused', async (_what, response, reason) => {
  const wire = await gateway.rawWire();
  const { advice, frames } = await logInByBearer(wire, response);
  expect(advice).toEqual({
    status: 'invalid_token',
    'openid-configuration': `${gateway.issuer.issuer}/.well-known/openid-configuration`,
    scope: 'openid bailiwick',
  });
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28P01' }]);
  expect(errorsOf(frames)[0]?.M).toMatch(reason);
  expect(await wire.rest()).toEqual([]);
});

test('a client that asks first and then connects again with what it was told to get, gets in', async () => {
  const first = await gateway.rawWire();
  const { advice } = await logInByBearer(first, bearerResponse(''));
  const document = (await (await fetch(String(advice?.['openid-configuration']))).json()) as { issuer: string };
  expect(document.issuer).toBe(gateway.issuer.issuer);
  const second = await gateway.rawWire();
  await logInByBearer(second, bearerResponse(await gateway.token(EU_AGENT)));
  expect(rowsOf(await second.query('SELECT 1'))).toEqual([['1']]);
});

test.each(['', '\x01\x01', 'n,,\x01auth=\x01\x01', 'x'])(
  'after a failure a client may say ^A and nothing else: %j',
  async (answer) => {
    const wire = await gateway.rawWire();
    const { frames } = await logInByBearer(wire, bearerResponse('bad.token.here'), { answer });
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    expect(await wire.rest()).toEqual([]);
  },
);

test('a good token in the answer to a failure comes too late', async () => {
  const wire = await gateway.rawWire();
  const answer = bearerResponse(await gateway.token(EU_AGENT));
  const { frames } = await logInByBearer(wire, bearerResponse(''), { answer });
  expect(typesOf(frames)).toBe('E');
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
});

describe('what is no response of the mechanism is a violation', () => {
  test.each<readonly [what: string, response: (good: string) => string]>([
    ['nothing', () => ''],
    ['channel binding', (good) => good.replace('n,,', 'p=tls-server-end-point,,')],
    ['somebody else to be', (good) => good.replace('n,,', 'n,a=root,')],
    ['an attribute that is not known', (good) => good.replace('n,,', 'n,z,')],
    ['no end', (good) => good.slice(0, -1)],
    ['more behind the end', (good) => `${good}SELECT`],
    ['two tokens', (good) => good.replace('\x01\x01', `\x01${good.slice(4)}`)],
    ['no token', () => 'n,,\x01host=a\x01\x01'],
    ['a zero byte', (good) => good.replace('Bearer ', 'Bearer \0')],
    ['a key without a value', (good) => good.replace('\x01auth', '\x01host\x01auth')],
  ])('%s', async (_what, make) => {
    const wire = await gateway.rawWire();
    const { advice, frames } = await logInByBearer(wire, make(bearerResponse(await gateway.token(EU_AGENT))));
    expect(advice).toBeNull();
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    expect(await wire.rest()).toEqual([]);
  });

  test('another mechanism, or a password', async () => {
    const token = await gateway.token(EU_AGENT);
    for (const message of [
      encodeSaslInitialResponse({ mechanism: 'PLAIN', data: Buffer.from(`\0u\0${token}`) }),
      encodeSaslInitialResponse({ mechanism: 'oauthbearer', data: Buffer.from(bearerResponse(token), 'latin1') }),
      encodePasswordMessage({ password: token }),
    ]) {
      const wire = await offered();
      wire.send(message);
      expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    }
  });

  test('a statement behind the response, which would run before the answer', async () => {
    const wire = await offered();
    const data = Buffer.from(bearerResponse(await gateway.token(EU_AGENT)), 'latin1');
    wire.send(encodeSaslInitialResponse({ mechanism: 'OAUTHBEARER', data }), encodeQuery({ sql: 'SELECT 1' }));
    const frames = await wire.rest();
    expect(typesOf(frames)).toBe('E');
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
  });
});

test('a token of 60 KiB is read; a response over 65,535 bytes is not', async () => {
  const padded = `${await gateway.token(EU_AGENT)}${'A'.repeat(60 * 1024)}`.slice(0, 60 * 1024);
  const wire = await gateway.rawWire();
  expect(errorsOf((await logInByBearer(wire, bearerResponse(padded))).frames)).toMatchObject([{ C: '28P01' }]);
  const over = await gateway.rawWire();
  const { frames } = await logInByBearer(over, bearerResponse('A'.repeat(65_535)));
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '54000' }]);
});

test('a token is not asked for off TLS, and the name of the user chooses the method', async () => {
  const plain = await gateway.rawWire({ tls: false });
  plain.send(STARTUP);
  expect(errorsOf(await plain.rest())).toMatchObject([{ S: 'FATAL', C: '28000' }]);
  const pass = await gateway.rawWire();
  const { mechanisms } = await logInByBearer(pass, bearerResponse(''), { user: 'pass-abc' });
  expect(mechanisms).not.toContain('OAUTHBEARER');
});

test('asking is counted as what it is', async () => {
  expect(await gateway.metrics()).toMatch(
    /^bailiwick_auth_attempts_total\{(?=[^}]*method="oauthbearer")[^}]*outcome="discovery"[^}]*\} [1-9]/m,
  );
});
