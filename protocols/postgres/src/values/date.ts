import type { CellValue } from '@bailiwick/domain';
import { daysFromCivil, formatCivil, POSTGRES_EPOCH_DAYS, parseCivil } from './calendar.ts';
import { asciiText, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const GRAMMAR = /^(\d{4,7})-(\d{2})-(\d{2})( BC)?$/;
const INFINITY = 0x7fff_ffff;
const MINUS_INFINITY = -0x8000_0000;
/** Julian day 0, which is 4714-11-24 BC, and the last day that the server accepts (DATETIME_MIN_JULIAN, DATE_END_JULIAN). */
const DAYS_MIN = daysFromCivil(-4713, 11, 24);
const DAYS_MAX = daysFromCivil(5_874_897, 12, 31);

const special = (name: 'infinity' | '-infinity'): CellValue => ({ kind: 'special', special: name });

function inRange(days: number): number {
  if (!Number.isInteger(days) || days < DAYS_MIN || days > DAYS_MAX) throw new ValueError('date', 'out of range');
  return days;
}

/** date (oid 1082). Text is read and written in DateStyle ISO only, which the gateway pins. */
export const dateFormats: FormatPair = formatPair(
  'date',
  'date',
  {
    text: {
      decode(cell) {
        const text = asciiText('date', cell);
        if (text === 'infinity' || text === '-infinity') return special(text);
        const [, year = '', month = '', day = '', era] = GRAMMAR.exec(text) ?? [];
        const days = parseCivil(year, month, day, era !== undefined);
        if (days === undefined) throw new ValueError('date', 'not a day in DateStyle ISO');
        return { kind: 'date', days: inRange(days) };
      },
      encode(value) {
        if (value.kind === 'special') return Buffer.from(value.special, 'latin1');
        if (value.kind !== 'date') throw wrongKind('date', value);
        const { date, era } = formatCivil(inRange(value.days));
        return Buffer.from(date + era, 'latin1');
      },
    },
    /** Days since 2000-01-01 in 32 bits; the ends of their range are the infinities. */
    binary: {
      decode(cell) {
        expectLength('date', cell, 4);
        const days = cell.readInt32BE();
        if (days === INFINITY) return special('infinity');
        if (days === MINUS_INFINITY) return special('-infinity');
        return { kind: 'date', days: inRange(days + POSTGRES_EPOCH_DAYS) };
      },
      encode(value) {
        const cell = Buffer.alloc(4);
        if (value.kind === 'special') cell.writeInt32BE(value.special === 'infinity' ? INFINITY : MINUS_INFINITY);
        else if (value.kind === 'date') cell.writeInt32BE(inRange(value.days) - POSTGRES_EPOCH_DAYS);
        else throw wrongKind('date', value);
        return cell;
      },
    },
  },
  { width: 4 },
);
