import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/bailiwick.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Where no login is: that of whoever runs the tests must not be used. */
const NO_LOGIN = '/dev/null/login.json';

/** How one run of the command ended. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs `node packages/cli/bin/bailiwick.js` as built, with an environment that names no gateway. For tests. */
export function runCli(words: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = spawnCli(words, options);
  child.stdin?.end(options.input ?? '');
  return ended(child);
}

/** Starts the command and leaves it running. */
export function spawnCli(words: readonly string[], { cwd, env = {} }: CliOptions = {}): ChildProcess {
  if (!existsSync(BUILT)) throw new Error('the command is not built: run `npm run build`');
  const { BAILIWICK_CONFIG: _c, BAILIWICK_SERVER: _s, BAILIWICK_TOKEN: _t, ...inherited } = process.env;
  const nobody = { BAILIWICK_LOGIN_FILE: NO_LOGIN };
  return spawn(process.execPath, [BIN, ...words], { cwd, env: { ...inherited, ...nobody, ...env }, stdio: 'pipe' });
}

/** Resolves when the process has ended, with everything that it printed. */
export function ended(child: ChildProcess): Promise<CliRun> {
  const parts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      parts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...parts }));
  });
}

/** The JSON lines that a running `serve` has printed, once there are `count`. Rejects when it ends before. */
export function readyLines(child: ChildProcess, count: number): Promise<readonly Readonly<Record<string, string>>[]> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const lines = text.split('\n').slice(0, -1);
      if (lines.length >= count) resolve(lines.map((line) => JSON.parse(line) as Record<string, string>));
    });
    child.once('close', (exitCode) => reject(new Error(`serve ended with ${exitCode} before it was ready`)));
  });
}
