import { type CellValue, type MaskSpec, maskOption, type ValueFormat } from '@bailiwick/domain';
import type { Transform } from './cell-transform.ts';
import { integerRange } from './integer-range.ts';

/** Longer numbers become the constant: no amount of money or count of things has more digits before the point. */
const WHOLE_DIGITS_MAX = 40;

const floorTo = (integer: bigint, size: bigint): bigint => {
  const remainder = integer % size;
  return integer - remainder - (remainder < 0n ? size : 0n);
};

/**
 * `bucket`: a number becomes the lower bound of its bucket, counted from zero; the lowest bucket of an integer type
 * begins where the type does. NaN and the infinities become the constant. Undefined for types other than numbers.
 */
export function bucket(spec: MaskSpec, format: ValueFormat): Transform | undefined {
  const size = Number(maskOption(spec, 'size'));
  const exact = BigInt(size);
  switch (format.kind) {
    case 'integer': {
      const range = integerRange(format);
      if (range === undefined) return undefined;
      return (value) => {
        if (value.kind !== 'integer') return undefined;
        const floor = floorTo(value.integer, exact);
        const inType = floor >= range.min;
        return { kind: 'integer', integer: inType ? floor : range.min };
      };
    }
    case 'decimal':
      return (value) => (value.kind === 'decimal' ? bucketDecimal(value.decimal, exact) : undefined);
    case 'float':
      return (value) => {
        if (value.kind !== 'float' || !Number.isFinite(value.float)) return undefined;
        // Plus zero, so that no bucket begins at a negative zero.
        return { kind: 'float', float: Math.floor(value.float / size) * size + 0 };
      };
    default:
      return undefined;
  }
}

function bucketDecimal(decimal: string, size: bigint): CellValue | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (match === null || whole.length > WHOLE_DIGITS_MAX) return undefined;
  const truncated = BigInt(sign + whole);
  // Just above a whole number from below is not that number: -1000.5 is in the bucket under -1000.
  const floor = sign === '-' && /[1-9]/.test(fraction) ? truncated - 1n : truncated;
  return { kind: 'decimal', decimal: floorTo(floor, size).toString() };
}
