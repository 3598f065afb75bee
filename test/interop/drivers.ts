import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

const HERE: string = import.meta.dirname;

/** Where a driver is to connect; `caFile` null: no TLS. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly caFile: string | null;
}

/** A driver whose script prints what it sees. */
export interface Driver {
  readonly name: string;
  /** Null: it can run. Otherwise what is missing on this machine. */
  readonly missing: string | null;
  start(target: Target): ChildProcess;
}

const environment = ({ host, port, user, password, database, caFile }: Target): NodeJS.ProcessEnv => ({
  ...{
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    PYTHONIOENCODING: 'utf-8',
    PSQLRC: '/dev/null',
  },
  ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
  ...(caFile === null ? { PGSSLMODE: 'disable' } : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: caFile }),
});

function driver(name: string, missing: string | null, command: string, ...args: readonly string[]): Driver {
  return {
    name,
    missing,
    start: (target) => spawnJoined(target, command, args),
  };
}

/** Every driver that there is a script for, with the Python ones prepared where Python is there. */
export async function findDrivers(): Promise<readonly Driver[]> {
  const psql = spawnSync('psql', ['--version']).error === undefined ? null : 'psql is not on PATH';
  const python = await preparePython();
  const script = (file: string): string => join(HERE, 'drivers', file);
  const psqlArguments = ['-X', '-a', '-q', '-v', 'PROMPT1=', '-f'];
  return [
    driver('psql', psql, 'psql', ...psqlArguments, script('psql.sql')),
    driver('pg', null, process.execPath, script('pg.mjs')),
    driver('postgres', null, process.execPath, script('postgres-js.mjs')),
    driver('psycopg', python.missing, python.interpreter, script('psycopg_script.py')),
    driver('asyncpg', python.missing, python.interpreter, script('asyncpg_script.py')),
  ];
}

/** psql with the script whose sleep is to be interrupted. */
export const psqlToInterrupt = (target: Target): ChildProcess =>
  spawnJoined(target, 'psql', ['-X', '-A', '-t', '-f', join(HERE, 'drivers', 'cancel.sql')]);

/** Errors go into the same pipe as results, so that their order is what the process chose. */
const spawnJoined = (target: Target, command: string, args: readonly string[]): ChildProcess =>
  spawn('/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', command, ...args], {
    env: environment(target),
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function preparePython(): Promise<{ readonly interpreter: string; readonly missing: string | null }> {
  const found = spawnSync('python3', ['-c', 'import venv, ensurepip']);
  if (found.error !== undefined || found.status !== 0)
    return { interpreter: 'python3', missing: 'python3 with venv is not on PATH' };
  const { stdout } = await promisify(execFile)(join(HERE, 'prepare.sh'));
  return { interpreter: stdout.trim(), missing: null };
}

/** Everything that a process printed, and how it ended. */
export async function outputOf(child: ChildProcess): Promise<string> {
  const parts: string[] = [];
  child.stdout?.setEncoding('utf8');
  child.stdout?.on('data', (text: string) => parts.push(text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return `${parts.join('')}\nexit ${code ?? signal}`;
}
