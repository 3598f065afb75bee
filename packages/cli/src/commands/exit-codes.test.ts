import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, spawnCli } from '../testing/run-cli.ts';

const SITE = `version: 1
listeners:
  postgres: { address: "127.0.0.1:0", tls: off }
  admin: { address: "127.0.0.1:0" }
identity:
  issuers: [{ issuer: "http://127.0.0.1:9000", audience: bailiwick }]
datasources:
  crm:
    engine: postgres
    address: 127.0.0.1:1
    database: crm
    region: DE
    tls: disable
    access: { groups: [agents] }
    credentials: { user: svc, password: { value: canary-password } }
policies: [policy.yaml]
`;
const POLICY = 'version: 1\nrules: [{ id: a, on: { does: [ROLE] }, do: block }]\n';

let directory = '';
const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
const run = (...words: readonly string[]): ReturnType<typeof runCli> => runCli(words, { cwd: directory });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  write('bailiwick.yaml', SITE);
  write('policy.yaml', POLICY);
  write('broken.yaml', SITE.replace('version: 1', 'version: 3').replace('policy.yaml', 'broken-policy.yaml'));
  write('broken-policy.yaml', 'version: 1\nrules: [{ id: a, do: blok }]\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('exit 2: the usage or a file is wrong', () => {
  const CASES: readonly (readonly [words: string, stderr: string])[] = [
    ['', 'Usage: bailiwick'],
    ['nonsense', "unknown command 'nonsense'"],
    ['check --nonsense', "unknown option '--nonsense'"],
    ['check surplus', 'too many arguments'],
    ['check --config nowhere.yaml', 'nowhere.yaml:1:1: the configuration cannot be read (ENOENT)'],
    ['explain --datasource crm SELECT', "required option '--as <claims.json>' not specified"],
    ['explain --datasource crm --as nowhere.json SELECT', 'nowhere.json:1:1: cannot be read as JSON'],
    ['approvals list', 'no token'],
    ['approvals list --token t --server http://gateway.example.com', '--server must be https off loopback'],
    ['approvals list --token t --server gateway', '--server gateway is not a URL'],
    ['approvals list --token t --config nowhere.yaml', 'which gateway?'],
    ['audit verify nowhere', 'ENOENT'],
    ['audit verify .', 'there is no record at .'],
    ['audit verify --config nowhere.yaml', 'which record?'],
    ['login --config nowhere.yaml', 'where do you log in? give --issuer'],
    ['login --issuer https://login.example.com', 'where do you log in? give --client-id'],
    ['harden', "required option '--datasource <name>' not specified"],
    ['harden --datasource nowhere', 'there is no datasource nowhere in the configuration'],
    ['connect', "missing required argument 'datasource'"],
    ['connect crm', 'which gateway? give --gateway'],
    ['connect crm --ca gw.crt', '--ca and --tls go with --gateway'],
    ['connect crm --port 65536', '--port 65536 is not a port'],
    ['connect crm --gateway gateway', '--gateway gateway is not host:port'],
    ['connect crm --gateway g.example:6432 --tls off', '--tls off is for loopback'],
    ['connect crm --gateway g.example:6432 --ca nowhere.crt', '--ca nowhere.crt is not a file of certificates'],
    ['token', "required option '--as <name>' not specified"],
    ...['init --dsn x', 'discover crm', 'policy test']
      .concat([
        'report residency --from x',
        'sessions tail x',
        'audit export --format ocsf',
        'audit attest x',
        'audit shred x',
      ])
      .map((words): readonly [string, string] => [words, 'is not in this version']),
  ];
  test.each(CASES)('%s', async (words, stderr) => {
    const ended = await run(...words.split(' ').filter((word) => word !== ''));
    expect(ended.stderr).toContain(stderr);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('serve with a trace of something else than frames', async () => {
    const ended = await runCli(['serve'], { cwd: directory, env: { BAILIWICK_TRACE: 'everything' } });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('BAILIWICK_TRACE is everything: all there is to trace is frames');
  });

  test.each(['check', 'serve'])('%s names every fault of the configuration and of the policy', async (command) => {
    const ended = await run(command, '--config', 'broken.yaml');
    expect(ended).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'broken.yaml:1:10: version other than 1 is not in this version\n' +
        'broken-policy.yaml:2:22: "blok" is not one of block, hold, allow; did you mean block?\n',
    });
  });
});

test.each(['--help', '--version', 'approvals --help', 'serve --help', 'check'])('exit 0: %s', async (words) => {
  const ended = await run(...words.split(' '));
  expect(ended.exitCode).toBe(0);
  expect(ended.stdout).not.toBe('');
});

test('check --json says the same for machines, also through the environment’s configuration', async () => {
  const valid = await runCli(['check', '--json'], { env: { BAILIWICK_CONFIG: join(directory, 'bailiwick.yaml') } });
  expect(JSON.parse(valid.stdout)).toEqual({ valid: true, faults: [], warnings: [] });
  const broken = await run('check', '--json', '--config', 'broken.yaml');
  expect(JSON.parse(broken.stdout)).toMatchObject({ valid: false, faults: [expect.any(String), expect.any(String)] });
});

describe('exit 1: the answer is no', () => {
  test.each([
    [
      'a gateway that is not there',
      ['approvals', 'list', '--token', 't', '--server', 'http://127.0.0.1:1'],
      'does not answer',
    ],
    ['a database that is not there', ['check', '--upstream'], 'datasource crm: '],
    ['a server that is not there', ['sql', 'postgresql://u:canary-token@127.0.0.1:1/crm', 'SELECT 1'], 'ECONNREFUSED'],
  ])('%s', async (_what, words, stderr) => {
    const ended = await run(...words);
    // A database that does not answer makes the configuration wrong: that is what --upstream asks.
    expect(ended.exitCode).toBe(words[0] === 'check' ? 2 : 1);
    expect(ended.stderr).toContain(stderr);
    expect(ended.stderr + ended.stdout).not.toContain('canary');
  });
});

test('serve without a database: it says where it listens, is not ready, keeps secrets, and ends at SIGTERM', async () => {
  const child = spawnCli(['serve'], { cwd: directory });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (part: Buffer) => {
      printed += part;
    });
  const admin = await new Promise<string>((resolve) => {
    child.stdout?.on('data', () => {
      const found = /"ready":"admin","address":"([^"]+)"/.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  expect((await fetch(`http://${admin}/healthz`)).status).toBe(200);
  const ready = await fetch(`http://${admin}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ reasons: ['the catalog of crm is not known'] });
  expect(await (await fetch(`http://${admin}/metrics`)).text()).toMatch(
    /bailiwick_policy_info\{version="[0-9a-f]{16}"\} 1/,
  );
  child.kill('SIGTERM');
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  expect(printed).toContain('"ready":"postgres","address":"127.0.0.1:');
  expect(printed).not.toContain('canary');
});
