import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOrMakeKey } from './key-file.ts';

let directory = '';
let warnings: string[] = [];
const warn = (message: string): void => void warnings.push(message);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-key-'));
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a missing key is made for its owner alone, and stays what it is', () => {
  const file = join(directory, 'deep', 'mask.key');
  const made = readOrMakeKey(file, null, warn);
  expect(made).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, 'deep')).mode & 0o777).toBe(0o700);
  expect(readOrMakeKey(file, null, warn)).toEqual(made);
  expect(warnings).toEqual([]);
});

test('a key that must not be made is not made', () => {
  const file = join(directory, 'a.key');
  expect(() => readOrMakeKey(file, 'the store was sealed with it', warn)).toThrow(/a\.key is missing: the store was/);
  expect(existsSync(file)).toBe(false);
});

test.each(['', 'zz'.repeat(32), 'a'.repeat(63), 'a'.repeat(128)])('%j is no key, and is not quoted', (text) => {
  const file = join(directory, 'a.key');
  writeFileSync(file, text, { mode: 0o600 });
  expect(() => readOrMakeKey(file, null, warn)).toThrow(new Error(`the key ${file} is not 64 hexadecimal digits`));
});

test('a key that others can read is warned about', () => {
  const file = join(directory, 'a.key');
  readOrMakeKey(file, null, warn);
  chmodSync(file, 0o644);
  readOrMakeKey(file, null, warn);
  expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
});
