// The ways in as bailiwick.yaml says them: a whole gateway from its file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeStartupMessage } from '@bailiwick/postgres';
import {
  type CertificateAuthority,
  type DevelopmentIssuer,
  issueCertificate,
  loadSite,
  makeCertificateAuthority,
  type RunningBailiwick,
  runBailiwick,
  startDevelopmentIssuer,
} from 'bailiwick';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  type FreshDatabase,
  freshDatabase,
  openWire,
  recordingLog,
  rowsOf,
  sharedPostgres,
  skippingClock,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { bearerResponse, logInByBearer } from './fixtures/bearer.ts';
import { clientCertificate } from './fixtures/client-certificates.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

const clock = skippingClock();
let directory = '';
let issuer: DevelopmentIssuer;
let database: FreshDatabase;
let running: RunningBailiwick;
let clients: CertificateAuthority;
let ca = '';

beforeAll(async () => {
  const server = await sharedPostgres();
  database = await freshDatabase(server);
  issuer = await startDevelopmentIssuer({ clock });
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-configured-'));
  const authority = makeCertificateAuthority();
  clients = makeCertificateAuthority('clients');
  ca = authority.cert;
  const { cert, key } = issueCertificate(authority, { names: ['localhost'], ips: ['127.0.0.1'] });
  const yaml = `version: 1
listeners:
  postgres:
    address: "127.0.0.1:0"
    tls: { cert: gw.crt, key: gw.key, client_ca: clients.crt }
    methods: [mtls, oauthbearer]
    oauth: { issuer: "${issuer.issuer}", scope: "openid crm" }
  admin: { address: "127.0.0.1:0" }
identity:
  issuers:
    - { issuer: "https://login.example", jwks_uri: "${issuer.issuer}/jwks", audience: bailiwick }
    - { issuer: "${issuer.issuer}", audience: bailiwick }
  certificates:
    - san_dns: batch.bank.example
      issuer: "${issuer.issuer}"
      claims: { sub: batch, client_id: batch, groups: [agents], region: DE, model_region: DE }
    - { san_dns: left.bank.example, revoked: true }
  on_token_expiry: at_once
datasources:
  crm:
    engine: postgres
    address: "${server.host}:${server.port}"
    database: ${database.name}
    region: DE
    tls: disable
    access: { groups: [agents] }
    credentials: { user: ${server.user}, password: { value: "${server.password}" } }
policies: [policy.yaml]
`;
  const files = { 'gw.crt': cert, 'gw.key': key, 'clients.crt': clients.cert, 'policy.yaml': ALLOW_ALL_POLICY };
  for (const [name, text] of Object.entries({ ...files, 'bailiwick.yaml': yaml }))
    writeFileSync(join(directory, name), text, { mode: 0o600 });
  const loaded = loadSite(join(directory, 'bailiwick.yaml'), {});
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  running = await runBailiwick(loaded.site, { log: recordingLog().log, environment: {}, clock });
});
afterAll(async () => {
  await running?.stop(1_000);
  await issuer?.close();
  await database?.drop();
  rmSync(directory, { recursive: true, force: true });
});

const open = (certificate?: { readonly cert: string; readonly key: string }): Promise<WireClient> => {
  const { postgresAddress: address } = running;
  if (address.kind !== 'tcp') throw new Error('the listener has no port');
  return openWire({
    host: address.host,
    port: address.port,
    ca,
    ...(certificate === undefined ? {} : { certificate }),
  });
};

const STARTUP = encodeStartupMessage({
  protocolMinor: 0,
  parameters: new Map([
    ['user', 'anyone'],
    ['database', 'crm'],
  ]),
  protocolOptions: new Map(),
});

test('a mapped certificate is somebody', async () => {
  const wire = await open(clientCertificate(clients, 'batch.bank.example'));
  wire.send(STARTUP);
  expect(typesOf(await wire.replies('ZE'))).toMatch(/Z$/);
  expect(Object.fromEntries(rowsOf(await wire.query('SHOW bailiwick.identity')))).toMatchObject({
    agent: 'batch',
    issuer: issuer.issuer,
  });
  wire.destroy();
});

test('a revoked one is nobody, and is not asked for a token', async () => {
  const wire = await open(clientCertificate(clients, 'left.bank.example'));
  wire.send(STARTUP);
  const frames = await wire.rest();
  expect(typesOf(frames)).toBe('E');
  expect(errorsOf(frames)).toMatchObject([{ C: '28P01' }]);
});

test('everybody else is sent to the configured issuer, and their session ends with their token', async () => {
  const asking = await logInByBearer(await open(), bearerResponse(''));
  expect(asking.advice).toEqual({
    status: 'invalid_token',
    'openid-configuration': `${issuer.issuer}/.well-known/openid-configuration`,
    scope: 'openid crm',
  });
  const wire = await open();
  await logInByBearer(wire, bearerResponse(await issuer.issueToken(EU_AGENT)));
  expect(rowsOf(await wire.query('BEGIN; SELECT 1'))).toEqual([['1']]);
  clock.skip(3_601_000);
  expect(errorsOf(await wire.rest())).toMatchObject([{ S: 'FATAL', C: '57P01' }]);
});
