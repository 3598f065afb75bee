import { type MaskSpec, maskOption, type ValueFormat } from '@bailiwick/domain';
import { type Transform, textTransform } from './cell-transform.ts';
import { integerRange } from './integer-range.ts';
import { keyedPrf, type MaskKeys, uniform } from './mask-keys.ts';
import { pseudoUuid } from './pseudo-uuid.ts';
import { isFreeText } from './structured-text.ts';

/** Sixty-four bits. */
const HEX_DIGITS_MIN = 16;

/**
 * `hash`: HMAC-SHA-256 under the newest key, in the shape of the type. The same value has the same hash in every table
 * and in every text type, so that joins still work. Undefined for types other than free text, integer and uuid, and
 * for text too short to hold 64 bits.
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
  return undefined;
}
