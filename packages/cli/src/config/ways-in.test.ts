// The parts of bailiwick.yaml that say how clients may prove who they are.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate, makeCertificateAuthority } from '../demo/certificates.ts';
import { readConfiguration } from './read-configuration.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-ways-in-'));
  const authority = makeCertificateAuthority('test');
  const { cert, key } = issueCertificate(authority, { names: ['localhost'] });
  const files = { 'gw.crt': cert, 'gw.key': key, 'ca.crt': authority.cert, 'ca.key': authority.key };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  writeFileSync(join(directory, 'two.crt'), `two of them\n${authority.cert}${authority.cert}`);
  writeFileSync(join(directory, 'mixed.crt'), `${authority.cert}${cert}`);
  writeFileSync(join(directory, 'with-key.crt'), `${authority.cert}${authority.key}`);
  writeFileSync(join(directory, 'broken.crt'), authority.cert.replace(/\n[^\n]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const FINGERPRINT = 'AB'.repeat(32).replaceAll(/..(?=.)/g, '$&:');
const TLS = 'tls: { cert: gw.crt, key: gw.key, client_ca: ca.crt }';

function read(listener: string, identity = '', second = ''): ReturnType<typeof readConfiguration> {
  const yaml = `version: 1
listeners:
  postgres: { address: 127.0.0.1:6432, ${listener} }
identity:
  issuers:
    - { issuer: "https://login.example", audience: bailiwick }
    ${second}
  ${identity}
datasources:
  crm:
    engine: postgres
    address: 127.0.0.1:5432
    database: crm
    region: DE
    access: { groups: [agents] }
    credentials: { user: svc, password: { value: x } }
policies: []
`;
  return readConfiguration(join(directory, 'bailiwick.yaml'), yaml, {});
}

const faultsOf = (...parts: Parameters<typeof read>): string[] =>
  read(...parts).faults.map(({ line, column, message }) => `${line}:${column} ${message}`);

const OTHER_ISSUER = '- { issuer: "https://other.example", audience: bailiwick }';

test('the only issuer is the one that OAUTHBEARER clients are sent to', () => {
  const { faults, configuration } = read('tls: off, methods: [oauthbearer]');
  expect(faults).toEqual([]);
  expect(configuration?.postgres.oauth).toEqual({
    openidConfiguration: 'https://login.example/.well-known/openid-configuration',
    scope: null,
  });
});

test('one of several has to be named', () => {
  const methods = 'methods: [oauthbearer], ';
  const { faults, configuration } = read(
    `tls: off, ${methods} oauth: { issuer: "https://other.example", scope: "openid db" }`,
    '',
    OTHER_ISSUER,
  );
  expect(faults).toEqual([]);
  expect(configuration?.postgres.oauth).toEqual({
    openidConfiguration: 'https://other.example/.well-known/openid-configuration',
    scope: 'openid db',
  });
});

test('authorities and certificates are read, and what they stand for is what a token would say', () => {
  const { faults, configuration } = read(
    `${TLS}, methods: [mtls, jwt]`,
    `certificates:
    - { san_uri: "spiffe://bank/agents/batch", claims: { sub: batch, client_id: batch, groups: [agents], deep: { a: [1] } } }
    - { fingerprint: "${FINGERPRINT}", revoked: true }`,
  );
  expect(faults).toEqual([]);
  expect(configuration?.postgres.tls?.clientCa?.toString()).toContain('BEGIN CERTIFICATE');
  expect(configuration?.warnings).toEqual([]);
  expect(configuration?.identity.certificates).toEqual([
    {
      match: { by: 'san_uri', value: 'spiffe://bank/agents/batch' },
      identity: {
        issuer: 'https://login.example',
        claims: { sub: 'batch', client_id: 'batch', groups: ['agents'], deep: { a: [1] } },
      },
    },
    { match: { by: 'fingerprint', value: FINGERPRINT }, identity: null },
  ]);
});

test('a bundle may hold several authorities and words between them', () => {
  expect(faultsOf('tls: { cert: gw.crt, key: gw.key, client_ca: two.crt }')).toEqual([]);
});

test.each<readonly [listener: string, fault: string]>([
  ['tls: off, methods: [mtls]', '3:59 mtls needs tls: { client_ca } with the authorities of client certificates'],
  [
    'tls: { cert: gw.crt, key: gw.key }, methods: [mtls]',
    '3:85 mtls needs tls: { client_ca } with the authorities of client certificates',
  ],
  ['tls: { cert: gw.crt, key: gw.key, client_ca: gw.crt }', '3:85 certificate 1 of client_ca is no authority'],
  ['tls: { cert: gw.crt, key: gw.key, client_ca: mixed.crt }', '3:85 certificate 2 of client_ca is no authority'],
  ['tls: { cert: gw.crt, key: gw.key, client_ca: broken.crt }', '3:85 certificate 1 of client_ca cannot be read'],
  [
    'tls: { cert: gw.crt, key: gw.key, client_ca: with-key.crt }',
    '3:85 client_ca must hold PEM certificates, and nothing else in PEM',
  ],
  [
    'tls: { cert: gw.crt, key: gw.key, client_ca: ca.key }',
    '3:85 client_ca must hold PEM certificates, and nothing else in PEM',
  ],
  ['tls: { cert: gw.crt, key: gw.key, clientca: ca.crt }', '3:74 unknown key "clientca"; did you mean client_ca?'],
  ['tls: off, oauth: { issuer: "https://login.example" }', '3:57 is of no use: methods do not name oauthbearer'],
  [
    'tls: off, methods: [oauthbearer], oauth: { issuer: "https://evil.elsewhere.test" }',
    '3:91 must be one of https://login.example',
  ],
  [
    'tls: off, methods: [oauthbearer], oauth: { scope: "a  b" }',
    '3:90 must be one or more scopes with a space between them',
  ],
  ['tls: off, methods: [oauthbearer], oauth: { scopes: a }', '3:83 unknown key "scopes"; did you mean scope?'],
])('listener { %s }', (listener, fault) => {
  expect(faultsOf(listener)).toEqual([fault]);
});

test('with several issuers OAUTHBEARER does not guess', () => {
  expect(faultsOf('tls: off, methods: [oauthbearer]', '', OTHER_ISSUER)).toEqual([
    '3:13 oauthbearer needs oauth: { issuer } to say who gives tokens: there are several issuers',
  ]);
});

test.each<readonly [entry: string, fault: string]>([
  ['{ claims: { sub: a } }', '8:18 must have one of fingerprint, san_uri, san_dns, san_email, common_name, subject'],
  [
    '{ san_uri: a, san_dns: b, claims: { sub: a } }',
    '8:18 must have one of fingerprint, san_uri, san_dns, san_email, common_name, subject',
  ],
  [
    '{ fingerprint: abc, claims: { sub: a } }',
    '8:33 must be the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons',
  ],
  ['{ san_uri: a }', '8:18 the key "claims" is missing'],
  ['{ san_uri: a, claims: alice }', '8:40 must be a mapping of claims'],
  ['{ san_uri: a, claims: { groups: [agents] } }', '8:40 would let nobody in: claim sub is missing or no string'],
  ['{ san_uri: a, claims: { sub: a, groups: agents } }', '8:40 would let nobody in: claim groups is not an array'],
  ['{ san_uri: a, revoked: true, claims: { sub: a } }', '8:55 a revoked certificate stands for nobody'],
  [
    '{ san_uri: a, issuer: "https://evil.elsewhere.test", claims: { sub: a } }',
    '8:40 must be one of https://login.example',
  ],
  ['{ san_uri: a, claims: { sub: a } }, { san_uri: a, revoked: true }', '8:54 san_uri a is there twice'],
  ['{ san_uri: a, claim: { sub: a } }', '8:18 the key "claims" is missing'],
])('certificates: [%s]', (entry, fault) => {
  expect(faultsOf(`${TLS}, methods: [mtls]`, `certificates: [${entry}]`)[0]).toBe(fault);
});

test('a certificate names its issuer where there are several', () => {
  const certificates = 'certificates: [{ san_uri: a, claims: { sub: a } }]';
  expect(faultsOf(`${TLS}, methods: [mtls]`, certificates, OTHER_ISSUER)).toEqual([
    '8:18 must name the issuer whose claims these are: there are several',
  ]);
});

test('ways in that nobody can take are warned about', () => {
  const certificates = 'certificates: [{ san_uri: a, claims: { sub: a } }]';
  expect(read(`${TLS}, methods: [jwt, oauthbearer]`, certificates).configuration?.warnings).toEqual([
    'listeners.postgres: clients are asked for a password, and OAUTHBEARER only where methods lack jwt',
    'identity.certificates lets nobody in: no listener takes method mtls',
  ]);
});

test('commands log in at the only issuer, as a client that must be named', () => {
  const { faults, configuration } = read('tls: off', 'cli: { client_id: bailiwick-cli }');
  expect(faults).toEqual([]);
  expect(configuration?.cli).toEqual({ issuer: 'https://login.example', clientId: 'bailiwick-cli', scope: null });
  expect(read('tls: off').configuration?.cli).toBeNull();
  const scoped = read('tls: off', 'cli: { client_id: c, issuer: "https://other.example", scope: "a b" }', OTHER_ISSUER);
  expect(scoped.configuration?.cli).toEqual({ issuer: 'https://other.example', clientId: 'c', scope: 'a b' });
});

test.each([
  ['cli: { client_id: "" }', '', '8:21 must be a text'],
  ['cli: {}', '', '8:8 '],
  ['cli: { client_id: c, client_secret: s }', '', '8:24 unknown key "client_secret"'],
  ['cli: { client_id: c, scope: "a  b" }', '', '8:31 must be one or more scopes'],
  ['cli: { client_id: c, issuer: "https://third.example" }', '', '8:32 must be'],
  ['cli: { client_id: c }', OTHER_ISSUER, '8:8 needs issuer to say where people log in'],
])('the login of commands: %s', (identity, second, fault) => {
  expect(faultsOf('tls: off', identity, second)).toEqual([expect.stringContaining(fault)]);
});
