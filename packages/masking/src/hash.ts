import { type MaskSpec, maskOption, type ValueFormat } from '@bailiwick/domain';
import { isFreeText, type Transform, textTransform } from './cell-transform.ts';
import { integerRange } from './integer-range.ts';
import { keyedPrf, type MaskKeys, uniform } from './mask-keys.ts';
import { pseudoUuid } from './pseudo-uuid.ts';

/** Sixty-four bits. */
const HEX_DIGITS_MIN = 16;
/** Hashes of a numeric have up to eighteen digits. */
const DECIMAL_HASHES = 10n ** 18n;

/**
 * `hash`: HMAC-SHA-256 under the newest key, in the shape of the type. The same value has the same hash in every table
 * and in every text type, so that joins still work. Undefined for types other than free
 * text, integer, numeric, uuid and bytea, and for text too short to hold 64 bits.
 */
export function hash(spec: MaskSpec, format: ValueFormat, keys: MaskKeys): Transform | undefined {
  const prf = keyedPrf(keys, 'hash');
  if (isFreeText(format)) {
    const length = Math.min(Number(maskOption(spec, 'length')), format.lengthMax ?? Number.POSITIVE_INFINITY);
    if (length < HEX_DIGITS_MIN) return undefined;
    return textTransform(format, (text) => prf(`text:${text}`).toString('hex').slice(0, length));
  }
  const range = integerRange(format);
  if (range !== undefined) {
    return (value) => {
      if (value.kind !== 'integer') return undefined;
      return { kind: 'integer', integer: uniform(prf(`integer:${value.integer}`), range.max + 1n) };
    };
  }
  if (format.kind === 'uuid') {
    return (value) => (value.kind === 'uuid' ? { kind: 'uuid', hex: pseudoUuid(prf(`uuid:${value.hex}`)) } : undefined);
  }
  if (format.kind === 'decimal') {
    return (value) => {
      if (value.kind !== 'decimal') return undefined;
      return {
        kind: 'decimal',
        decimal: uniform(prf(`decimal:${withoutZeros(value.decimal)}`), DECIMAL_HASHES).toString(),
      };
    };
  }
  if (format.kind === 'bytes') {
    return (value) =>
      value.kind === 'bytes' ? { kind: 'bytes', bytes: prf(`bytes:${value.bytes.toString('hex')}`) } : undefined;
  }
  return undefined;
}

/** Equal numbers are written with more or fewer zeros behind the point. */
const withoutZeros = (decimal: string): string => {
  let end = decimal.length;
  if (decimal.includes('.')) while (decimal[end - 1] === '0') end -= 1;
  return decimal.slice(0, decimal[end - 1] === '.' ? end - 1 : end);
};
