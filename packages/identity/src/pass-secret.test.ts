import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { looksLikePass, newPassSecret, passIdOf } from './pass-secret.ts';

test('a secret has its form, is short enough for every client, and names its pass', () => {
  const { id, secret } = newPassSecret();
  expect(secret).toMatch(/^bwp_[a-z2-7]{51}$/);
  expect(secret.length).toBeLessThanOrEqual(64);
  expect(looksLikePass(secret)).toBe(true);
  expect(passIdOf(secret)).toBe(id);
});

test('no two are alike, and every character of the random part is used everywhere', () => {
  const made = Array.from({ length: 2000 }, () => newPassSecret());
  expect(new Set(made.map(({ id }) => id)).size).toBe(2000);
  expect(new Set(made.map(({ secret }) => secret)).size).toBe(2000);
  for (let at = 4; at < 4 + 12 + 32; at++)
    expect(new Set(made.map(({ secret }) => secret.charAt(at))).size, `place ${at}`).toBe(32);
});

test('the check part is CRC-32 over what is before it', () => {
  const { secret } = newPassSecret();
  const value = [...secret.slice(-7)].reduce(
    (sum, character) => sum * 32 + 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(character),
    0,
  );
  expect(value).toBe(crc32(secret.slice(0, -7)));
});

test('one mistyped character anywhere is no pass', () => {
  const { secret } = newPassSecret();
  for (let at = 0; at < secret.length; at++) {
    const other = secret.charAt(at) === 'a' ? 'b' : 'a';
    expect(passIdOf(secret.slice(0, at) + other + secret.slice(at + 1)), `place ${at}`).toBeNull();
  }
});

test.each<readonly [what: string, change: (secret: string) => string]>([
  ['none', () => ''],
  ['the prefix alone', () => 'bwp_'],
  ['one in upper case', (secret) => secret.toUpperCase()],
  ['one cut short', (secret) => secret.slice(0, -1)],
  ['one with more behind it', (secret) => `${secret}a`],
  ['one with a line feed behind it', (secret) => `${secret}\n`],
  ['one with a blank before it', (secret) => ` ${secret}`],
  ['one with a NUL behind it', (secret) => `${secret}\0`],
])('%s names no pass', (_what, change) => {
  expect(passIdOf(change(newPassSecret().secret))).toBeNull();
});
