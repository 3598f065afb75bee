import type { CellValue } from '@bailiwick/domain';
import { DAY_MICROS, formatClock, formatOffset, parseClock, parseOffset } from './clock-time.ts';
import { asciiText, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const GRAMMAR = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?:([+-])(\d{2})(?::(\d{2})(?::(\d{2}))?)?)?$/;
/** TZDISP_LIMIT: an offset is less than sixteen hours either way. */
const OFFSET_LIMIT_SECONDS = 16 * 3600;

interface Moment {
  readonly micros: bigint;
  /** Null: the type has no zone. */
  readonly secondsEast: number | null;
}

function parse(typeName: string, text: string, zoned: boolean): Moment {
  const [, hours = '', minutes = '', seconds = '', fraction, sign, ...offsetParts] = GRAMMAR.exec(text) ?? [];
  const micros = hours === '' ? undefined : parseClock(hours, minutes, seconds, fraction);
  const [offsetHours = '', offsetMinutes, offsetSeconds] = offsetParts;
  const offset = sign === undefined ? null : parseOffset(sign, offsetHours, offsetMinutes, offsetSeconds);
  if (micros === undefined || offset === undefined || (offset !== null) !== zoned) {
    throw new ValueError(typeName, 'not a time of day');
  }
  return checked(typeName, { micros, secondsEast: offset });
}

/** 24:00:00 is a time of day; nothing later is. */
function checked(typeName: string, moment: Moment): Moment {
  const offset = Math.abs(moment.secondsEast ?? 0);
  if (moment.micros < 0n || moment.micros > DAY_MICROS || offset >= OFFSET_LIMIT_SECONDS) {
    throw new ValueError(typeName, 'out of range');
  }
  return moment;
}

const format = ({ micros, secondsEast }: Moment): string =>
  formatClock(micros) + (secondsEast === null ? '' : formatOffset(secondsEast));

const asText = (moment: Moment): CellValue => ({ kind: 'text', text: format(moment) });

const timeFormatsOf = (typeName: string, zoned: boolean): FormatPair => {
  const momentOf = (value: CellValue): Moment => {
    if (value.kind !== 'text') throw wrongKind(typeName, value);
    return parse(typeName, value.text, zoned);
  };
  return formatPair(
    typeName,
    'text',
    {
      text: {
        decode: (cell) => asText(parse(typeName, asciiText(typeName, cell), zoned)),
        encode: (value) => Buffer.from(format(momentOf(value)), 'latin1'),
      },
      /** Microseconds of the day in 64 bits; with a zone, seconds *west* of UTC in 32 more. */
      binary: {
        decode(cell) {
          expectLength(typeName, cell, zoned ? 12 : 8);
          // Zero minus, so that UTC is not a negative zero.
          const secondsEast = zoned ? 0 - cell.readInt32BE(8) : null;
          return asText(checked(typeName, { micros: cell.readBigInt64BE(), secondsEast }));
        },
        encode(value) {
          const { micros, secondsEast } = momentOf(value);
          const cell = Buffer.alloc(zoned ? 12 : 8);
          cell.writeBigInt64BE(micros);
          if (secondsEast !== null) cell.writeInt32BE(-secondsEast, 8);
          return cell;
        },
      },
    },
    { width: zoned ? 12 : 8, standIn: zoned ? '00:00:00+00' : '00:00:00' },
  );
};

/** time (oid 1083), as text in the server's form. */
export const timeFormats: FormatPair = timeFormatsOf('time', false);

/** timetz (oid 1266), as text in the server's form with its offset. */
export const timetzFormats: FormatPair = timeFormatsOf('timetz', true);
