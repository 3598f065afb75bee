// No valid token, no session; and nothing of a token anywhere but in the client's own message.
import { encodePasswordMessage, encodeStartupMessage } from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, errorsOf, rowsOf, STRANGER, startTestGateway, type TestGateway, typesOf } from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
});
afterAll(() => gateway.close());

const PARAMETERS = { user: 'x', database: 'crm' };

/** Some piece of the token, in the clear or as its claims, that must not be seen. */
const piecesOf = (token: string): string[] =>
  token.split('.').flatMap((part) => [part.slice(0, 24), part.slice(-24)].filter((piece) => piece.length >= 8));

test.each<readonly [what: string, token: (valid: string) => Promise<string> | string]>([
  ['no token at all', () => 'hunter2-password'],
  ['an empty one', () => ''],
  ['an expired one', () => gateway.issuer.issueToken(EU_AGENT, { expiresInSeconds: -3600 })],
  ['one for another audience', () => gateway.issuer.issueToken({ ...EU_AGENT, aud: 'other-service' })],
  ['one of another issuer', () => gateway.issuer.issueToken({ ...EU_AGENT, iss: 'https://evil.example' })],
  ['one that is not valid yet', () => gateway.issuer.issueToken({ ...EU_AGENT, nbf: 4_000_000_000 })],
  ['one with another signature', (valid) => `${valid.slice(0, -8)}AAAAAAAA`],
  [
    'one that claims to need no signature',
    (valid) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${valid.split('.')[1]}.`,
  ],
  ['one of 60 KiB', (valid) => `${valid}${'A'.repeat(60 * 1024 - valid.length)}`],
])('refuses %s', async (_what, make) => {
  const token = await make(await gateway.token(EU_AGENT));
  const wire = await gateway.rawWire();
  const frames = await wire.logIn(PARAMETERS, token);
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', V: 'FATAL', C: '28P01' }]);
  expect(await wire.rest()).toEqual([]);
  const seen = [
    wire.received.toString('latin1'),
    gateway.logText(),
    await gateway.metrics(),
    ...[...gateway.files().values()].map((content) => content.toString('latin1')),
  ];
  for (const piece of piecesOf(token)) for (const text of seen) expect(text).not.toContain(piece);
});

test('a token over the limit ends the connection before it is looked at', async () => {
  const wire = await gateway.rawWire();
  const frames = await wire.logIn(PARAMETERS, 'A'.repeat(60 * 1024 + 1));
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL' }]);
  expect(errorsOf(frames)[0]?.C).toMatch(/^(54000|08P01)$/);
  expect(await wire.rest()).toEqual([]);
});

test('a valid token lets in, also after the issuer has rotated its keys, and over protocol 3.2', async () => {
  const before = await gateway.token(EU_AGENT);
  await gateway.issuer.rotateKeys();
  const after = await gateway.token(EU_AGENT);
  for (const token of [before, after]) {
    const wire = await gateway.rawWire();
    await wire.logIn(PARAMETERS, token, 3.2);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    expect(wire.key?.secretKey.length).toBeGreaterThanOrEqual(4);
  }
});

test.each<readonly [what: string, claims: Record<string, unknown>, database: string]>([
  ['a datasource that does not exist', EU_AGENT, 'nowhere'],
  ['a datasource whose groups one is not in', STRANGER, 'crm'],
  ['the name of the database behind it', EU_AGENT, 'postgres'],
])('%s is unknown', async (_what, claims, database) => {
  const wire = await gateway.rawWire();
  const frames = await wire.logIn({ user: 'x', database }, await gateway.token(claims));
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '3D000' }]);
  expect(await wire.rest()).toEqual([]);
});

test('an agent has only the groups that its human has too', async () => {
  const claims = {
    ...STRANGER,
    client_id: 'bot',
    act: { sub: 'bot', groups: ['agents'], region: 'DE', model_region: 'DE' },
  };
  const wire = await gateway.rawWire();
  expect(errorsOf(await wire.logIn(PARAMETERS, await gateway.token(claims)))).toMatchObject([{ C: '3D000' }]);
});

test('whether a datasource exists is told only to those who have proven who they are', async () => {
  const wire = await gateway.rawWire();
  const frames = await wire.logIn({ user: 'x', database: 'nowhere' }, 'no token');
  expect(errorsOf(frames)).toMatchObject([{ C: '28P01' }]);
});

test('a password that comes before it was asked for is refused', async () => {
  const wire = await gateway.rawWire();
  const parameters = new Map(Object.entries(PARAMETERS));
  const startup = encodeStartupMessage({ protocolMinor: 0, parameters, protocolOptions: new Map() });
  wire.send(startup, encodePasswordMessage({ password: await gateway.token(EU_AGENT) }));
  const frames = await wire.rest();
  expect(typesOf(frames)).not.toContain('Z');
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
});

test('statements that come before the password has been accepted do not run', async () => {
  const wire = await gateway.rawWire();
  wire.send(
    encodeStartupMessage({
      protocolMinor: 0,
      parameters: new Map(Object.entries(PARAMETERS)),
      protocolOptions: new Map(),
    }),
  );
  await wire.replies('R');
  const query = Buffer.from("Q\0\0\0\x25INSERT INTO runs VALUES ('early')\0", 'latin1');
  wire.send(encodePasswordMessage({ password: 'wrong' }), query);
  expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL' }]);
  expect(await gateway.sql('SELECT * FROM runs')).toEqual([]);
});

test('outcomes are counted, without names', async () => {
  const text = await gateway.metrics();
  expect(text).toMatch(/^bailiwick_auth_attempts_total\{[^}]*outcome="ok"[^}]*\} [1-9]/m);
  expect(text).toMatch(/^bailiwick_auth_attempts_total\{[^}]*outcome="expired"[^}]*\} [1-9]/m);
  expect(text).not.toContain('maria');
});
