import type { ValueFormat } from '@bailiwick/domain';
import { isFreeText, type Transform, textTransform } from './cell-transform.ts';
import { type Ff1, ff1 } from './ff1.ts';
import { integerRange } from './integer-range.ts';
import { type MaskKeys, maskKey } from './mask-keys.ts';

/** FF1 needs a domain of 10^6 (SEMANTICS 19). */
const DIGITS_MIN = 6;
/** No number that people write down has more digits; the cost grows with the square of the length. */
const DIGITS_MAX = 64;
/** Digits and what people put between them. Anything else in the text and the mask would show it. */
const NUMBER_TEXT = /^[0-9 ./()+-]*$/;

/**
 * `fpe`: FF1 over the digits of a text of digits and separators, which stay in their places, or of an integer, which
 * keeps its sign and its number of digits. One-to-one among values of the same shape. Fewer than six digits, or any
 * other character: the constant. Undefined for other types.
 */
export function fpe(format: ValueFormat, keys: MaskKeys): Transform | undefined {
  const encipher = ff1(maskKey(keys, 'fpe'), 10);
  if (isFreeText(format)) return textTransform(format, (text) => encipherText(encipher, text));
  const range = integerRange(format);
  if (range === undefined) return undefined;
  return (value) => {
    if (value.kind !== 'integer') return undefined;
    const integer = encipherInteger(encipher, value.integer, range.max);
    return integer === undefined ? undefined : { kind: 'integer', integer };
  };
}

function encipherText(encipher: Ff1, text: string): string | undefined {
  if (text.length > 2 * DIGITS_MAX || !NUMBER_TEXT.test(text)) return undefined;
  const digits = text.replace(/[^0-9]/g, '');
  if (digits.length < DIGITS_MIN || digits.length > DIGITS_MAX) return undefined;
  const enciphered = encipher(digits);
  let at = 0;
  return text.replace(/[0-9]/g, () => enciphered[at++] ?? '');
}

/**
 * Enciphers again while the result has a leading zero or is more than the type can hold (cycle walking): it ends,
 * because the walk starts inside that set and FF1 is a permutation, and it stays one-to-one.
 */
function encipherInteger(encipher: Ff1, integer: bigint, max: bigint): bigint | undefined {
  let digits = (integer < 0n ? -integer : integer).toString();
  if (digits.length < DIGITS_MIN || BigInt(digits) > max) return undefined;
  do digits = encipher(digits);
  while (digits.startsWith('0') || BigInt(digits) > max);
  return integer < 0n ? -BigInt(digits) : BigInt(digits);
}
