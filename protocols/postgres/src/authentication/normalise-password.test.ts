import { expect, test } from 'vitest';
import { normalisePassword } from './normalise-password.ts';

test.each([
  ['a soft hyphen goes (RFC 4013, example 1)', 'I\u00ADX', 'IX'],
  ['plain text stays (2)', 'user', 'user'],
  ['case stays (3)', 'USER', 'USER'],
  ['compatibility forms are folded (4)', '\u00AA', 'a'],
  ['also those of several characters (5)', '\u2168', 'IX'],
  ['a prohibited character leaves it as it is (6)', '\u0007', '\u0007'],
  ['so does a mix of directions (7)', '\u06271', '\u06271'],
  ['so does what would leave nothing', '\u00AD', '\u00AD'],
  ['a space of another kind becomes a space', 'a\u00A0b', 'a b'],
  ['accents are composed', 'e\u0301', '\u00e9'],
])('%s', (_name, password, prepared) => {
  expect(normalisePassword(password)).toBe(prepared);
});
