import type { CellValue } from '@bailiwick/domain';
import { formatClock, parseClock } from './clock-time.ts';
import { asciiText, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

const GRAMMAR =
  /^(?:([+-]?\d{1,9}) years? ?)?(?:([+-]?\d{1,2}) mons? ?)?(?:([+-]?\d{1,10}) days? ?)?(?:([+-])?(\d{2,10}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?)?$/;
const INT4 = { min: -0x8000_0000, max: 0x7fff_ffff } as const;
const INT8 = { min: -0x8000_0000_0000_0000n, max: 0x7fff_ffff_ffff_ffffn } as const;
/** PostgreSQL 17's infinities: every field at an end of its range. */
const INFINITY: Interval = { months: INT4.max, days: INT4.max, micros: INT8.max };
const MINUS_INFINITY: Interval = { months: INT4.min, days: INT4.min, micros: INT8.min };

const same = (one: Interval, other: Interval): boolean =>
  one.months === other.months && one.days === other.days && one.micros === other.micros;

/** IntervalStyle postgres (EncodeInterval): a positive field after a negative one shows its sign. */
function format({ months, days, micros }: Interval): string {
  const fields: readonly (readonly [number, string])[] = [
    [Math.trunc(months / 12), 'year'],
    [months % 12, 'mon'],
    [days, 'day'],
  ];
  const parts: string[] = [];
  let afterNegative = false;
  for (const [number, unit] of fields) {
    if (number === 0) continue;
    parts.push(`${afterNegative && number > 0 ? '+' : ''}${number} ${unit}${number === 1 ? '' : 's'}`);
    afterNegative = number < 0;
  }
  if (micros !== 0n || parts.length === 0) {
    const sign = micros < 0n ? '-' : afterNegative ? '+' : '';
    parts.push(sign + formatClock(micros < 0n ? -micros : micros));
  }
  return parts.join(' ');
}

/** Reads what `format` writes and nothing else: another IntervalStyle is refused rather than misread. */
function parse(text: string): Interval {
  const match = GRAMMAR.exec(text);
  const [, years = '0', months = '0', days = '0', sign, hours = '00', minutes = '00', seconds = '00', fraction] =
    match ?? [];
  const size = parseClock(hours, minutes, seconds, fraction);
  const interval: Interval = {
    months: Number(years) * 12 + Number(months),
    days: Number(days),
    micros: sign === '-' ? -(size ?? 0n) : (size ?? 0n),
  };
  if (match === null || size === undefined || format(interval) !== text) {
    throw new ValueError('interval', 'not in IntervalStyle postgres');
  }
  if (
    interval.months < INT4.min ||
    interval.months > INT4.max ||
    interval.days < INT4.min ||
    interval.days > INT4.max ||
    interval.micros < INT8.min ||
    interval.micros > INT8.max
  ) {
    throw new ValueError('interval', 'out of range');
  }
  return interval;
}

const intervalOf = (value: CellValue): Interval => {
  if (value.kind === 'special') return value.special === 'infinity' ? INFINITY : MINUS_INFINITY;
  if (value.kind !== 'text') throw wrongKind('interval', value);
  return parse(value.text);
};

/** interval (oid 1186), as text in IntervalStyle postgres. */
export const intervalFormats: FormatPair = formatPair(
  'interval',
  'text',
  {
    text: {
      decode(cell) {
        const text = asciiText('interval', cell);
        if (text === 'infinity' || text === '-infinity') return { kind: 'special', special: text };
        return { kind: 'text', text: format(parse(text)) };
      },
      encode(value) {
        const text = value.kind === 'special' ? value.special : format(intervalOf(value));
        return Buffer.from(text, 'latin1');
      },
    },
    /** Microseconds in 64 bits, then days and months in 32 each. */
    binary: {
      decode(cell) {
        expectLength('interval', cell, 16);
        const interval = { micros: cell.readBigInt64BE(0), days: cell.readInt32BE(8), months: cell.readInt32BE(12) };
        if (same(interval, INFINITY)) return { kind: 'special', special: 'infinity' };
        if (same(interval, MINUS_INFINITY)) return { kind: 'special', special: '-infinity' };
        return { kind: 'text', text: format(interval) };
      },
      encode(value) {
        const { months, days, micros } = intervalOf(value);
        const cell = Buffer.alloc(16);
        cell.writeBigInt64BE(micros, 0);
        cell.writeInt32BE(days, 8);
        cell.writeInt32BE(months, 12);
        return cell;
      },
    },
  },
  { width: 16, standIn: '00:00:00' },
);
