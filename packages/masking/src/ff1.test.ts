import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ff1 } from './ff1.ts';

const AES_128 = '2B7E151628AED2A6ABF7158809CF4F3C';
const AES_192 = `${AES_128}EF4359D8D580AA4F`;
const AES_256 = `${AES_192}7F036D6F04FC6A94`;
const SHORT_TWEAK = '39383736353433323130';
const LONG_TWEAK = '3737373770717273373737';

// The nine FF1 samples that NIST publishes with SP 800-38G.
test.each([
  [1, AES_128, 10, '', '0123456789', '2433477484'],
  [2, AES_128, 10, SHORT_TWEAK, '0123456789', '6124200773'],
  [3, AES_128, 36, LONG_TWEAK, '0123456789abcdefghi', 'a9tv40mll9kdu509eum'],
  [4, AES_192, 10, '', '0123456789', '2830668132'],
  [5, AES_192, 10, SHORT_TWEAK, '0123456789', '2496655549'],
  [6, AES_192, 36, LONG_TWEAK, '0123456789abcdefghi', 'xbj3kv35jrawxv32ysr'],
  [7, AES_256, 10, '', '0123456789', '6657667009'],
  [8, AES_256, 10, SHORT_TWEAK, '0123456789', '1001623463'],
  [9, AES_256, 36, LONG_TWEAK, '0123456789abcdefghi', 'xs8a0azh2avyalyzuwd'],
])('NIST sample %i', (_sample, key, radix, tweak, plain, enciphered) => {
  const encipher = ff1(Buffer.from(key, 'hex'), radix);
  expect(encipher(plain, Buffer.from(tweak, 'hex'))).toBe(enciphered);
});

describe('FF1', () => {
  const encipher = ff1(Buffer.from(AES_256, 'hex'), 10);

  test('keeps the length and tells different inputs apart', () => {
    const digits = fc.stringMatching(/^[0-9]{6,40}$/);
    fc.assert(
      fc.property(digits, digits, (one, other) => {
        expect(encipher(one)).toMatch(new RegExp(`^[0-9]{${one.length}}$`));
        expect(encipher(one) === encipher(other)).toBe(one === other);
      }),
      { numRuns: 100 },
    );
  });

  test('is a permutation of a part of its smallest domain', () => {
    const images = new Set<string>();
    for (let number = 0; number < 2000; number += 1) images.add(encipher(String(number).padStart(6, '0')));
    expect(images.size).toBe(2000);
  });

  test('refuses a domain below 10^6, foreign numerals and foreign radices', () => {
    expect(() => encipher('99999')).toThrow('domain');
    expect(() => encipher('12345a')).toThrow('radix');
    expect(() => encipher('12 456')).toThrow('radix');
    expect(() => encipher('１２３４５６')).toThrow('radix');
    expect(() => ff1(Buffer.alloc(32), 37)).toThrow('radix');
    expect(() => ff1(Buffer.alloc(31), 10)).toThrow();
  });
});
