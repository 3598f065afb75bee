import { expect, test } from 'vitest';
import { ShownPseudonyms } from './shown-pseudonyms.ts';

test('what was shown is known, unless it is short or long', () => {
  const shown = new ShownPseudonyms();
  for (const text of ['12345678', '1234567', 'é'.repeat(4), 'x'.repeat(256), 'y'.repeat(257)])
    shown.remember(Buffer.from(text));
  expect(shown.has('12345678')).toBe(true);
  expect(shown.has('éééé')).toBe(true);
  expect(shown.has('x'.repeat(256))).toBe(true);
  expect(shown.has('1234567')).toBe(false);
  expect(shown.has('y'.repeat(257))).toBe(false);
  expect(shown.has('87654321')).toBe(false);
});

test('the oldest are forgotten', () => {
  const shown = new ShownPseudonyms();
  for (let at = 0; at <= 4096; at++) shown.remember(Buffer.from(`token-${at}`.padEnd(10)));
  expect(shown.has('token-0   ')).toBe(false);
  expect(shown.has('token-1   ')).toBe(true);
  expect(shown.has('token-4096')).toBe(true);
});
