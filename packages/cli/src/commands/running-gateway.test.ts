import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { issueCertificate, makeCertificateAuthority } from '../demo/certificates.ts';
import { type PostgresServer, startEmbeddedPostgres } from '../demo/embedded-postgres.ts';
import { type DevelopmentIssuer, startDevelopmentIssuer } from '../demo/issuer.ts';
import { type CliRun, ended, readyLines, runCli, spawnCli } from '../testing/run-cli.ts';

const POLICY = `version: 1
data: { crm: { public.customers: { columns: { email: [pii.contact] } } } }
rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email } }
  - { id: ask, on: { does: [WRITE] }, do: { hold: { by: [dba], min: 1 } } }
`;
const CANARY = 'canary.person@secret.example';
const AGENT = {
  sub: 'alice',
  groups: ['agents'],
  region: 'DE',
  act: { sub: 'bot', groups: ['agents'], model_region: 'DE' },
};
const DBA = { sub: 'dora', groups: ['dba', 'sre'], region: 'DE' };

let directory = '';
let database: PostgresServer;
let issuer: DevelopmentIssuer;
let gateway: ChildProcess;
let log = '';
let server = '';
let dsn = '';
const tokens = { agent: '', dba: '' };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-serve-'));
  database = await startEmbeddedPostgres();
  await database.query(`CREATE TABLE customers (id int PRIMARY KEY, email text);
    INSERT INTO customers VALUES (1, '${CANARY}');
    CREATE ROLE svc LOGIN PASSWORD 'canary-password';
    GRANT SELECT, INSERT, DELETE ON customers TO svc`);
  issuer = await startDevelopmentIssuer();
  tokens.agent = await issuer.issueToken(AGENT);
  tokens.dba = await issuer.issueToken(DBA);
  const authority = makeCertificateAuthority('test');
  const { cert, key } = issueCertificate(authority, { names: ['localhost'], ips: ['127.0.0.1'] });
  for (const [name, text] of Object.entries({ 'ca.crt': authority.cert, 'gw.crt': cert, 'gw.key': key })) {
    writeFileSync(join(directory, name), text);
  }
  writeFileSync(join(directory, 'policy.yaml'), POLICY);
  writeFileSync(join(directory, 'agent.json'), JSON.stringify(AGENT));
  writeFileSync(
    join(directory, 'bailiwick.yaml'),
    `version: 1
listeners:
  postgres: { address: "127.0.0.1:0", tls: { cert: gw.crt, key: gw.key } }
  admin: { address: "127.0.0.1:0" }
identity:
  issuers: [{ issuer: "${issuer.issuer}", audience: bailiwick }]
  roles: { reviewer: [dba], auditor: [dba], operator: [sre] }
datasources:
  crm:
    engine: postgres
    address: "${database.host}:${database.port}"
    database: ${database.database}
    region: DE
    tls: disable
    access: { groups: [agents, dba] }
    credentials: { user: svc, password: { env: CRM_PASSWORD } }
policies: [policy.yaml]
`,
  );
  gateway = spawnCli(['serve'], { cwd: directory, env: ENV });
  gateway.stderr?.on('data', (part: Buffer) => {
    log += part;
  });
  const [postgres, admin] = await readyLines(gateway, 2);
  server = `http://${admin?.address ?? ''}`;
  dsn = `postgresql://svc:TOKEN@${postgres?.address ?? ''}/crm?sslmode=verify-full&sslrootcert=${join(directory, 'ca.crt')}`;
  await vi.waitFor(async () => expect((await fetch(`${server}/readyz`)).status).toBe(200), 15_000);
});
afterAll(async () => {
  gateway?.kill('SIGKILL');
  await issuer?.close();
  await database?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const ENV = { CRM_PASSWORD: 'canary-password' };

const sql = (who: 'agent' | 'dba', text: string, ...more: readonly string[]): Promise<CliRun> =>
  runCli(['sql', dsn.replace('TOKEN', tokens[who]), text, ...more], { cwd: directory });
const api = (who: 'agent' | 'dba', ...words: readonly string[]): Promise<CliRun> =>
  runCli(words, { cwd: directory, env: { ...ENV, BAILIWICK_SERVER: server, BAILIWICK_TOKEN: tokens[who] } });

test('sql prints masked rows as a table, or as JSON', async () => {
  const text = await sql('agent', 'SELECT id, email FROM customers');
  expect(text).toMatchObject({ exitCode: 0, stderr: '' });
  expect(text.stdout).toMatch(/^ id \| email\s*\n----\+-+\n 1 {2}\| \S+\n\(1 row\)\n$/);
  const json = await sql('agent', 'SELECT id, email FROM customers', '--json');
  const { columns, rows } = JSON.parse(json.stdout) as {
    readonly columns: unknown;
    readonly rows: readonly unknown[][];
  };
  expect(columns).toEqual(['id', 'email']);
  expect(rows[0]?.[0]).toBe('1');
  expect(text.stdout + json.stdout).not.toContain('canary');
});

test('sql reads statements from standard input, and ends at the first that fails', async () => {
  const whole = dsn.replace('TOKEN', tokens.agent);
  const good = await runCli(['sql', whole], { input: 'SELECT 1 AS a; SELECT\n2 AS b' });
  expect(good).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ a\n.* b\n/s) });
  const bad = await runCli(['sql', whole], { input: 'SELECT nothing; SELECT 2 AS b;' });
  expect(bad.exitCode).toBe(1);
  expect(bad.stdout).toBe('');
});

test('a token that is not accepted opens nothing', async () => {
  const refused = await runCli(['sql', dsn.replace('TOKEN', `${tokens.agent.slice(0, -6)}AAAAAA`), 'SELECT 1']);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('28P01');
  expect((await runCli(['approvals', 'list', '--server', server, '--token', 'x'])).exitCode).toBe(1);
});

describe('a held write', () => {
  const pending = async (): Promise<string> => {
    const ids = async (): Promise<readonly string[]> => {
      const { stdout } = await api('dba', 'approvals', 'list', '--json');
      return (JSON.parse(stdout) as { readonly items: readonly { readonly id: string }[] }).items.map(({ id }) => id);
    };
    await expect.poll(async () => (await ids()).length, { timeout: 15_000 }).toBe(1);
    return (await ids())[0] ?? '';
  };

  test('is shown, approved by another person, and runs once', async () => {
    const running = sql('agent', "INSERT INTO customers VALUES (2, 'a\u001b[31m')");
    const id = await pending();
    const shown = await api('dba', 'approvals', 'show', id);
    expect(shown.stdout).toContain('bot for alice');
    expect(shown.stdout).toContain("INSERT INTO customers VALUES (2, 'a\\x1b[31m')");
    expect((await api('agent', 'approvals', 'approve', id)).exitCode).toBe(1);
    const wrong = await api('dba', 'approvals', 'approve', id, '--digest', 'a'.repeat(64));
    expect(wrong.exitCode).toBe(1);
    const approved = await api('dba', 'approvals', 'approve', id, '--reason', 'agreed');
    expect(approved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${id} is approved`) });
    expect(await running).toMatchObject({ exitCode: 0, stdout: 'INSERT 1\n' });
    expect(await database.query('SELECT count(*)::int AS n FROM customers')).toEqual([{ n: 2 }]);
  });

  test('is rejected, and changes nothing', async () => {
    const running = sql('agent', 'DELETE FROM customers');
    const id = await pending();
    expect((await api('dba', 'approvals', 'reject', id)).exitCode).toBe(2);
    expect((await api('dba', 'approvals', 'reject', id, '--reason', 'all of them?')).exitCode).toBe(0);
    const refused = await running;
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('42501');
    expect(await database.query('SELECT count(*)::int AS n FROM customers')).toEqual([{ n: 2 }]);
  });
});

test('a pass is made, is the password of a client, is listed without its secret, and is revoked', async () => {
  const made = await api(
    'dba',
    'pass',
    'create',
    '--datasource',
    'crm',
    '--ttl',
    '10m',
    '--network',
    '127.0.0.0/8',
    '--json',
  );
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  const { id, secret } = JSON.parse(made.stdout) as { readonly id: string; readonly secret: string };
  const connect = (): Promise<CliRun> =>
    runCli(['sql', dsn.replace('TOKEN', secret), 'SELECT 40 + 2 AS n'], { cwd: directory });
  expect((await connect()).stdout).toMatch(/ 42\b/);
  const listed = await api('dba', 'pass', 'list');
  expect(listed.stdout).toContain(id);
  expect(listed.stdout).toMatch(/active .* crm .*127\.0\.0\.0\/8/);
  expect(listed.stdout).not.toContain('bwp_');
  expect(await api('dba', 'pass', 'revoke', id)).toMatchObject({ exitCode: 0, stdout: `${id} is revoked\n` });
  expect(await connect()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the pass has been revoked') });
  expect(await api('dba', 'pass', 'create', '--datasource', 'nowhere')).toMatchObject({ exitCode: 1 });
  expect(await api('dba', 'pass', 'create', '--datasource', 'crm', '--ttl', '9h')).toMatchObject({ exitCode: 2 });
});

test('sessions are listed, shown and replayed; the record verifies', async () => {
  const list = await api('dba', 'sessions', 'list', '--identity', 'bot', '--json');
  const { items } = JSON.parse(list.stdout) as { readonly items: readonly { readonly id: string }[] };
  const id = items.at(-1)?.id ?? '';
  expect((await api('dba', 'sessions', 'list')).stdout).toContain(id);
  expect((await api('dba', 'sessions', 'show', id)).stdout).toContain('bot for alice');
  const replay = await api('dba', 'sessions', 'replay', id);
  expect(replay.exitCode).toBe(0);
  for (const words of ['session start: bot for alice', 'DataRow', 'decision 1: mask by contact', 'session end']) {
    expect(replay.stdout).toContain(words);
  }
  expect(replay.stdout).not.toContain('canary');
  expect((await api('dba', 'sessions', 'replay', 'ses_none')).exitCode).toBe(1);
  expect((await api('agent', 'sessions', 'kill', id)).exitCode).toBe(1);
  expect(await api('dba', 'audit', 'verify')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/\nclean\n$/),
  });
});

test('explain answers the same by the files as by the running gateway', async () => {
  const words = ['explain', '--datasource', 'crm', '--as', 'agent.json', '--json', 'SELECT email FROM customers'];
  const here = await runCli(words, { cwd: directory, env: ENV });
  const there = await api('dba', ...words);
  expect(here).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(here.stdout)).toEqual(JSON.parse(there.stdout));
  expect(JSON.parse(here.stdout)).toMatchObject({
    effect: 'mask',
    outputs: [
      { name: 'email', lineage: 'base', sources: ['public.customers.email'], treatment: 'email', rule: 'contact' },
    ],
  });
});

test('check --upstream looks at the catalog and at the account', async () => {
  const good = await runCli(['check', '--upstream'], { cwd: directory, env: ENV });
  expect(good).toMatchObject({ exitCode: 0, stderr: '' });
  await database.query('ALTER ROLE svc BYPASSRLS; ALTER TABLE customers RENAME email TO mail');
  try {
    const bad = await runCli(['check', '--upstream', '--json'], { cwd: directory, env: ENV });
    expect(bad.exitCode).toBe(2);
    const { faults, warnings } = JSON.parse(bad.stdout) as Record<string, readonly string[]>;
    expect(faults).toEqual([expect.stringContaining('public.customers.email')]);
    expect(warnings).toEqual([
      expect.stringMatching(/^datasource crm: svc can itself read 2 of 2 regulated columns; harden --datasource crm/),
      'datasource crm: svc bypasses row security (BYPASSRLS)',
    ]);
  } finally {
    await database.query('ALTER ROLE svc NOBYPASSRLS; ALTER TABLE customers RENAME mail TO email');
  }
});

describe('reload', () => {
  const write = (text: string): void => writeFileSync(join(directory, 'policy.yaml'), text);

  test('what is broken changes nothing', async () => {
    write(POLICY.replace('do: { mask: email }', 'do: { mask: emial }'));
    const refused = await api('dba', 'reload');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/policy\.yaml:4:\d+: /);
    expect((await sql('agent', 'SELECT email FROM customers')).stdout).not.toContain('canary');
    write(POLICY);
  });

  test('what only a restart changes is refused by name', async () => {
    const file = join(directory, 'bailiwick.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('groups: [agents, dba] }', 'groups: [dba] }'));
    const refused = await api('dba', 'reload');
    writeFileSync(file, before);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('datasources.crm changed: restart') });
  });

  test('what is valid is in force at once, and what became weaker is said', async () => {
    write(POLICY.replace('do: { mask: email }', 'do: { mask: redact }'));
    expect((await api('dba', 'reload')).stdout).toBe('changed: rule contact: mask email became redact\n');
    write(POLICY);
    expect((await api('dba', 'reload')).stdout).toBe('WEAKER:  rule contact: mask redact became email\n');
    expect((await api('dba', 'reload')).stdout).toBe('nothing changed\n');
    expect(log).toContain('a reload made the policy weaker');
    expect((await api('agent', 'reload')).exitCode).toBe(1);
  });

  test('SIGHUP reloads, too', async () => {
    write(`${POLICY}  - { id: roles, on: { does: [ROLE] }, do: block }\n`);
    gateway.kill('SIGHUP');
    await expect.poll(() => log.includes('rule roles (block) is new')).toBe(true);
  });
});

test('SIGTERM ends it with 0; its files are its own, and nothing that it wrote in clear holds a secret', async () => {
  const end = ended(gateway);
  gateway.kill('SIGTERM');
  expect((await end).exitCode).toBe(0);
  expect((await runCli(['audit', 'verify', 'var/segments'], { cwd: directory })).exitCode).toBe(0);
  const files = readdirSync(join(directory, 'var'), { recursive: true, encoding: 'utf8' });
  for (const name of files) {
    const path = join(directory, 'var', name);
    const stat = statSync(path);
    expect([name, stat.mode & 0o077]).toEqual([name, 0]);
    if (stat.isFile()) expect(readFileSync(path).includes('canary')).toBe(false);
  }
  for (const secret of ['canary', tokens.agent.split('.')[2] ?? '', tokens.dba.split('.')[2] ?? '']) {
    expect(log).not.toContain(secret);
  }
  // A flipped byte is found.
  const segment = join(directory, 'var/segments', readdirSync(join(directory, 'var/segments')).sort()[0] ?? '');
  const bytes = readFileSync(segment);
  bytes.writeUInt8((bytes.at(bytes.length >> 1) ?? 0) ^ 1, bytes.length >> 1);
  chmodSync(segment, 0o600);
  writeFileSync(segment, bytes);
  const found = await runCli(['audit', 'verify', 'var/segments'], { cwd: directory });
  expect(found).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('FAULT') });
});
