import type { CellValue } from '@bailiwick/domain';
import { asciiText, type Codec, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const GRAMMAR = /^(-?)(\d+)(?:\.(\d+))?$/;
const SIGN = { positive: 0x0000, negative: 0x4000, NaN: 0xc000, Infinity: 0xd000, '-Infinity': 0xf000 } as const;
/** NUMERIC_DSCALE_MAX of the server: fourteen bits. */
const SCALE_MAX = 0x3fff;
/** Digits before the decimal point that the server's documentation promises; longer text is none of its output. */
const WHOLE_DIGITS_MAX = 131_072;
const HEADER_BYTES = 8;

const isSpecial = (text: string): text is 'NaN' | 'Infinity' | '-Infinity' =>
  text === 'NaN' || text === 'Infinity' || text === '-Infinity';

const withoutLeadingZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '');

interface Parts {
  readonly negative: boolean;
  /** Without leading zeros; `0` when there is nothing before the point. */
  readonly whole: string;
  readonly fraction: string;
}

/** Zero has no sign, as in the server. */
const format = ({ negative, whole, fraction }: Parts): string => {
  const digits = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && /[1-9]/.test(digits) ? `-${digits}` : digits;
};

function parse(text: string): Parts {
  if (text.length > WHOLE_DIGITS_MAX + SCALE_MAX + 2) throw new ValueError('numeric', 'too long');
  const match = GRAMMAR.exec(text);
  if (match === null) throw new ValueError('numeric', 'not a decimal number');
  const [, sign = '', digits = '', fraction = ''] = match;
  const whole = withoutLeadingZeros(digits);
  if (whole.length > WHOLE_DIGITS_MAX || fraction.length > SCALE_MAX) throw new ValueError('numeric', 'out of range');
  return { negative: sign === '-', whole, fraction };
}

const decimalOf = (value: CellValue): string => {
  if (value.kind !== 'decimal') throw wrongKind('numeric', value);
  return isSpecial(value.decimal) ? value.decimal : format(parse(value.decimal));
};

const text: Codec = {
  decode(cell) {
    const decimal = asciiText('numeric', cell);
    return { kind: 'decimal', decimal: isSpecial(decimal) ? decimal : format(parse(decimal)) };
  },
  encode: (value) => Buffer.from(decimalOf(value), 'latin1'),
};

/** numeric_send: counts, weight, sign, display scale, then base-10000 digits, all 16 bits big-endian. */
const binary: Codec = {
  decode(cell) {
    if (cell.length < HEADER_BYTES) throw new ValueError('numeric', 'shorter than its header');
    const digitCount = cell.readUInt16BE(0);
    const weight = cell.readInt16BE(2);
    const sign = cell.readUInt16BE(4);
    const scale = cell.readUInt16BE(6);
    if (cell.length !== HEADER_BYTES + 2 * digitCount) throw new ValueError('numeric', 'length disagrees with digits');
    const special = (['NaN', 'Infinity', '-Infinity'] as const).find((name) => SIGN[name] === sign);
    if (special !== undefined) {
      if (digitCount !== 0) throw new ValueError('numeric', 'digits after a special value');
      return { kind: 'decimal', decimal: special };
    }
    if (sign !== SIGN.positive && sign !== SIGN.negative) throw new ValueError('numeric', 'unknown sign');
    if (scale > SCALE_MAX) throw new ValueError('numeric', 'scale out of range');
    const { whole, fraction } = placeDigits(readDigits(cell, digitCount), weight, scale);
    return { kind: 'decimal', decimal: format({ negative: sign === SIGN.negative, whole, fraction }) };
  },
  encode(value) {
    const decimal = decimalOf(value);
    if (isSpecial(decimal)) return header(0, 0, SIGN[decimal], 0);
    const { negative, whole, fraction } = parse(decimal);
    const { digits, weight } = groupDigits(whole, fraction);
    const cell = header(digits.length, weight, negative ? SIGN.negative : SIGN.positive, fraction.length);
    digits.forEach((digit, index) => {
      cell.writeUInt16BE(digit, HEADER_BYTES + 2 * index);
    });
    return cell;
  },
};

function header(digitCount: number, weight: number, sign: number, scale: number): Buffer {
  const cell = Buffer.alloc(HEADER_BYTES + 2 * digitCount);
  cell.writeUInt16BE(digitCount, 0);
  cell.writeInt16BE(weight, 2);
  cell.writeUInt16BE(sign, 4);
  cell.writeUInt16BE(scale, 6);
  return cell;
}

/** The digits as decimal text, four characters each. */
function readDigits(cell: Buffer, count: number): string {
  const groups: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const digit = cell.readUInt16BE(HEADER_BYTES + 2 * index);
    if (digit > 9999) throw new ValueError('numeric', 'digit out of range');
    groups.push(String(digit).padStart(4, '0'));
  }
  return groups.join('');
}

/** Puts the decimal point: the first base-10000 digit stands for 10000^weight. */
function placeDigits(digits: string, weight: number, scale: number): { whole: string; fraction: string } {
  if (digits === '') return { whole: '0', fraction: '0'.repeat(scale) };
  const pointAt = (weight + 1) * 4;
  const whole = pointAt <= 0 ? '' : digits.slice(0, pointAt).padEnd(pointAt, '0');
  const rest = pointAt <= 0 ? '0'.repeat(-pointAt) + digits : digits.slice(pointAt);
  if (/[1-9]/.test(rest.slice(scale))) throw new ValueError('numeric', 'digits beyond its scale');
  return { whole: withoutLeadingZeros(whole) || '0', fraction: rest.slice(0, scale).padEnd(scale, '0') };
}

/** Base-10000 digits without leading and trailing zeros, and the weight of the first. */
function groupDigits(whole: string, fraction: string): { digits: number[]; weight: number } {
  const padded = whole.padStart(Math.ceil(whole.length / 4) * 4, '0') + fraction;
  const digits: number[] = [];
  for (let at = 0; at < padded.length; at += 4) digits.push(Number(padded.slice(at, at + 4).padEnd(4, '0')));
  const first = digits.findIndex((digit) => digit !== 0);
  if (first === -1) return { digits: [], weight: 0 };
  const last = digits.findLastIndex((digit) => digit !== 0);
  return { digits: digits.slice(first, last + 1), weight: Math.ceil(whole.length / 4) - 1 - first };
}

/** numeric (oid 1700). Values are exact decimal text with the number's own scale. */
export const numericFormats: FormatPair = formatPair('numeric', 'decimal', { text, binary });
