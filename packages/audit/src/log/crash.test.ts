import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { collect, scratchLog } from '../fixtures/scratch-log.ts';
import { verifyAudit } from '../verify/verify-audit.ts';

const PACKAGE = join(import.meta.dirname, '../..');
const TSC = join(PACKAGE, '../../node_modules/.bin/tsc');
/** Children run what was built: Node 20 does not read TypeScript. */
const CHILD = join(PACKAGE, 'dist/fixtures/writing-child.js');

beforeAll(() => {
  execFileSync(TSC, ['-b', PACKAGE]);
});

/** Runs the writing child under a shell prefix until it ends or is killed after `killAfterMs`; returns its lines. */
function runChild(prefix: string, directory: string, seed: number, killAfterMs: number | null): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', [
      '-c',
      `${prefix}exec "$0" "$@"`,
      process.execPath,
      CHILD,
      directory,
      String(seed),
      '40000',
    ]);
    let output = '';
    let errors = '';
    let timer: NodeJS.Timeout | null = null;
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
      if (killAfterMs !== null) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString('latin1');
    });
    child.on('error', reject);
    child.on('close', () => {
      if (timer !== null) clearTimeout(timer);
      if (output === '') reject(new Error(`the child wrote nothing: ${errors}`));
      // A line that was cut by the kill confirms nothing.
      else resolve(output.split('\n').slice(0, -1));
    });
  });
}

/** Numbers of the runs that a log holds, per session, in order. */
async function runsIn(directory: string): Promise<number[]> {
  const log = scratchLog(directory).open();
  const runs: number[] = [];
  for (const id of ['ses_a', 'ses_b']) {
    for (const entry of await collect(log.transcript(id))) {
      const text = entry.messages[0]?.text;
      if (text !== undefined && text !== null) runs.push(Number(/run (\d+) /.exec(text)?.[1]));
    }
  }
  await log.close();
  return runs.sort((a, b) => a - b);
}

const confirmed = (lines: readonly string[]): number =>
  Math.max(
    0,
    ...lines.filter((line) => /^(flushed|durable) \d+$/.test(line)).map((line) => Number(line.split(' ')[1])),
  );

describe('a process that is killed in the middle of traffic', () => {
  const base = Number(process.pid) % 1000;
  test.each([1, 2, 3, 4, 5])('loses nothing that was confirmed, and verifies after a restart (%i)', async (round) => {
    const seed = base * 10 + round;
    const directory = mkdtempSync(join(tmpdir(), 'bailiwick-crash-'));
    const lines = await runChild('', directory, seed, (seed * 37) % 300);
    const last = confirmed(lines);
    const runs = await runsIn(directory);
    console.log(`seed ${seed}: ${last} runs confirmed, ${runs.length} recorded`);
    expect(last).toBeGreaterThan(0);
    // Everything up to the last confirmed run is there, whole and once; at most a few unconfirmed ones follow.
    expect(runs).toEqual(Array.from({ length: runs.length }, (_, at) => at + 1));
    expect(runs.length).toBeGreaterThanOrEqual(last);
    const report = verifyAudit(join(directory, 'segments'));
    expect(report.faults).toEqual([]);
    expect(report.frames).toBe(runs.length);
    scratchLog(directory).remove();
  });
});

describe('a disk that takes no more', () => {
  test('stops everything at once and for good, and what was confirmed is there afterwards', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bailiwick-full-'));
    // The shell limits files to 24 KiB (48 blocks of 512 bytes), less than one segment: a write fails in the middle.
    const lines = await runChild("trap '' XFSZ; ulimit -f 48; ", directory, 7, null);
    expect(lines.at(-1)).toBe('failed audit-unavailable 7');
    const last = confirmed(lines);
    const runs = await runsIn(directory);
    expect(last).toBeGreaterThan(2);
    expect(runs.length).toBeGreaterThanOrEqual(last);
    expect(verifyAudit(join(directory, 'segments')).faults).toEqual([]);
    scratchLog(directory).remove();
  });
});
