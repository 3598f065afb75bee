// Uses node:net: asks the operating system for a free port; it opens no connection.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { embeddedBinaries, installedBinaries, type PostgresBinaries } from './postgres-binaries.ts';

export interface EmbeddedPostgresOptions {
  /** Absent or 18: the one from npm. Another number: the machine's own installation of that major version. */
  readonly version?: number;
  /** Of the superuser `postgres`; made at random when absent. */
  readonly password?: string;
  /** Lines of postgresql.conf as `name=value`. */
  readonly config?: readonly string[];
  /** How the server asks for passwords, and how it stores them. Default scram-sha-256. */
  readonly authentication?: 'scram-sha-256' | 'md5' | 'password';
  /** PEM of the server's certificate (with its chain) and private key: connections may then use TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Replaces pg_hba.conf. */
  readonly hba?: readonly string[];
}

/** A running PostgreSQL with its own temporary data directory, on a free port of 127.0.0.1. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Connection string for a database (default: `postgres`). */
  url(database?: string): string;
  /** Runs SQL on a connection of its own and gives the rows (of the last statement, where there are several). */
  query(sql: string, parameters?: readonly unknown[], database?: string): Promise<Record<string, unknown>[]>;
  /** Everything that the server logged so far. */
  log(): Promise<string>;
  /** Ends the server and removes its files. May be called twice. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const USER = 'postgres';
const DATABASE = 'postgres';
const START_ATTEMPTS_MAX = 5;
const START_TIMEOUT_MS = 60_000;
/** The data is thrown away in the end, so nothing is gained by surviving a power cut. */
const THROWAWAY = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'timezone=UTC', 'log_timezone=UTC'];
/** Runs beside the server with a pipe to this process: when the pipe ends without a word, this process has died. */
const WATCHDOG = `read answer; [ "$answer" = stopped ] && exit 0
kill -INT "$1" 2>/dev/null; n=0
while [ -e "$2/data/postmaster.pid" ] && [ $n -lt 100 ]; do
  n=$((n+1)); [ $n -eq 50 ] && kill -QUIT "$1"; sleep 0.1
done
rm -rf "$2"`;

/** Initialises and starts a server. Rejects with the end of its log when it does not start. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<PostgresServer> {
  const home = await mkdtemp(join(tmpdir(), 'bailiwick-postgres-'));
  try {
    await chmod(home, 0o755);
    const version = options.version ?? 18;
    const binaries = options.version === undefined ? await embeddedBinaries(home) : await ofVersion(version, home);
    const password = options.password ?? randomBytes(12).toString('base64url');
    await initialise(binaries, home, password, version, options);
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const server = await launch(binaries, home, port);
      if (server !== null) return serverOf(server, home, port, password);
      const log = await readLog(home);
      // Another process may have taken the port in the meantime.
      if (attempt === START_ATTEMPTS_MAX || !/could not (bind|create)/.test(log)) {
        throw new Error(`PostgreSQL did not start: ${log.slice(-2000)}`);
      }
    }
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

const ofVersion = (version: number, home: string): Promise<PostgresBinaries> =>
  version === 18 ? embeddedBinaries(home) : installedBinaries(version);

async function initialise(
  { directory, account }: PostgresBinaries,
  home: string,
  password: string,
  version: number,
  options: EmbeddedPostgresOptions,
): Promise<void> {
  const data = join(home, 'data');
  const own = async (path: string, text: string): Promise<void> => {
    await writeFile(path, text, { mode: 0o600 });
    if (account !== null) await chown(path, account.uid, account.gid);
  };
  if (account !== null) await chown(home, account.uid, account.gid);
  const passwordFile = join(home, 'password');
  await own(passwordFile, `${password}\n`);
  // The built-in provider depends on no locale of the machine; before 17 there was none.
  const locale = version >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const authentication = options.authentication ?? 'scram-sha-256';
  await promisify(execFile)(
    join(directory, 'initdb'),
    [
      ...['-D', data, '-U', USER, `--pwfile=${passwordFile}`, `--auth=${authentication}`],
      ...['--encoding=UTF8', '--locale=C', ...locale, '--no-sync', '--no-instructions'],
    ],
    { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...account },
  );
  await rm(passwordFile);
  const config = [`listen_addresses=${quoted(HOST)}`, "unix_socket_directories=''", ...THROWAWAY];
  if (options.tls !== undefined) {
    await own(join(data, 'server.crt'), options.tls.cert);
    await own(join(data, 'server.key'), options.tls.key);
    config.push('ssl=on');
  }
  if (options.hba !== undefined) await own(join(data, 'pg_hba.conf'), `${options.hba.join('\n')}\n`);
  config.push(...(options.config ?? []).map(configLine));
  const conf = join(data, 'postgresql.conf');
  await own(conf, `${await readFile(conf, 'utf8')}\n${config.join('\n')}\n`);
}

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** `name=value` with the value quoted unless it already is. */
function configLine(line: string): string {
  const [, name, value] = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a configuration line: ${line}`);
  return `${name} = ${value.startsWith("'") ? value : quoted(value)}`;
}

/** Null: the server ended before it was ready. */
async function launch(
  { directory, account }: PostgresBinaries,
  home: string,
  port: number,
): Promise<{ server: ChildProcess; watchdog: ChildProcess } | null> {
  const data = join(home, 'data');
  const log = await open(join(home, 'log'), 'a');
  // A process group of its own: Ctrl-C in a terminal must reach the gateway before its database.
  const server = spawn(join(directory, 'postgres'), ['-D', data, '-p', String(port)], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    ...account,
  });
  await once(server, 'spawn');
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', String(server.pid), home], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.stdin?.on('error', () => {});
  server.unref();
  watchdog.unref();
  await log.close();
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (server.exitCode === null && server.signalCode === null && performance.now() < deadline) {
    // The eighth line of postmaster.pid is how pg_ctl learns that a server is ready.
    const state = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
    if (state.split('\n')[7]?.startsWith('ready')) return { server, watchdog };
    await new Promise((wake) => setTimeout(wake, 10));
  }
  await end(server, watchdog);
  return null;
}

async function end(server: ChildProcess, watchdog: ChildProcess): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    server.ref();
    server.kill('SIGINT');
    const impatience = setTimeout(() => server.kill('SIGQUIT'), 5_000);
    await once(server, 'exit');
    clearTimeout(impatience);
  }
  watchdog.stdin?.end('stopped\n');
}

function serverOf(
  { server, watchdog }: { server: ChildProcess; watchdog: ChildProcess },
  home: string,
  port: number,
  password: string,
): PostgresServer {
  const url = (database = DATABASE): string =>
    `postgres://${USER}:${encodeURIComponent(password)}@${HOST}:${port}/${encodeURIComponent(database)}`;
  let stopped: Promise<void> | null = null;
  return {
    host: HOST,
    port,
    user: USER,
    password,
    database: DATABASE,
    url,
    query: async (sql, parameters, database = DATABASE) => {
      const client = new pg.Client({ host: HOST, port, user: USER, password, database });
      await client.connect();
      try {
        const result = await client.query(sql, parameters);
        return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
      } finally {
        await client.end();
      }
    },
    log: () => readLog(home),
    stop: () => {
      stopped ??= end(server, watchdog).then(() => rm(home, { recursive: true, force: true }));
      return stopped;
    },
  };
}

const readLog = (home: string): Promise<string> => readFile(join(home, 'log'), 'utf8').catch(() => '');

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
