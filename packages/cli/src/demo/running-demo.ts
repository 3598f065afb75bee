import { lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * What a running demo tells the other commands of the same account, in a file that only this account can read:
 * `bailiwick-demo-of-<account>/running.json` in the system's temporary directory. It holds tokens, and goes when the demo ends.
 */
export interface RunningDemo {
  readonly pid: number;
  /** Where its configuration, certificates and `var/` are. */
  readonly directory: string;
  readonly gateway: { readonly host: string; readonly port: number };
  /** Base URL of the HTTP API. */
  readonly server: string;
  readonly issuer: string;
  /** A current token by identity. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** The directory of `running.json`. */
export const runningDemoDirectory = (): string => {
  const { uid, username } = userInfo();
  return join(tmpdir(), `bailiwick-demo-of-${uid >= 0 ? uid : username}`);
};

const fileOf = (directory: string): string => join(directory, 'running.json');

/** Publishes, or replaces, what is known of this process's demo. Rejects where somebody else owns the directory. */
export async function announceDemo(demo: RunningDemo, directory: string = runningDemoDirectory()): Promise<void> {
  await mkdir(directory, { mode: 0o700 }).catch(unlessThere);
  await assertPrivate(directory);
  const fresh = join(directory, `${process.pid}.json`);
  await writeFile(fresh, JSON.stringify(demo), { mode: 0o600 });
  await rename(fresh, fileOf(directory));
}

/** Takes back what this process announced; another demo's announcement stays. */
export async function withdrawDemo(directory: string = runningDemoDirectory()): Promise<void> {
  const demo = await read(directory).catch(() => null);
  if (demo?.pid !== process.pid) return;
  await rm(fileOf(directory), { force: true });
  await rmdir(directory).catch(() => {});
}

/** The demo that runs on this machine under this account. Throws an error that says what to do where none does. */
export async function findRunningDemo(directory: string = runningDemoDirectory()): Promise<RunningDemo> {
  const demo = await read(directory);
  if (demo === null || !isAlive(demo.pid)) throw new Error('no demo is running; start one with: npm start');
  return demo;
}

/** The token that the running demo's issuer gave to the identity of this name. Throws where there is no such identity or demo. */
export async function demoToken(name: string, directory: string = runningDemoDirectory()): Promise<string> {
  const { tokens } = await findRunningDemo(directory);
  const token = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
  if (token === undefined) {
    throw new Error(`the demo has no identity "${name}"; it has ${Object.keys(tokens).join(', ')}`);
  }
  return token;
}

async function read(directory: string): Promise<RunningDemo | null> {
  try {
    await assertPrivate(directory);
    return JSON.parse(await readFile(fileOf(directory), 'utf8')) as RunningDemo;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The temporary directory is everybody's: somebody may have put one of this name there to read or to give tokens. */
async function assertPrivate(directory: string): Promise<void> {
  const found = await lstat(directory);
  const mine = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !mine || (found.mode & 0o077) !== 0) {
    throw new Error(`${directory} is not a private directory of this account; remove it`);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
