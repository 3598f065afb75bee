import { expect, test } from 'vitest';
import { nameKey } from './name-key.ts';

test.each([
  ['', ''],
  ['S_1', 'S_1'],
  ['x'.repeat(63), 'x'.repeat(63)],
  [`${'x'.repeat(63)}a`, 'x'.repeat(63)],
  [`${'é'.repeat(31)}xa`, `${'é'.repeat(31)}x`],
  [`${'x'.repeat(61)}é`, `${'x'.repeat(61)}é`],
])('%s is known as %s', (name, key) => {
  expect(nameKey(name)).toBe(key);
});

test('characters that are cut differ by the bytes that are left of them', () => {
  const keys = ['', 'é', '€', '\u{1f600}', 'è'].map((last) => nameKey(`${'x'.repeat(62)}${last}`));
  // é and è begin with the same byte: to the server these two names are one.
  expect(new Set(keys).size).toBe(4);
  expect(keys[1]).toBe(keys[4]);
});
