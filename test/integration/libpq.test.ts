// libpq 18 itself, the library below psql and most drivers: OAUTHBEARER, direct TLS, client certificates.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  type LibpqRun,
  libpqMissing,
  runLibpq,
  startTestGateway,
  type TestGateway,
} from '../servers/index.ts';
import { clientCertificate, thumbprintOf } from './fixtures/client-certificates.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

const WHO = 'SHOW bailiwick.identity';
const BATCH = { sub: 'batch', client_id: 'batch', groups: ['agents'], region: 'DE', model_region: 'DE' };

const missing: string | null = libpqMissing();
if (missing !== null) console.warn(`libpq 18 could not be run: ${missing}`);

describe.runIf(missing === null)('libpq 18', () => {
  let bearer: TestGateway;
  let certified: TestGateway;
  beforeAll(async () => {
    const certificates = (issuer: string) => [
      { match: { by: 'common_name', value: 'batch' }, identity: { issuer, claims: BATCH } } as const,
    ];
    bearer = await startTestGateway({ policy: ALLOW_ALL_POLICY, methods: ['oauthbearer'], certificates });
    certified = await startTestGateway({ policy: ALLOW_ALL_POLICY, methods: ['mtls', 'jwt'], certificates });
  });
  afterAll(async () => {
    await bearer.close();
    await certified.close();
  });

  const file = (gateway: TestGateway, name: string, content: string): string => {
    const path = join(gateway.directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };

  const parametersOf = (gateway: TestGateway): Record<string, string> => ({
    ...{ host: gateway.host, port: String(gateway.port), dbname: 'crm', user: 'anyone', sslmode: 'verify-full' },
    sslrootcert: file(gateway, 'ca.crt', gateway.ca ?? ''),
  });

  const withCertificate = (gateway: TestGateway, name: string) => {
    const certificate = clientCertificate(gateway.clientAuthority, name);
    const sslcert = file(gateway, `${name}.crt`, certificate.cert);
    return { certificate, parameters: { sslcert, sslkey: file(gateway, `${name}.key`, certificate.key) } };
  };

  const identityOf = (run: LibpqRun): Record<string, string> => Object.fromEntries(run.rows);

  describe('OAUTHBEARER', () => {
    const oauth = (extra: Record<string, string> = {}) => ({
      ...parametersOf(bearer),
      require_auth: 'oauth',
      oauth_issuer: bearer.issuer.issuer,
      oauth_client_id: 'bailiwick-test',
      ...extra,
    });

    test('asks where to get a token, gets it from its application, and is let in', async () => {
      const run = await runLibpq({ parameters: oauth(), token: await bearer.token(EU_AGENT), sql: WHO });
      expect(run).toMatchObject({ connected: true, error: '' });
      expect(run.version).toBeGreaterThanOrEqual(180_000);
      expect(run.asked).toEqual([
        { discovery: `${bearer.issuer.issuer}/.well-known/openid-configuration`, scope: 'openid bailiwick' },
      ]);
      expect(identityOf(run)).toMatchObject({ human: 'maria@bank.example', agent: 'copilot' });
    });

    test('sends a token at once where it knows where tokens come from', async () => {
      const oauth_issuer = `${bearer.issuer.issuer}/.well-known/openid-configuration`;
      const parameters = oauth({ oauth_issuer, sslnegotiation: 'direct' });
      const run = await runLibpq({ parameters, token: await bearer.token(EU_AGENT), sql: 'SELECT 1' });
      expect(run).toMatchObject({ connected: true, alpn: 'postgresql', rows: [['1']] });
      expect(run.asked).toHaveLength(1);
    });

    test.each<readonly [what: string, token: () => Promise<string>, message: RegExp]>([
      ['has expired', () => bearer.issuer.issueToken(EU_AGENT, { expiresInSeconds: -3600 }), /has expired/],
      ['is for somebody else', () => bearer.token({ ...EU_AGENT, aud: 'other' }), /claim aud/],
      [
        'is bound to a certificate that is not shown',
        () => bearer.token({ ...EU_AGENT, cnf: { 'x5t#S256': 'A'.repeat(43) } }),
        /none was presented/,
      ],
    ])('shows its user why a token that %s was refused', async (_what, token, message) => {
      const run = await runLibpq({ parameters: oauth(), token: await token(), sql: WHO });
      expect(run.connected).toBe(false);
      expect(run.error).toMatch(/FATAL: /);
      expect(run.error).toMatch(message);
    });

    test('accepts no other issuer than its own', async () => {
      const parameters = oauth({ oauth_issuer: 'https://login.example' });
      const run = await runLibpq({ parameters, token: await bearer.token(EU_AGENT), sql: WHO });
      expect(run.connected).toBe(false);
      expect(run.error).toMatch(/incompatible with oauth_issuer/);
      expect(run.asked).toEqual([]);
    });

    test('shows the certificate that its token is bound to', async () => {
      const { certificate, parameters } = withCertificate(bearer, 'copilot');
      const token = await bearer.token({ ...EU_AGENT, cnf: { 'x5t#S256': thumbprintOf(certificate) } });
      const run = await runLibpq({ parameters: oauth(parameters), token, sql: WHO });
      expect(identityOf(run)).toMatchObject({ agent: 'copilot' });
      const other = withCertificate(bearer, 'other').parameters;
      const refused = await runLibpq({ parameters: oauth(other), token, sql: WHO });
      expect(refused.connected).toBe(false);
      expect(refused.error).toMatch(/another client certificate/);
    });
  });

  describe('client certificates', () => {
    test.each(['postgres', 'direct'])('are all that it takes, sslnegotiation=%s', async (sslnegotiation) => {
      const { parameters } = withCertificate(certified, 'batch');
      const required = { sslcertmode: 'require', require_auth: 'none', sslnegotiation };
      const run = await runLibpq({ parameters: { ...parametersOf(certified), ...parameters, ...required }, sql: WHO });
      expect(run).toMatchObject({ connected: true, error: '', alpn: 'postgresql' });
      expect(identityOf(run)).toMatchObject({ agent: 'batch', human: '' });
    });

    test('that are nobody’s leave the password to say who it is', async () => {
      const { parameters } = withCertificate(certified, 'nobody');
      const password = await certified.token(EU_AGENT);
      const all = { ...parametersOf(certified), ...parameters, password, require_auth: 'password' };
      expect(identityOf(await runLibpq({ parameters: all, sql: WHO }))).toMatchObject({ human: 'maria@bank.example' });
    });

    test('of another authority end the connection with the reason', async () => {
      const name = 'batch';
      const certificate = clientCertificate(bearer.clientAuthority, name);
      const sslcert = file(certified, 'foreign.crt', certificate.cert);
      const sslkey = file(certified, 'foreign.key', certificate.key);
      const run = await runLibpq({ parameters: { ...parametersOf(certified), sslcert, sslkey }, sql: WHO });
      expect(run.connected).toBe(false);
      expect(run.error).toMatch(/client certificate was not accepted/);
    });
  });
});
