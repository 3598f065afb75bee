import { describe, expect, test } from 'vitest';
import { mod1110Digit, nirKey, verhoeffDigit } from './check-digits.ts';

describe('check digits of published examples', () => {
  test.each([
    ['236', '3'],
    ['12345', '1'],
    ['142857', '0'],
    ['123456789012', '0'],
    ['8473643095483728456789', '2'],
  ])('Verhoeff of %s is %s', (digits, check) => expect(verhoeffDigit(digits)).toBe(check));

  test.each([
    ['8609574271', '9'],
    ['4703689281', '6'],
    ['6592997048', '9'],
  ])('MOD 11,10 of %s is %s', (digits, check) => expect(mod1110Digit(digits)).toBe(check));

  test.each([
    ['2550814168025', '38'],
    ['2690549588157', '80'],
  ])('the key of NIR %s is %s', (digits, check) => {
    expect(nirKey(digits)).toBe(check);
    expect((BigInt(digits) + BigInt(check)) % 97n).toBe(0n);
  });
});
