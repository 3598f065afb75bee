import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { announceDemo, demoToken, findRunningDemo, type RunningDemo, withdrawDemo } from './running-demo.ts';

let scratch: string;
let directory: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'bailiwick-test-'));
  directory = join(scratch, 'demo');
});
afterEach(() => rm(scratch, { recursive: true }));

const demo = (pid: number = process.pid): RunningDemo => ({
  pid,
  directory: '/demo',
  gateway: { host: 'localhost', port: 6432 },
  server: 'http://127.0.0.1:8432',
  issuer: 'http://127.0.0.1:9000',
  tokens: { reviewer: 'abc' },
});

describe('the announcement of a running demo', () => {
  test('gives its tokens to this account, and nobody else can read it', async () => {
    await announceDemo(demo(), directory);
    expect(await demoToken('reviewer', directory)).toBe('abc');
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'running.json'))).mode & 0o777).toBe(0o600);
  });

  test('is gone when the demo has ended, and another demo leaves it alone', async () => {
    await announceDemo(demo(), directory);
    await withdrawDemo(directory);
    await expect(findRunningDemo(directory)).rejects.toThrow(/no demo is running/);
    await announceDemo(demo(process.ppid), directory);
    await withdrawDemo(directory);
    expect((await findRunningDemo(directory)).pid).toBe(process.ppid);
  });

  test('of a process that died counts as none', async () => {
    await announceDemo(demo(2 ** 22 + 1), directory);
    await expect(demoToken('reviewer', directory)).rejects.toThrow(/no demo is running/);
  });

  test('names the identities when asked for another', async () => {
    await announceDemo(demo(), directory);
    await expect(demoToken('root', directory)).rejects.toThrow('the demo has no identity "root"; it has reviewer');
    await expect(demoToken('constructor', directory)).rejects.toThrow(/no identity/);
  });

  test('is not written to, nor believed in, a directory that others can reach', async () => {
    await mkdir(directory);
    await chmod(directory, 0o755);
    await expect(announceDemo(demo(), directory)).rejects.toThrow(/not a private directory/);
    await expect(findRunningDemo(directory)).rejects.toThrow(/not a private directory/);
    const link = join(scratch, 'link');
    await mkdir(join(scratch, 'real'), { mode: 0o700 });
    await symlink(join(scratch, 'real'), link);
    await expect(announceDemo(demo(), link)).rejects.toThrow(/not a private directory/);
  });
});
