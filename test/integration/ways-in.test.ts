// Every way in × every token that must not open it: each is refused for its own reason, and nothing of it is kept.
import type { Certificate } from 'bailiwick';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  rowsOf,
  type ServerFrame,
  startTestGateway,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';
import { bearerResponse, logInByBearer } from './fixtures/bearer.ts';
import { clientCertificate, thumbprintOf } from './fixtures/client-certificates.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';
import { FORGERIES, piecesOf } from './fixtures/forged-tokens.ts';

type Method = 'jwt' | 'oauthbearer';

/** One way: how the token travels, and whether it is bound to the certificate of its connection. */
interface Way {
  readonly name: string;
  readonly method: Method;
  readonly bound: boolean;
  readonly direct: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'password', method: 'jwt', bound: false, direct: false },
  { name: 'password, direct TLS', method: 'jwt', bound: false, direct: true },
  { name: 'password, bound to a certificate', method: 'jwt', bound: true, direct: false },
  { name: 'OAUTHBEARER', method: 'oauthbearer', bound: false, direct: false },
  { name: 'OAUTHBEARER, direct TLS, bound to a certificate', method: 'oauthbearer', bound: true, direct: true },
];

let gateways: Readonly<Record<Method, TestGateway>>;
let own: Readonly<Record<Method, Certificate>>;
beforeAll(async () => {
  const start = (methods: readonly [Method]): Promise<TestGateway> =>
    startTestGateway({ policy: ALLOW_ALL_POLICY, methods, certificates: () => [] });
  gateways = { jwt: await start(['jwt']), oauthbearer: await start(['oauthbearer']) };
  own = {
    jwt: clientCertificate(gateways.jwt.clientAuthority, 'copilot.bank.example'),
    oauthbearer: clientCertificate(gateways.oauthbearer.clientAuthority, 'copilot.bank.example'),
  };
});
afterAll(async () => {
  for (const gateway of Object.values(gateways)) await gateway.close();
});

async function open(way: Way, certificate: Certificate | null): Promise<WireClient> {
  return gateways[way.method].rawWire({
    ...(way.direct ? { direct: ['postgresql'] } : {}),
    ...(certificate === null ? {} : { certificate }),
  });
}

async function logIn(way: Way, wire: WireClient, token: string): Promise<readonly ServerFrame[]> {
  if (way.method === 'jwt') return wire.logIn({ user: 'anyone', database: 'crm' }, token);
  return (await logInByBearer(wire, bearerResponse(token))).frames;
}

const claimsOf = (way: Way): Record<string, unknown> =>
  way.bound ? { ...EU_AGENT, cnf: { 'x5t#S256': thumbprintOf(own[way.method]) } } : EU_AGENT;

async function expectRefusal(way: Way, wire: WireClient, token: string, reason: RegExp): Promise<void> {
  const frames = await logIn(way, wire, token);
  const errors = errorsOf(frames);
  expect(errors).toMatchObject([{ S: 'FATAL', V: 'FATAL', C: '28P01' }]);
  expect(errors[0]?.M).toMatch(reason);
  expect(await wire.rest()).toEqual([]);
  const gateway = gateways[way.method];
  const seen = [
    wire.received.toString('latin1'),
    gateway.logText(),
    await gateway.metrics(),
    ...[...gateway.files().values()].map((content) => content.toString('latin1')),
  ];
  for (const piece of piecesOf(token)) for (const text of seen) expect(text).not.toContain(piece);
}

/** How often this outcome has been counted by this method. */
async function counted(way: Way, outcome: string): Promise<number> {
  const line = new RegExp(
    `^bailiwick_auth_attempts_total\\{(?=[^}]*method="${way.method}")[^}]*outcome="${outcome}"[^}]*\\} (\\d+)`,
    'gm',
  );
  return [...(await gateways[way.method].metrics()).matchAll(line)].reduce((sum, [, n]) => sum + Number(n), 0);
}

describe.each(WAYS)('$name', (way) => {
  const shown = (): Certificate | null => (way.bound ? own[way.method] : null);

  test('a good token lets in', async () => {
    const before = await counted(way, 'ok');
    const wire = await open(way, shown());
    await logIn(way, wire, await gateways[way.method].token(claimsOf(way)));
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    const identity = Object.fromEntries(rowsOf(await wire.query('SHOW bailiwick.identity')));
    expect(identity).toMatchObject({ human: 'maria@bank.example', agent: 'copilot' });
    expect(await counted(way, 'ok')).toBe(before + 1);
  });

  test.each(FORGERIES)('a token $what does not', async ({ make, reason, outcome }) => {
    const before = await counted(way, outcome);
    const token = await make(gateways[way.method].issuer, claimsOf(way));
    await expectRefusal(way, await open(way, shown()), token, reason);
    expect(await counted(way, outcome)).toBe(before + 1);
  });
});

describe.each(WAYS.filter(({ bound }) => bound))('$name: a token that is bound to a key', (way) => {
  const CASES: readonly (readonly [
    what: string,
    shown: 'none' | 'own' | 'other',
    cnf: (own: string) => unknown,
    reason: RegExp,
  ])[] = [
    ['and no certificate', 'none', (own) => ({ 'x5t#S256': own }), /none was presented/],
    ['and the certificate of another identity', 'other', (own) => ({ 'x5t#S256': own }), /another client certificate/],
    ['of a DPoP proof', 'own', () => ({ jkt: 'A'.repeat(43) }), /only x5t#S256/],
    ['of a DPoP proof too', 'own', (own) => ({ 'x5t#S256': own, jkt: 'A'.repeat(43) }), /only x5t#S256/],
    ['of no name', 'own', () => ({}), /only x5t#S256/],
    ['of null', 'own', () => null, /not an object/],
    ['of a list', 'own', (own) => [own], /not an object/],
    ['by SHA-1', 'own', (own) => ({ x5t: own }), /only x5t#S256/],
    ['by another spelling', 'own', (own) => ({ 'x5t#S256': `${own}=` }), /another client certificate/],
    ['by an empty thumbprint', 'none', () => ({ 'x5t#S256': '' }), /none was presented/],
    ['by null, without a certificate', 'none', () => ({ 'x5t#S256': null }), /none was presented/],
    ['by a list with the thumbprint', 'own', (own) => ({ 'x5t#S256': [own] }), /another client certificate/],
  ];
  test.each(CASES)('%s is refused', async (_what, shown, cnf, reason) => {
    const before = await counted(way, 'certificate');
    const { clientAuthority, token } = gateways[way.method];
    const certificates = {
      none: null,
      own: own[way.method],
      other: clientCertificate(clientAuthority, 'copilot.bank.example'),
    };
    const claims = { ...EU_AGENT, cnf: cnf(thumbprintOf(own[way.method])) };
    await expectRefusal(way, await open(way, certificates[shown]), await token(claims), reason);
    expect(await counted(way, 'certificate')).toBe(before + 1);
  });
});

test('a listener that asks for no certificate takes no token that is bound to one', async () => {
  const gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, methods: ['jwt'] });
  try {
    const certificate = clientCertificate(gateway.clientAuthority, 'copilot.bank.example');
    const claims = { ...EU_AGENT, cnf: { 'x5t#S256': thumbprintOf(certificate) } };
    const wire = await gateway.rawWire({ certificate });
    const frames = await wire.logIn({ user: 'anyone', database: 'crm' }, await gateway.token(claims));
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28P01' }]);
  } finally {
    await gateway.close();
  }
});
