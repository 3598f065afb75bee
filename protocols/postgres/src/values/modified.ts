import type { ValueFormat } from '@bailiwick/domain';
import type { FormatPair } from './format-pair.ts';
import { ValueError } from './value-error.ts';

/** VARHDRSZ: what the modifiers of varchar, bpchar and numeric are counted from. */
const HEADER = 4;

/**
 * A type under the modifier that it was declared with (atttypmod): the longest text of varchar(n) and bpchar(n), the
 * number of bits of bit(n), the digits of numeric(p, s). Other types, and -1, are as they are.
 */
export function modified(pair: FormatPair, modifier: number): FormatPair {
  if (modifier < 0) return pair;
  switch (pair.text.typeName) {
    case 'varchar':
    case 'bpchar':
      return each(pair, (format) => ({ ...format, lengthMax: modifier - HEADER }));
    case 'bit':
      return each(pair, (format) => ({ ...format, standIn: '0'.repeat(modifier) }));
    case 'numeric':
      return each(pair, (format) => boundedNumeric(format, modifier - HEADER));
    default:
      return pair;
  }
}

const each = (pair: FormatPair, change: (format: ValueFormat) => ValueFormat): FormatPair => ({
  text: change(pair.text),
  binary: change(pair.binary),
});

/** Precision in the upper half of the modifier, scale in the lower eleven bits, which may be negative. */
function boundedNumeric(format: ValueFormat, packed: number): ValueFormat {
  const precision = packed >> 16;
  const scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
  return {
    ...format,
    encode(value) {
      const digits = value.kind === 'decimal' ? /^-?0*(\d*)/.exec(value.decimal)?.[1] : undefined;
      if ((digits?.length ?? 0) > precision - scale) throw new ValueError('numeric', 'more digits than declared');
      return format.encode(value);
    },
  };
}
