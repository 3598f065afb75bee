import type { CellValue } from '@bailiwick/domain';
import { daysFromCivil, formatCivil, POSTGRES_EPOCH_DAYS, parseCivil } from './calendar.ts';
import { DAY_MICROS, formatClock, parseClock, parseOffset } from './clock-time.ts';
import { asciiText, type Codec, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const GRAMMAR =
  /^(\d{4,6})-(\d{2})-(\d{2}) ([01]\d|2[0-3]):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?:([+-])(\d{2})(?::(\d{2})(?::(\d{2}))?)?)?( BC)?$/;
const EPOCH_SHIFT = BigInt(POSTGRES_EPOCH_DAYS) * DAY_MICROS;
const INFINITY = 0x7fff_ffff_ffff_ffffn;
const MINUS_INFINITY = -0x8000_0000_0000_0000n;
/** The server's own bounds: MIN_TIMESTAMP, and the end of the year 294276. */
const MICROS_MIN = BigInt(daysFromCivil(-4713, 11, 24)) * DAY_MICROS;
const MICROS_MAX = BigInt(daysFromCivil(294_277, 1, 1)) * DAY_MICROS - 1n;

const special = (name: 'infinity' | '-infinity'): CellValue => ({ kind: 'special', special: name });

function inRange(typeName: string, micros: bigint): bigint {
  if (micros < MICROS_MIN || micros > MICROS_MAX) throw new ValueError(typeName, 'out of range');
  return micros;
}

/** Reads DateStyle ISO; a type with a zone must show its offset, one without must not. */
function parse(typeName: string, text: string, zoned: boolean): bigint {
  const [, year = '', month = '', day = '', hours = '', minutes = '', seconds = '', fraction, sign, ...rest] =
    GRAMMAR.exec(text) ?? [];
  const [offsetHours = '', offsetMinutes, offsetSeconds, era] = rest;
  const days = parseCivil(year, month, day, era !== undefined);
  const clock = days === undefined ? undefined : parseClock(hours, minutes, seconds, fraction);
  const offset = sign === undefined ? 0 : parseOffset(sign, offsetHours, offsetMinutes, offsetSeconds);
  if (days === undefined || clock === undefined || offset === undefined || (sign !== undefined) !== zoned) {
    throw new ValueError(typeName, 'not a moment in DateStyle ISO');
  }
  return inRange(typeName, BigInt(days) * DAY_MICROS + clock - BigInt(offset) * 1_000_000n);
}

function format(micros: bigint, zoned: boolean): string {
  const clock = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const { date, era } = formatCivil(Number((micros - clock) / DAY_MICROS));
  return `${date} ${formatClock(clock)}${zoned ? '+00' : ''}${era}`;
}

const textCodec = (typeName: string, zoned: boolean): Codec => ({
  decode(cell) {
    const text = asciiText(typeName, cell);
    if (text === 'infinity' || text === '-infinity') return special(text);
    return { kind: 'timestamp', micros: parse(typeName, text, zoned) };
  },
  encode(value) {
    if (value.kind === 'special') return Buffer.from(value.special, 'latin1');
    if (value.kind !== 'timestamp') throw wrongKind(typeName, value);
    return Buffer.from(format(inRange(typeName, value.micros), zoned), 'latin1');
  },
});

/** Microseconds since 2000-01-01 in 64 bits; the ends of their range are the infinities. */
const binaryCodec = (typeName: string): Codec => ({
  decode(cell) {
    expectLength(typeName, cell, 8);
    const micros = cell.readBigInt64BE();
    if (micros === INFINITY) return special('infinity');
    if (micros === MINUS_INFINITY) return special('-infinity');
    return { kind: 'timestamp', micros: inRange(typeName, micros + EPOCH_SHIFT) };
  },
  encode(value) {
    const cell = Buffer.alloc(8);
    if (value.kind === 'special') cell.writeBigInt64BE(value.special === 'infinity' ? INFINITY : MINUS_INFINITY);
    else if (value.kind === 'timestamp') cell.writeBigInt64BE(inRange(typeName, value.micros) - EPOCH_SHIFT);
    else throw wrongKind(typeName, value);
    return cell;
  },
});

/** timestamp (oid 1114), read as if it were UTC. */
export const timestampFormats: FormatPair = formatPair(
  'timestamp',
  'timestamp',
  {
    text: textCodec('timestamp', false),
    binary: binaryCodec('timestamp'),
  },
  { width: 8 },
);

/** timestamptz (oid 1184). Read under any TimeZone; written in UTC, with its offset `+00`. */
export const timestamptzFormats: FormatPair = formatPair(
  'timestamptz',
  'timestamp',
  {
    text: textCodec('timestamptz', true),
    binary: binaryCodec('timestamptz'),
  },
  { width: 8 },
);
