import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresServer } from 'bailiwick';

/** A proxy that others wrote, in front of the database, for comparison. */
export interface OtherProxy {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  readonly pid: number;
  /** How clients log in: the database asks (relayed), or the proxy lets everybody in. */
  readonly database: string;
  stop(): Promise<void>;
}

interface Recipe {
  readonly command: string;
  readonly versionOf: RegExp;
  readonly versionArgument: string;
  config(server: PostgresServer, database: string, port: number): string;
  arguments(configFile: string): readonly string[];
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  PgBouncer: {
    command: 'pgbouncer',
    versionArgument: '--version',
    versionOf: /PgBouncer (\S+)/i,
    config: (server, database, port) => `[databases]
bench = host=${server.host} port=${server.port} dbname=${database} user=${server.user} password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = session
default_pool_size = 40
max_client_conn = 100
server_tls_sslmode = disable
log_connections = 0
log_disconnections = 0
`,
    arguments: (configFile) => ['-q', configFile],
  },
  HAProxy: {
    command: 'haproxy',
    versionArgument: '-v',
    versionOf: /version (\S+)/,
    config: (server, _database, port) => `global
  nbthread 1
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen bench
  bind 127.0.0.1:${port}
  server database ${server.host}:${server.port}
`,
    arguments: (configFile) => ['-q', '-db', '-f', configFile],
  },
};

const START_TIMEOUT_MS = 5_000;

/** Starts what is installed of PgBouncer and HAProxy, with their defaults; the others are named in `missing`. */
export async function startOtherProxies(
  server: PostgresServer,
  database: string,
): Promise<{ readonly proxies: readonly OtherProxy[]; readonly missing: readonly string[] }> {
  const proxies: OtherProxy[] = [];
  const missing: string[] = [];
  for (const [name, recipe] of Object.entries(RECIPES)) {
    const found = spawnSync(recipe.command, [recipe.versionArgument], { encoding: 'utf8' });
    if (found.error !== undefined) missing.push(name);
    else proxies.push(await start(name, recipe, recipe.versionOf.exec(found.stdout)?.[1] ?? '?', server, database));
  }
  return { proxies, missing };
}

async function start(
  name: string,
  recipe: Recipe,
  version: string,
  server: PostgresServer,
  database: string,
): Promise<OtherProxy> {
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'));
  const port = await freePort();
  const configFile = join(directory, 'config');
  writeFileSync(configFile, recipe.config(server, database, port), { mode: 0o600 });
  // PgBouncer refuses to run as root.
  const account = process.getuid?.() === 0 ? nobody() : null;
  if (account !== null) for (const path of [directory, configFile]) chownSync(path, account.uid, account.gid);
  chmodSync(directory, 0o755);
  const child = spawn(recipe.command, recipe.arguments(configFile), { stdio: 'inherit', ...account });
  await once(child, 'spawn');
  await listening(child, port);
  return {
    name,
    version,
    port,
    pid: child.pid ?? 0,
    database: name === 'PgBouncer' ? 'bench' : database,
    stop: async () => {
      if (child.exitCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function nobody(): { readonly uid: number; readonly gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (const end = performance.now() + START_TIMEOUT_MS; performance.now() < end; ) {
    if (child.exitCode !== null) break;
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  throw new Error(`${child.spawnfile} does not listen`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
