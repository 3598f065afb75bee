import { createCipheriv } from 'node:crypto';
import type { ValueFormat } from '@bailiwick/domain';
import { isFreeText, type Transform, textTransform } from './cell-transform.ts';
import { integerRange } from './integer-range.ts';
import { keyedPrf, type MaskKeys, type Prf, uniform } from './mask-keys.ts';
import { pseudoUuid } from './pseudo-uuid.ts';

/** What a token keeps as it is. Everything else, known or not, is replaced. */
const SEPARATORS: ReadonlySet<string> = new Set(' -_.,:;/+@#()');
/** A text with fewer characters to replace would have a token that is easily guessed back. */
const REPLACED_MIN = 4;
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
/** Bytes that choose one character: the bias is below 2^-27. */
const DRAW_BYTES = 4;

/**
 * `token`: a keyed pseudonym of the same shape. In text, digits become digits, letters become ASCII letters of the same
 * case, common separators stay, and anything else becomes a letter; an integer keeps its sign and number of digits.
 * Never equal to the value. Not one-to-one: two values may share a token. Undefined for other types.
 */
export function token(format: ValueFormat, keys: MaskKeys): Transform | undefined {
  const prf = keyedPrf(keys, 'token');
  if (isFreeText(format)) return textTransform(format, (text) => tokenText(prf, text));
  const range = integerRange(format);
  if (range !== undefined) {
    return (value) => {
      if (value.kind !== 'integer') return undefined;
      return { kind: 'integer', integer: tokenInteger(prf, value.integer, range.max) };
    };
  }
  if (format.kind === 'uuid') {
    return (value) => (value.kind === 'uuid' ? { kind: 'uuid', hex: pseudoUuid(prf(`uuid:${value.hex}`)) } : undefined);
  }
  return undefined;
}

/** The alphabet that replaces a code point; null for a separator. */
function alphabetOf(point: string): string | null {
  if (SEPARATORS.has(point)) return null;
  if (/\p{N}/u.test(point)) return DIGITS;
  return /\p{Lu}/u.test(point) ? UPPER : LOWER;
}

function tokenText(prf: Prf, text: string): string | undefined {
  const points = Array.from(text);
  const alphabets = points.map(alphabetOf);
  if (alphabets.filter((alphabet) => alphabet !== null).length < REPLACED_MIN) return undefined;
  for (let attempt = 0; ; attempt += 1) {
    const draws = keystream(prf(`text:${text}`, attempt), points.length * DRAW_BYTES);
    const pseudonym = points.map((point, at) => {
      const alphabet = alphabets[at] ?? null;
      return alphabet === null ? point : alphabet[draws.readUInt32BE(at * DRAW_BYTES) % alphabet.length];
    });
    if (pseudonym.join('') !== text) return pseudonym.join('');
  }
}

/** Stretches 32 pseudorandom bytes to as many as a long text needs. */
function keystream(seed: Buffer, length: number): Buffer {
  return createCipheriv('aes-256-ctr', seed, Buffer.alloc(16)).update(Buffer.alloc(length));
}

function tokenInteger(prf: Prf, integer: bigint, max: bigint): bigint {
  const size = integer < 0n ? -integer : integer;
  const low = size < 10n ? 0n : 10n ** BigInt(size.toString().length - 1);
  const ceiling = low === 0n ? 9n : low * 10n - 1n;
  const high = ceiling < max ? ceiling : max;
  for (let attempt = 0; ; attempt += 1) {
    const drawn = low + uniform(prf(`integer:${integer}`, attempt), high - low + 1n);
    if (drawn !== size) return integer < 0n ? -drawn : drawn;
  }
}
