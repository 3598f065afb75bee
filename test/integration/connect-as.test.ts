// By every way in: the role is one of the identity's own, and names are compared as they are, not as they look.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scramAttempt } from '../adversarial/scram-exchange.ts';
import {
  type Claims,
  errorsOf,
  rowsOf,
  type ServerFrame,
  startTestGateway,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';
import { bearerResponse, logInByBearer } from './fixtures/bearer.ts';
import { clientCertificate } from './fixtures/client-certificates.ts';

const POLICY = `version: 1
rules: [{ id: roles, on: { does: [ROLE] }, do: block }]
defaults: { writes: allow }
`;
const ANALYST: Claims = { sub: 'ann@bank.example', groups: ['agents', 'analysts'], region: 'DE' };
/** The person is an analyst, and the agent is not. */
const LENT: Claims = {
  ...ANALYST,
  client_id: 'copilot',
  act: { sub: 'copilot', groups: ['agents'], region: 'DE', model_region: 'DE' },
};
const BATCH: Claims = {
  sub: 'batch',
  client_id: 'batch',
  groups: ['agents', 'analysts'],
  region: 'DE',
  model_region: 'DE',
};
const ROLES = new Map([
  ['analyst', { groups: ['analysts'], setRole: 'analyst_ro' }],
  ['owner', { groups: ['dba'], setRole: 'crm_owner' }],
  ['nobody', { groups: [], setRole: 'crm_owner' }],
]);

interface Attempt {
  readonly wire: WireClient;
  readonly frames: readonly ServerFrame[];
}
type Way = (user: string, database: string, claims: Claims) => Promise<Attempt>;

let gateway: TestGateway;
let bearer: TestGateway;
beforeAll(async () => {
  const site = { policy: POLICY, roles: ROLES, account: 'superuser' } as const;
  const mapped = (issuer: string, name: string, claims: Claims) =>
    ({ match: { by: 'san_dns', value: name }, identity: { issuer, claims } }) as const;
  gateway = await startTestGateway({
    ...site,
    methods: ['mtls', 'jwt', 'pass'],
    certificates: (issuer) => [
      mapped(issuer, 'batch.bank.example', BATCH),
      mapped(issuer, 'plain.bank.example', { ...BATCH, groups: ['agents'] }),
    ],
  });
  bearer = await startTestGateway({ ...site, methods: ['oauthbearer'] });
  await gateway.server.query('CREATE ROLE analyst_ro; CREATE ROLE crm_owner');
});
afterAll(async () => {
  await gateway.close();
  await bearer.close();
});

const byPass = async (role: string, claims: Claims, datasource: string) =>
  gateway.makePass({ claims, role, datasource });

const WAYS: Readonly<Record<string, Way>> = {
  token: async (user, database, claims) => {
    const wire = await gateway.rawWire();
    return { wire, frames: await wire.logIn({ user, database }, await gateway.token(claims)) };
  },
  'token by OAUTHBEARER': async (user, database, claims) => {
    const wire = await bearer.rawWire();
    const response = bearerResponse(await bearer.token(claims));
    return { wire, frames: (await logInByBearer(wire, response, { user, database })).frames };
  },
  'pass as a password': async (user, database, claims) => {
    const { secret } = await byPass(user, claims, database);
    const wire = await gateway.rawWire();
    return { wire, frames: await wire.logIn({ user, database }, secret) };
  },
  'pass by SCRAM': async (user, database, claims) => {
    const { pass, secret } = await byPass(user, claims, database);
    return scramAttempt(gateway, { user: `pass-${pass.id}`, secret, database });
  },
  certificate: async (user, database, claims) => {
    const name = claims === ANALYST ? 'batch.bank.example' : 'plain.bank.example';
    const wire = await gateway.rawWire({ certificate: clientCertificate(gateway.clientAuthority, name) });
    const first = await wire.logIn({ user, database }, '');
    return { wire, frames: first.at(-1)?.type === 'R' ? await wire.replies('ZE') : first };
  },
};

describe.each(Object.entries(WAYS))('by %s', (_name, logIn) => {
  test('a role of one’s groups is what the database sees', async () => {
    const { wire, frames } = await logIn('analyst', 'crm', ANALYST);
    expect(errorsOf(frames)).toEqual([]);
    expect(rowsOf(await wire.query('SELECT current_user'))).toEqual([['analyst_ro']]);
    expect(rowsOf(await wire.query('RESET ROLE; SELECT current_user')).flat()).not.toContain('postgres');
  });

  test.each<readonly [what: string, user: string, claims: Claims]>([
    ['a role of other groups', 'owner', ANALYST],
    ['a role of no group', 'nobody', ANALYST],
    ['a role of the person, asked for by an agent that lacks it', 'analyst', LENT],
    ['what a role is called in the database', 'analyst_ro', ANALYST],
    ['the account that the gateway has', 'postgres', ANALYST],
    ['a mere label', 'anyone', ANALYST],
    ['other letters', 'Analyst', ANALYST],
    ['quotes', '"analyst"', ANALYST],
    ['a blank behind it', 'analyst ', ANALYST],
    ['a zero-width blank in it', 'ana\u200blyst', ANALYST],
    ['letters that look like it', 'аnalyst', ANALYST],
    ['letters that fold to it', 'ａnalyst', ANALYST],
    ['a name of which the server would see the beginning', `analyst${' '.repeat(80)}`, ANALYST],
    ['two roles', 'analyst,owner', ANALYST],
    ['what would be another parameter', 'analyst -c role=crm_owner', ANALYST],
    ['a name of every object', 'constructor', ANALYST],
  ])('%s is refused', async (_what, user, claims) => {
    const { wire, frames } = await logIn(user, 'crm', claims);
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28000' }]);
    expect(await wire.rest()).toEqual([]);
  });

  test.each<readonly [what: string, database: string]>([
    ['in capitals', 'CRM'],
    ['with a blank behind it', 'crm '],
    ['in quotes', '"crm"'],
    ['with a line feed', 'crm\n'],
    ['in wide letters', 'ｃｒｍ'],
    ['as a connection string', 'dbname=crm'],
    ['as a URL', 'postgresql://localhost/crm'],
    ['of the server’s own', 'postgres'],
    ['of every object', '__proto__'],
  ])('a database name %s is no datasource', async (_what, database) => {
    const { wire, frames } = await logIn('analyst', database, ANALYST);
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '3D000' }]);
    expect(await wire.rest()).toEqual([]);
  });
});

test('a pass that names no role has none, whatever name it comes under', async () => {
  const { pass, secret } = await byPass('', ANALYST, 'crm');
  for (const user of ['analyst', 'owner', 'anyone']) {
    const wire = await gateway.rawWire();
    const frames = await wire.logIn({ user, database: 'crm' }, secret);
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28000' }]);
  }
  const { frames } = await scramAttempt(gateway, { user: `pass-${pass.id}`, secret });
  expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '28000' }]);
});

test('a pass is for its own datasource only, and its holder is told which', async () => {
  const { pass, secret } = await byPass('analyst', ANALYST, 'crm');
  for (const database of ['hr', 'CRM', 'crm ', 'postgres']) {
    const { frames } = await scramAttempt(gateway, { user: `pass-${pass.id}`, secret, database });
    expect(errorsOf(frames)).toMatchObject([
      { S: 'FATAL', C: '3D000', M: expect.stringContaining('another datasource') },
    ]);
  }
});
