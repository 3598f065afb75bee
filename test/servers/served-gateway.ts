import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type DevelopmentIssuer, type PostgresServer, startDevelopmentIssuer } from 'bailiwick';

/** The real command, as it was built. Throws where it was not. */
function command(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('bailiwick')), '..', 'bin', 'bailiwick.js');
  } catch {
    throw new Error('the commands are not built: npm run build');
  }
}

/** What `bailiwick serve` is to serve. */
export interface ServedSite {
  readonly server: PostgresServer;
  readonly database: string;
  readonly policy: string;
  /** Section `limits` of its configuration. */
  readonly limits?: string;
}

/** A directory with a configuration, and the commands of the real CLI on it. Each `start` is a process of its own. */
export interface ServedGateway {
  readonly directory: string;
  readonly issuer: DevelopmentIssuer;
  /** Starts `serve` and resolves when it takes connections. */
  start(): Promise<{ readonly process: ChildProcess; readonly port: number; readonly log: () => string }>;
  /** Runs another command; gives its exit code and what it printed. */
  run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  remove(): Promise<void>;
}

/** Writes the configuration: a listener without TLS on loopback, everything else as in production. */
export async function prepareServedGateway(site: ServedSite): Promise<ServedGateway> {
  const script = command();
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-served-'));
  const issuer = await startDevelopmentIssuer();
  const path = (name: string): string => JSON.stringify(join(directory, name));
  writeFileSync(join(directory, 'policy.yaml'), site.policy);
  writeFileSync(join(directory, 'password'), site.server.password, { mode: 0o600 });
  writeFileSync(
    join(directory, 'bailiwick.yaml'),
    `version: 1
listeners:
  postgres: { address: "127.0.0.1:0", tls: off }
  admin: { address: "127.0.0.1:0" }
identity: { issuers: [ { issuer: "${issuer.issuer}", audience: bailiwick } ] }
datasources:
  crm:
    engine: postgres
    address: "${site.server.host}:${site.server.port}"
    database: ${site.database}
    region: DE
    tls: disable
    access: { groups: [agents] }
    credentials: { user: ${site.server.user}, password: { file: ${path('password')} } }
policies: [ ${path('policy.yaml')} ]
masking: { keys: [ { id: k1, file: ${path('var/mask.key')} } ] }
state: { sqlite: ${path('var/bailiwick.db')} }
audit: { spool: ${path('var/spool')}, segments: ${path('var/segments')}, signing_key: { file: ${path('var/audit.key')} } }
${site.limits === undefined ? '' : `limits: ${site.limits}\n`}`,
  );
  const config = ['--config', join(directory, 'bailiwick.yaml')];
  const environment = { PATH: process.env.PATH, HOME: directory };
  return {
    directory,
    issuer,
    start: async () => {
      const child = spawn(process.execPath, [script, 'serve', ...config], {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const log: string[] = [];
      child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
      const port = await listeningPort(child, () => log.join(''));
      return { process: child, port, log: () => log.join('') };
    },
    run: async (...args) => {
      const ended = promisify(execFile)(process.execPath, [script, ...args, ...config], { env: environment });
      return ended.then(
        ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
        (error: { code?: number; stdout?: string; stderr?: string }) => ({
          code: error.code ?? -1,
          output: `${error.stdout ?? ''}${error.stderr ?? ''}`,
        }),
      );
    },
    remove: async () => {
      await issuer.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The port in the line that `serve` prints when it is ready. */
async function listeningPort(child: ChildProcess, log: () => string): Promise<number> {
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`serve ended with ${String(code)}: ${log()}`);
  });
  ended.catch(() => {});
  for (;;) {
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    const found = JSON.parse(line) as { ready?: string; address?: string };
    if (found.ready === 'postgres') return Number(found.address?.split(':').at(-1));
  }
}

/** Ends a process of this test's own. Resolves when it has ended. */
export async function endProcess(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
