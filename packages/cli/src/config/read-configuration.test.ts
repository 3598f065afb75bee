import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate, makeCertificateAuthority } from '../demo/certificates.ts';
import { readConfiguration } from './read-configuration.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-config-'));
  const authority = makeCertificateAuthority('test');
  for (const name of ['gw', 'other']) {
    const { cert, key } = issueCertificate(authority, { names: ['localhost'] });
    writeFileSync(join(directory, `${name}.crt`), cert);
    writeFileSync(join(directory, `${name}.key`), key);
  }
  writeFileSync(join(directory, 'password'), 'from-a-file\n');
  writeFileSync(join(directory, 'empty'), '\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Line 1 to 15, into which cases write one line each. */
const BASE = `version: 1
listeners:
  postgres: { address: 127.0.0.1:6432, tls: off }
identity:
  issuers:
    - { issuer: "http://127.0.0.1:9000", audience: bailiwick }
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

function read(yaml: string): ReturnType<typeof readConfiguration> {
  return readConfiguration(join(directory, 'bailiwick.yaml'), yaml, { PASSWORD: 'from-env', EMPTY: '' });
}

/** Faults as `line:column message`. */
function faultsOf(yaml: string): readonly string[] {
  return read(yaml).faults.map(
    ({ line, column, message }) => `${line}:${column} ${message.replaceAll(directory, 'DIR')}`,
  );
}

/** BASE with line `at` replaced, or with a line after the last where `at` is 16. */
function withLine(at: number, line: string): string {
  return BASE.split('\n')
    .with(at - 1, line)
    .join('\n');
}

test('the base is valid, and defaults are those of the contract', () => {
  const { faults, configuration } = read(BASE);
  expect(faults).toEqual([]);
  expect(configuration).toMatchObject({
    postgres: { address: { host: '127.0.0.1', port: 6432 }, tls: null },
    admin: { address: { kind: 'tcp', host: '127.0.0.1', port: 8432 }, tls: null },
    maskingKeys: [{ id: 'k1', file: join(directory, 'var/mask.key') }],
    stateFile: join(directory, 'var/bailiwick.db'),
    audit: {
      spoolDirectory: join(directory, 'var/spool'),
      segmentsDirectory: join(directory, 'var/segments'),
      signingKeyFile: join(directory, 'var/audit.key'),
      bodies: 'keep',
      durability: 'regulated',
    },
    approvals: { holdMs: 60_000, requestExpiryMs: 3_600_000, approvalExpiryMs: 28_800_000 },
    limits: {
      frameBytesMax: 67_108_864,
      statementBytesMax: 1_048_576,
      sessionsPerIdentityMax: 100,
      statementTimeMs: 0,
      idleTimeMs: 0,
      idleInTransactionTimeMs: 0,
      sessionTimeMs: 0,
      connectTimeMs: 10_000,
      keepAliveMs: 30_000,
      noticesPerStatementMax: 10_000,
    },
    datasources: [{ name: 'crm', mode: 'enforce', tls: { mode: 'verify-full' } }],
  });
});

describe('one fault, at its place', () => {
  const CASES: readonly (readonly [line: number, text: string, fault: string])[] = [
    [1, 'version: 2', '1:10 version other than 1 is not in this version'],
    [1, '', '2:1 the key "version" is missing'],
    [2, 'listener:', '2:1 unknown key "listener"; did you mean listeners?'],
    [3, '  postgres: { address: 0.0.0.0:6432, tls: off }', '3:43 tls: off is accepted on loopback addresses only'],
    [3, '  postgres: { address: 127.0.0.1:6432 }', '3:13 the key "tls" is missing'],
    [3, '  postgres: { tls: off }', '3:13 the key "address" is missing'],
    [3, '  postgres: { address: 127.0.0.1, tls: off }', '3:24 must be host:port, [ipv6]:port or unix:/path'],
    [3, '  postgres: { address: 127.0.0.1:70000, tls: off }', '3:24 must be host:port, [ipv6]:port or unix:/path'],
    [3, '  postgres: { address: "::1:6432", tls: off }', '3:24 must be host:port, [ipv6]:port or unix:/path'],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: on }',
      '3:42 must be { cert: FILE, key: FILE }, or off on a loopback address',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: { cert: gw.crt, key: no.key } }',
      '3:63 cannot read DIR/no.key (ENOENT)',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: { cert: gw.crt, key: other.key } }',
      '3:42 key does not belong to cert',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: { cert: gw.key, key: gw.key } }',
      '3:42 cert does not begin with a PEM certificate',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: { cert: gw.crt, key: gw.crt } }',
      '3:42 key is not a private key in PEM without a passphrase',
    ],
    [3, '  postgres: { address: 127.0.0.1:1, tls: off, proxy_protocol: {} }', '3:63 the key "trusted" is missing'],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: off, proxy_protocol: { trusted: [] } }',
      '3:74 must name at least one network',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: off, proxy_protocol: { trusted: [10.0.0.1] } }',
      '3:75 must be a network such as 10.1.0.0/16 or 2001:db8::/32',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: off, proxy_protocol: { trusted: ["::/0"] } }',
      '3:75 would trust everybody to say where they connect from',
    ],
    [
      3,
      '  postgres: { address: unix:/run/b, tls: off, proxy_protocol: { trusted: [10.0.0.0/8] } }',
      '3:63 peers of a UNIX socket have no address that could be trusted',
    ],
    [
      3,
      '  postgres: { address: unix:/run/b, tls: { cert: gw.crt, key: gw.key } }',
      '3:42 a UNIX socket has no TLS: write off',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: off, methods: [jwt, mtls] }',
      '3:56 mtls needs tls: { client_ca } with the authorities of client certificates',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: off, methods: [ldap] }',
      '3:57 must be one of jwt, pass, oauthbearer, mtls',
    ],
    [
      3,
      '  postgres: { address: 127.0.0.1:1, tls: off, handshake_timeout: 10 }',
      '3:66 must be a duration such as 250ms, 60s, 5m, 1h or 30d',
    ],
    [3, '  mysql: {}', '3:3 the key "postgres" is missing'],
    [5, '  issuer:', '5:3 unknown key "issuer"; did you mean issuers?'],
    [
      6,
      '    - { issuer: "http://idp.example.com", audience: b }',
      '6:17 the address must use https: http is accepted on loopback only',
    ],
    [6, '    - { issuer: "ftp://idp.example.com", audience: b }', '6:17 the address is not an https URL'],
    [6, '    - { issuer: "https://idp.example.com" }', '6:7 the key "audience" is missing'],
    [6, '    - { issuer: "https://i", audience: 7 }', '6:40 must be a text: put it in quotes'],
    [
      6,
      '    - { issuer: "https://i", audience: b, claims: { group: g } }',
      '6:53 unknown key "group"; did you mean groups?',
    ],
    [8, '  "a b":', '8:3 a datasource is named by up to 63 letters, digits, _, . and -'],
    [9, '    engine: mysql', '9:13 engine mysql is not in this version'],
    [9, '    engine: postgre', '9:13 must be one of postgres, mysql; did you mean postgres?'],
    [9, '    engine: postgres\n    replicas: {}', '10:5 replicas is not in this version'],
    [9, '    engine: postgres\n    read_credentials: {}', '10:5 read_credentials is not in this version'],
    [9, '    engine: postgres\n    region_column: c', '10:5 region_column is not in this version'],
    [10, '    address: 127.0.0.1:0', '10:14 must name a port'],
    [10, '    address: unix:relative', '10:14 must be host:port, [ipv6]:port or unix:/path'],
    [10, '    address: unix:/s/.s.PGSQL.5432\n    tls: verify-full', '11:10 a UNIX socket has no tls: write disable'],
    [11, '    database: 5', '11:15 must be a text: put it in quotes'],
    [11, '    database: ""', '11:15 must be a text'],
    [12, '    region: Germany!', '12:13 must be an ISO 3166 alpha-2 code or the name of a jurisdiction'],
    [12, '    region: none', '12:13 must be a place: data is somewhere'],
    [12, '    region: DE\n    tls: prefer', '13:10 must be one of verify-full, verify-ca, disable'],
    [12, '    region: DE\n    tls: disable\n    ca: gw.crt', '14:9 ca needs tls'],
    [12, '    region: DE\n    ca: no.crt', '13:9 cannot read DIR/no.crt (ENOENT)'],
    [
      12,
      '    region: DE\n    roles: { pass-x: { groups: [a], set_role: r } }',
      '13:14 users called pass-… are those of access passes: call the role otherwise',
    ],
    [12, '    region: DE\n    mode: observ', '13:11 must be one of enforce, observe; did you mean observe?'],
    [13, '    access: {}', '13:13 must name the groups or clients that may connect: absent means nobody'],
    [13, '    access: { groups: [] }', '13:13 must name the groups or clients that may connect: absent means nobody'],
    [13, '    access: { groups: agents }', '13:23 must be a list'],
    [
      14,
      '    credentials: { user: svc, password: x }',
      '14:41 must be one of { env: NAME }, { file: PATH }, { command: [ARGV] }, { value: TEXT }',
    ],
    [14, '    credentials: { user: svc, password: { env: NOPE } }', '14:48 the environment variable NOPE is not set'],
    [14, '    credentials: { user: svc, password: { env: EMPTY } }', '14:48 the environment variable EMPTY is not set'],
    [14, '    credentials: { user: svc, password: { file: nope } }', '14:49 cannot read DIR/nope (ENOENT)'],
    [14, '    credentials: { user: svc, password: { file: empty } }', '14:49 DIR/empty is empty'],
    [14, '    credentials: { user: svc, password: { value: 12 } }', '14:50 must be a text: put it in quotes'],
    [
      14,
      '    credentials: { user: svc, password: { value: a, env: b } }',
      '14:41 must name exactly one of value, env, file, command',
    ],
    [14, '    credentials: { user: svc, password: { command: [] } }', '14:52 must hold a program and its arguments'],
    [15, 'policies: site.yaml', '15:11 must be a list'],
    [16, 'passes: { max_ttl: 8 }', '16:20 must be a duration such as 250ms, 60s, 5m, 1h or 30d'],
    [16, 'passes: { max_ttl: 0 }', '16:20 must be from 1s to 365d'],
    [16, 'passes: { ttl: 8h }', '16:11 unknown key "ttl"'],
    [16, 'workers: 2', '16:10 workers other than 1 is not in this version'],
    [16, 'watch: true', '16:8 watch other than false is not in this version'],
    [16, 'watch: 1', '16:8 must be false'],
    [16, 'state: { postgres: { env: X } }', '16:8 the key "sqlite" is missing'],
    [16, 'audit: { segments: "s3://b/p" }', '16:20 a store elsewhere is not in this version; name a directory'],
    [16, 'audit: { recipients: [age1x] }', '16:22 recipients is not in this version; leave the list empty'],
    [16, 'audit: { exports: [{ kind: syslog }] }', '16:19 exports is not in this version; leave the list empty'],
    [16, 'audit: { retention: { bodies: 30d } }', '16:10 retention is not in this version; segments are kept'],
    [
      16,
      'audit: { checkpoints: { every: 60s } }',
      '16:10 checkpoints is not in this version; segments are signed when they are sealed',
    ],
    [16, 'audit: { on_failure: spool }', '16:22 on_failure: spool is not in this version'],
    [16, 'audit: { durability: some }', '16:22 must be one of regulated, all'],
    [16, 'audit: { signing_key: { env: KEY } }', '16:23 the key "file" is missing'],
    [16, 'approvals: { webhooks: [{ id: ops }] }', '16:24 webhooks is not in this version; leave the list empty'],
    [16, 'approvals: { hold: { mysql: 25s } }', '16:22 mysql is not in this version'],
    [16, 'approvals: { hold: { postgres: 0s } }', '16:32 must be more than 0'],
    [16, 'limits: { frame_bytes: 64MB }', '16:24 must be a size such as 512KiB, 64MiB or 1GiB'],
    [16, 'limits: { frame_bytes: 1 }', '16:24 must be from 1KiB to 1GiB'],
    [16, 'limits: { statement_bytes: 65MiB }', '16:28 a statement cannot be larger than a frame'],
    [16, 'limits: { rows_per_statement: 5 }', '16:31 rows_per_statement other than 0 is not in this version'],
    [16, 'limits: { sessions_per_identity: 0 }', '16:34 must be a whole number from 1 to 1000000'],
    [16, 'limits: { connect_time: 0 }', '16:25 must be more than 0'],
    [16, 'limits: { session_time: 25d }', '16:25 must be at most 24d'],
    [16, 'limits: { idle_time: 60 }', '16:22 must be a duration such as 250ms, 60s, 5m, 1h or 30d'],
    [16, 'limits: { notices_per_statement: -1 }', '16:34 must be a whole number from 0 to 1000000000'],
    [16, 'masking: { keys: [] }', '16:10 must hold at least one key'],
    [16, 'masking: { keys: [{ id: a, file: x }, { id: a, file: y }] }', '16:10 two keys have the same id'],
    [16, 'masking: { keys: [{ id: a, file: password }] }', '16:34 DIR/password is not a key of 64 hexadecimal digits'],
    [16, 'version: 1', '16:1 Map keys must be unique'],
  ];
  test.each(CASES)('line %i %s', (line, text, fault) => {
    expect(faultsOf(withLine(line, text))).toContain(fault);
  });

  const LISTENER_CASES: readonly (readonly [string, string])[] = [
    ['admin: { address: 0.0.0.0:8432 }', '4:21 off loopback the admin listener needs tls: { cert, key }'],
    ['admin: { address: unix:/a }', '4:21 an admin listener on a UNIX socket is not in this version'],
    ['admin: { address: 0.0.0.0:8432, tls: off }', '4:21 off loopback the admin listener needs tls: { cert, key }'],
    ['metrics: {}', '4:3 metrics is not in this version; the admin listener serves /metrics'],
    ['mysql: {}', '4:3 mysql is not in this version'],
  ];
  test.each(LISTENER_CASES)('listener %s', (text, fault) => {
    const line = BASE.split('\n')[2] ?? '';
    expect(faultsOf(withLine(3, `${line}\n  ${text}`))).toEqual([fault]);
  });

  const IDENTITY_CASES: readonly (readonly [string, string])[] = [
    ['networks: [{ cidr: 10.0.0.0/33, region: DE }]', '7:22 must be a network such as 10.1.0.0/16 or 2001:db8::/32'],
    ['console: {}', '7:3 console is not in this version'],
    ['geoip: x.mmdb', '7:3 geoip is not in this version; networks say where an address is'],
    ['on_token_expiry: never', '7:20 must be one of at_idle, at_once'],
    ['roles: { reviewers: [dba] }', '7:12 unknown key "reviewers"; did you mean reviewer?'],
    ['roles: { reviewer: dba }', '7:22 must be a list of groups or { groups, datasources, regions }'],
    [
      'roles: { reviewer: { groups: [a], datasources: [cmr] } }',
      '7:51 there is no datasource "cmr"; did you mean crm?',
    ],
    ['roles: { reviewer: { groups: [a], datasources: [] } }', '7:50 must not be an empty list: leave the key out'],
    [
      'roles: { reviewer: { groups: [a], regions: [EEA] } }',
      '7:47 a jurisdiction in the scope of a role is not in this version; list ISO 3166 alpha-2 codes',
    ],
    ['clients: { bot: { regoin: DE } }', '7:21 unknown key "regoin"; did you mean region?'],
  ];
  test.each(IDENTITY_CASES)('identity %s', (text, fault) => {
    const line = BASE.split('\n')[5] ?? '';
    expect(faultsOf(withLine(6, `${line}\n  ${text}`))).toEqual([fault]);
  });
});

test('every fault at once, in the order of the file', () => {
  const yaml = BASE.replace('engine: postgres', 'engine: oracle')
    .replace('version: 1', 'version: 9')
    .replace('region: DE', 'region: 1');
  expect(faultsOf(yaml).map((fault) => fault.split(' ')[0])).toEqual(['1:10', '9:13', '12:13']);
});

test.each([
  ['', '1:1 must be a mapping'],
  ['- a', '1:1 must be a mapping'],
  ['a: [', '1:5 Flow sequence in block collection must be sufficiently indented and end with a ]'],
])('%j is one fault', (yaml, fault) => {
  expect(faultsOf(yaml)).toEqual([fault]);
});

test('aliases are read, also those that would never end', () => {
  const shared = withLine(13, '    access: &who { groups: [agents] }').concat(
    'masking: { keys: [{ id: a, file: x }] }\n',
  );
  expect(faultsOf(shared)).toEqual([]);
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef'].map((pair) => [...pair])) {
    bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`);
  }
  expect(faultsOf(bomb.join('\n')).some((fault) => fault.endsWith('the file is too deep or too large'))).toBe(true);
});

test('secrets come from where they are said to be, anew each time, and are in no message', async () => {
  const passwordOf = async (source: string): Promise<string | undefined> => {
    const { configuration, faults } = read(withLine(14, `    credentials: { user: svc, password: ${source} }`));
    expect(faults).toEqual([]);
    return configuration?.datasources[0]?.credentials.password();
  };
  expect(await passwordOf('{ value: "a b" }')).toBe('a b');
  expect(await passwordOf('{ env: PASSWORD }')).toBe('from-env');
  expect(await passwordOf('{ file: password }')).toBe('from-a-file');
  expect(await passwordOf('{ command: [printf, "from %s", command] }')).toBe('from command');
  await expect(passwordOf('{ command: [sh, -c, "echo canary; exit 1"] }')).rejects.toThrow(
    /^the command sh .* failed$/,
  );
});

test('roles may be groups, scopes, or both', () => {
  const line = BASE.split('\n')[5] ?? '';
  const roles =
    '  roles: { reviewer: [dba, { groups: [x], datasources: [crm], regions: [de] }], auditor: { groups: [a] } }';
  const { configuration, faults } = read(withLine(6, `${line}\n${roles}`));
  expect(faults).toEqual([]);
  expect(configuration?.roles).toEqual({
    reviewer: [
      { groups: ['dba'], datasources: [], regions: [] },
      { groups: ['x'], datasources: ['crm'], regions: ['DE'] },
    ],
    auditor: [{ groups: ['a'], datasources: [], regions: [] }],
    operator: [],
  });
});

test('tls of a datasource beside it or as one mapping', () => {
  for (const tls of [
    'tls: verify-ca\n    ca: gw.crt\n    server_name: db',
    'tls: { mode: verify-ca, ca: gw.crt, server_name: db }',
  ]) {
    const { configuration, faults } = read(withLine(12, `    region: DE\n    ${tls}`));
    expect(faults).toEqual([]);
    expect(configuration?.datasources[0]?.tls).toMatchObject({ mode: 'verify-ca', serverName: 'db' });
  }
});

test('limits of time, and networks of proxies, are read', () => {
  const limits =
    'limits: { idle_time: 15m, idle_in_transaction_time: 60s, session_time: 8h, connect_time: 3s, keep_alive: 0, notices_per_statement: 0 }';
  const proxies = 'tls: off, proxy_protocol: { trusted: [10.0.0.0/8, "2001:db8::/32"] }';
  const { configuration, faults } = read(BASE.replace('tls: off', proxies) + limits);
  expect(faults).toEqual([]);
  expect(configuration?.postgres.trustedProxies).toEqual(['10.0.0.0/8', '2001:db8::/32']);
  expect(configuration?.limits).toMatchObject({
    idleTimeMs: 900_000,
    idleInTransactionTimeMs: 60_000,
    sessionTimeMs: 28_800_000,
    connectTimeMs: 3_000,
    keepAliveMs: 0,
    noticesPerStatementMax: 0,
  });
});
