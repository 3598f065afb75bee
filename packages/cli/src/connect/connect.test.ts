// The real command in front of a real gateway process, with real clients.
import { type ChildProcess, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate, makeCertificateAuthority } from '../demo/certificates.ts';
import { type PostgresServer, startEmbeddedPostgres } from '../demo/embedded-postgres.ts';
import { type DevelopmentIssuer, startDevelopmentIssuer } from '../demo/issuer.ts';
import { DEVELOPMENT_CLIENT } from '../demo/sign-in.ts';
import { type CliRun, ended, readyLines, runCli, spawnCli } from '../testing/run-cli.ts';
import { accountOf } from './peer-account.ts';

const PASSWORD = 'canary-sign-in';
const POLICY = `version: 1
rules: [{ id: roles, on: { does: [ROLE] }, do: block }]
defaults: { writes: allow }
`;

let directory = '';
let database: PostgresServer;
let issuer: DevelopmentIssuer;
let gateway: ChildProcess;
let gatewayPort = 0;
const file = (name: string): string => join(directory, name);
const env = (): Record<string, string> => ({
  BAILIWICK_LOGIN_FILE: file('login.json'),
  CRM_PASSWORD: database.password,
});

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-connect-'));
  database = await startEmbeddedPostgres();
  const people = [{ name: 'alice', claims: { sub: 'alice', groups: ['agents'], region: 'DE' } }];
  // Shorter than what a token must last: each connection gets a new one.
  issuer = await startDevelopmentIssuer({ signIn: { password: PASSWORD, people, tokenSeconds: 30 } });
  const authority = makeCertificateAuthority('test');
  const { cert, key } = issueCertificate(authority, { names: ['gateway.example'], ips: ['127.0.0.1'] });
  const other = issueCertificate(authority, { names: ['gateway.example'], ips: ['127.0.0.1'] });
  const texts = {
    'ca.crt': authority.cert,
    'gw.crt': cert,
    'gw.key': key,
    'other.crt': other.cert,
    'other.key': other.key,
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(file(name), text);
  writeFileSync(file('policy.yaml'), POLICY);
  writeFileSync(file('bailiwick.yaml'), configuration(0, 'gw'));
  gateway = spawnCli(['serve'], { cwd: directory, env: env() });
  const [ready] = await readyLines(gateway, 2);
  gatewayPort = Number(ready?.address?.split(':')[1]);
  await logIn();
});
afterAll(async () => {
  gateway?.kill('SIGKILL');
  await issuer?.close();
  await database?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const configuration = (port: number, certificate: string): string => `version: 1
listeners:
  postgres: { address: "127.0.0.1:${port}", tls: { cert: ${certificate}.crt, key: ${certificate}.key } }
  admin: { address: "127.0.0.1:0" }
identity:
  issuers: [{ issuer: "${issuer.issuer}", audience: bailiwick }]
  cli: { client_id: ${DEVELOPMENT_CLIENT} }
datasources:
  crm:
    engine: postgres
    address: "${database.host}:${database.port}"
    database: ${database.database}
    region: DE
    tls: disable
    access: { groups: [agents] }
    credentials: { user: postgres, password: { env: CRM_PASSWORD } }
policies: [policy.yaml]
`;

async function logIn(): Promise<void> {
  const child = spawnCli(['login', '--json'], { cwd: directory, env: env() });
  const end = ended(child);
  const line = await new Promise<Buffer | string>((resolve) => child.stdout?.once('data', resolve));
  const { user_code: userCode } = JSON.parse(String(line)) as { readonly user_code: string };
  const body = new URLSearchParams({ user_code: userCode, person: 'alice', password: PASSWORD });
  expect((await fetch(`${issuer.issuer}/device`, { method: 'POST', body })).status).toBe(200);
  expect((await end).exitCode).toBe(0);
}

/** Runs while a forwarder does; its end must be a clean one. */
async function withForwarder<Result>(
  words: readonly string[],
  run: (port: number) => Promise<Result>,
): Promise<{ readonly result: Result; readonly run: CliRun }> {
  const child = spawnCli(['connect', 'crm', '--json', ...words], { cwd: directory, env: env() });
  const [ready] = await readyLines(child, 1);
  const end = ended(child);
  try {
    const result = await run(Number(ready?.address?.split(':')[1]));
    child.kill('SIGINT');
    return { result, run: await end };
  } finally {
    child.kill('SIGKILL');
  }
}
const withAuthority = <Result>(run: (port: number) => Promise<Result>) =>
  withForwarder(['--gateway', `127.0.0.1:${gatewayPort}`, '--ca', 'ca.crt'], run);

/** What a driver gets for one statement: the first cell, or the error as applications see it. */
async function ask(port: number, sql: string, settings: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const client = driver(port, settings);
  try {
    await client.connect();
    return Object.values((await client.query(sql)).rows[0] ?? {})[0];
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  } finally {
    await client.end().catch(() => {});
  }
}

interface Driver {
  connect(): Promise<void>;
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
  end(): Promise<void>;
  readonly processID: number;
  readonly secretKey: number;
  on(event: 'error', listener: (error: { readonly code?: string }) => void): void;
}
const driver = (port: number, settings: Readonly<Record<string, unknown>> = {}): Driver =>
  new (pg.Client as unknown as new (options: object) => Driver)({
    host: '127.0.0.1',
    port,
    database: 'crm',
    user: 'agent',
    ...settings,
  });

describe('clients without a secret', () => {
  test('get in as whoever is logged in, with a fresh token each time', async () => {
    const { result, run } = await withAuthority(async (port) => {
      const client = driver(port);
      await client.connect();
      const shown = await client.query('SHOW bailiwick.identity');
      const { rows } = await client.query('SELECT $1::int + 1 AS two', [1]);
      await client.end();
      return { shown: JSON.stringify(shown.rows), rows, again: await ask(port, 'SELECT 3') };
    });
    expect(result).toEqual({ shown: expect.stringContaining('alice'), rows: [{ two: 2 }], again: 3 });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('get large results and send large statements, as they are', async () => {
    const text = 'x'.repeat(500_000);
    const { result } = await withAuthority(async (port) => {
      const client = driver(port);
      await client.connect();
      const { rows } = await client.query(
        `SELECT repeat(md5(i::text), 1000) AS r, md5($1) AS m FROM generate_series(1, 500) i`,
        [text],
      );
      await client.end();
      return rows;
    });
    const md5 = (written: string): string => createHash('md5').update(written).digest('hex');
    expect(result).toHaveLength(500);
    expect(result[499]).toEqual({ r: md5('500').repeat(1000), m: md5(text) });
  });

  test('can cancel, each their own', async () => {
    const { result } = await withAuthority(async (port) => {
      const client = driver(port);
      await client.connect();
      const sql = 'SELECT count(*) FROM generate_series(1, 1e12)';
      const answer = client.query(sql).catch((error: unknown) => error);
      const running = `SELECT 1 FROM pg_stat_activity WHERE query = '${sql}' AND state = 'active'`;
      await expect.poll(async () => (await database.query(running)).length).toBe(1);
      const { processID: processId, secretKey } = client;
      const key = Buffer.alloc(8);
      key.writeInt32BE(processId, 0);
      key.writeInt32BE(secretKey, 4);
      await say(port, Buffer.concat([Buffer.from('0000001004d2162e', 'hex'), key]));
      const error = await answer;
      await client.end();
      return error;
    });
    expect(result).toMatchObject({ code: '57014' });
  });
});

describe('what cannot work is said', () => {
  test('by the gateway', async () => {
    const { result } = await withAuthority((port) => ask(port, 'SELECT 1', { options: '-c role=postgres' }));
    expect(result).toContain('[startup-refused] the setting role belongs to the gateway');
  });

  test('another datasource, and TLS that there is not', async () => {
    const { result } = await withAuthority(async (port) => ({
      other: await ask(port, 'SELECT 1', { database: 'hr' }),
      tls: await ask(port, 'SELECT 1', { ssl: true }),
      nothing: await say(port, Buffer.from('GET / HTTP/1.1\r\n\r\n')),
      twice: await say(port, Buffer.concat([SSL_REQUEST, SSL_REQUEST])),
    }));
    expect(result.other).toContain('[datasource-unknown] this port leads to crm and to no other datasource');
    expect(result.tls).toContain('does not support SSL');
    expect(result.nothing).toContain('[protocol-violation]');
    expect(result.twice).toContain('[protocol-violation]');
  });

  test('a gateway that is not there, that is another, or that has no name for its certificate', async () => {
    const nobody = await withForwarder(['--gateway', '127.0.0.1:2', '--ca', 'ca.crt'], (port) => ask(port, 'SELECT 1'));
    expect(nobody.result).toContain('127.0.0.1:2 cannot be reached (ECONNREFUSED)');
    const stranger = await withForwarder(['--gateway', `127.0.0.1:${gatewayPort}`], (port) => ask(port, 'SELECT 1'));
    expect(stranger.result).toMatch(/cannot be reached \((SELF_SIGNED|UNABLE_TO)/);
    const misnamed = await withForwarder(['--gateway', `localhost:${gatewayPort}`, '--ca', 'ca.crt'], (port) =>
      ask(port, 'SELECT 1'),
    );
    expect(misnamed.result).toContain('cannot be reached (ERR_TLS_CERT_ALTNAME_INVALID)');
  });

  test('nobody is logged in, or the port is taken', async () => {
    const words = ['connect', 'crm', '--gateway', `127.0.0.1:${gatewayPort}`, '--ca', 'ca.crt'];
    expect(await runCli(words, { cwd: directory })).toMatchObject({
      exitCode: 1,
      stderr: 'nobody is logged in; first: bailiwick login\n',
    });
    expect(await runCli([...words, '--port', String(gatewayPort)], { cwd: directory, env: env() })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('(EADDRINUSE)'),
    });
  });
});

test('the certificate of the configuration is trusted, and no other of the same authority', async () => {
  writeFileSync(file('here.yaml'), configuration(gatewayPort, 'gw'));
  const here = await withForwarder(['--config', 'here.yaml'], (port) => ask(port, 'SELECT 1'));
  expect(here.result).toBe(1);
  writeFileSync(file('here.yaml'), configuration(gatewayPort, 'other'));
  const other = await withForwarder(['--config', 'here.yaml'], (port) => ask(port, 'SELECT 1'));
  expect(other.result).toContain('cannot be reached');
});

test('a token goes nowhere on the word of a file: the gateway of the configuration must be this machine', async () => {
  writeFileSync(file('away.yaml'), configuration(6432, 'gw').replace('127.0.0.1:6432', '192.0.2.1:6432'));
  expect(await runCli(['connect', 'crm', '--config', 'away.yaml'], { cwd: directory, env: env() })).toMatchObject({
    exitCode: 2,
    stderr: 'which gateway? give --gateway host:port\n',
  });
});

test('a gateway that asks for something else never sees the token', async () => {
  let seen = Buffer.alloc(0);
  const hostile = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      seen = Buffer.concat([seen, bytes]);
      // AuthenticationMD5Password.
      socket.write(Buffer.from('R\0\0\0\x0c\0\0\0\x05salt', 'latin1'));
    });
  });
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  const address = hostile.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const { result } = await withForwarder(['--gateway', `127.0.0.1:${port}`, '--tls', 'off'], (own) =>
    ask(own, 'SELECT 1'),
  );
  hostile.close();
  expect(result).toContain('[authentication-failed] the gateway does not ask for a token');
  expect(seen.toString('latin1')).toContain('crm');
  expect(seen.toString('latin1')).not.toMatch(/eyJ/);
});

test('ends connections when it ends', async () => {
  let lost: Promise<unknown> = Promise.resolve();
  const { run } = await withAuthority(async (port) => {
    const client = driver(port);
    await client.connect();
    lost = new Promise((resolve) => client.on('error', resolve));
  });
  expect(run.exitCode).toBe(0);
  await lost;
});

describe('the account at the other end', () => {
  const [little, big] = ['0100007F', '7F000001'];
  const word = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? little : big;
  const mapped = word === little ? '0000000000000000FFFF00000100007F' : '00000000000000000000FFFF7F000001';
  const row = (local: string, remote: string, state: string, uid: number): string =>
    `  sl  local_address\n   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${uid} 0 1 1 0\n`;
  const find = (rows: string): number | null => accountOf(rows, ['127.0.0.1', 0xabcd], ['127.0.0.1', 0x1920]);

  test('is found in both tables, while the connection is held', () => {
    expect(find(row(`${word}:ABCD`, `${word}:1920`, '01', 1001))).toBe(1001);
    expect(find(row(`${mapped}:ABCD`, `${mapped}:1920`, '05', 1002))).toBe(1002);
    // What waits for late packets belongs to root by then.
    expect(find(row(`${word}:ABCD`, `${word}:1920`, '06', 0))).toBeNull();
    expect(find(row(`${word}:1920`, `${word}:ABCD`, '01', 1001))).toBeNull();
    expect(find('')).toBeNull();
  });

  test('must be the one that runs the forwarder', async () => {
    // Only root can act as somebody else here; root itself is let in, because nothing is kept from it.
    const accounts = process.getuid?.() === 0 ? [undefined, 65_533] : [undefined];
    const knock = `const s = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
      s.on('error', () => {}).on('data', (d) => process.stdout.write(d)).on('close', () => process.exit());
      s.write('GET / HTTP/1.1\\r\\n\\r\\n');`;
    const { result } = await withAuthority((port) =>
      Promise.all(
        accounts.map(async (uid) => {
          const words = ['-e', knock, String(port)];
          const { stdout } = await promisify(execFile)(process.execPath, words, uid === undefined ? {} : { uid });
          return stdout.includes('[protocol-violation]');
        }),
      ),
    );
    expect(result).toEqual(accounts.map((uid) => uid === undefined));
  });
});

const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');

/** What the forwarder answers to bytes. */
function say(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = dial(port, '127.0.0.1');
    let text = '';
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.once('close', () => resolve(text));
    socket.write(bytes);
  });
}
