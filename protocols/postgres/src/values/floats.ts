import type { CellValue } from '@bailiwick/domain';
import { asciiText, type Codec, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

interface FloatType {
  readonly name: string;
  readonly bytes: number;
  /** The nearest number that the type can hold. */
  round(float: number): number;
  /** The shortest decimal that reads back as `float`. */
  shortest(float: number): string;
  read(cell: Buffer): number;
  write(cell: Buffer, float: number): void;
}

const GRAMMAR = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;
/** The longest text of a float under any extra_float_digits is well below this. */
const TEXT_LENGTH_MAX = 40;
const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

const floatOf = (type: FloatType, value: CellValue): number => {
  if (value.kind !== 'float') throw wrongKind(type.name, value);
  const float = type.round(value.float);
  if (!Number.isFinite(float) && Number.isFinite(value.float)) throw new ValueError(type.name, 'out of range');
  return float;
};

const textCodec = (type: FloatType): Codec => ({
  decode(cell) {
    const text = cell.length <= TEXT_LENGTH_MAX ? asciiText(type.name, cell) : '';
    if (Object.hasOwn(SPECIAL, text)) return { kind: 'float', float: SPECIAL[text] ?? Number.NaN };
    if (!GRAMMAR.test(text)) throw new ValueError(type.name, 'not a number');
    const float = type.round(Number(text));
    if (!Number.isFinite(float)) throw new ValueError(type.name, 'out of range');
    return { kind: 'float', float };
  },
  encode(value) {
    const float = floatOf(type, value);
    return Buffer.from(Object.is(float, -0) ? '-0' : type.shortest(float), 'latin1');
  },
});

const binaryCodec = (type: FloatType): Codec => ({
  decode(cell) {
    expectLength(type.name, cell, type.bytes);
    return { kind: 'float', float: type.read(cell) };
  },
  encode(value) {
    const cell = Buffer.alloc(type.bytes);
    type.write(cell, floatOf(type, value));
    return cell;
  },
});

const floatFormats = (type: FloatType): FormatPair =>
  formatPair(type.name, 'float', { text: textCodec(type), binary: binaryCodec(type) }, { width: type.bytes });

/** Nine digits always tell single-precision numbers apart; fewer often do. */
function shortestSingle(float: number): string {
  if (!Number.isFinite(float)) return String(float);
  for (let digits = 1; digits < 9; digits += 1) {
    const text = String(Number(float.toPrecision(digits)));
    if (Math.fround(Number(text)) === float) return text;
  }
  return String(Number(float.toPrecision(9)));
}

/** float4 (oid 700). */
export const float4Formats: FormatPair = floatFormats({
  name: 'float4',
  bytes: 4,
  round: Math.fround,
  shortest: shortestSingle,
  read: (cell) => cell.readFloatBE(),
  write: (cell, float) => cell.writeFloatBE(float),
});

/** float8 (oid 701). */
export const float8Formats: FormatPair = floatFormats({
  name: 'float8',
  bytes: 8,
  round: (float) => float,
  shortest: String,
  read: (cell) => cell.readDoubleBE(),
  write: (cell, float) => cell.writeDoubleBE(float),
});
