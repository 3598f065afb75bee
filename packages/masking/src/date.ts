import { type MaskSpec, maskOption, type ValueFormat } from '@bailiwick/domain';
import type { Transform } from './cell-transform.ts';
import { DAYS_MAX, DAYS_MIN, dayNumber, yearAndMonth } from './civil-date.ts';
import { keyedPrf, type MaskKeys, uniform } from './mask-keys.ts';

const DAY_MICROS = 86_400_000_000n;

/**
 * `date`: the first day of the value's year or month, or its day without the time. With shift_days the day moves first,
 * by an amount that depends on key and day: equal days stay equal, and knowing one person's shift tells nothing of
 * another's. Infinities and days outside the years 1 to 9999 become the constant. Undefined for other types, and for
 * the day of a date without a shift, which would be no mask.
 */
export function date(spec: MaskSpec, format: ValueFormat, keys: MaskKeys): Transform | undefined {
  const shiftDays = Number(maskOption(spec, 'shift_days'));
  const precision = spec.options.precision ?? (shiftDays > 0 ? 'day' : maskOption(spec, 'precision'));
  const shift = shiftDays > 0 ? keyedShift(keys, shiftDays) : (days: number): number => days;
  const maskDay = (days: number): number | undefined => {
    if (days < DAYS_MIN || days > DAYS_MAX) return undefined;
    return truncate(Math.min(Math.max(shift(days), DAYS_MIN), DAYS_MAX), precision);
  };
  if (format.kind === 'date') {
    if (precision === 'day' && shiftDays === 0) return undefined;
    return (value) => {
      const days = value.kind === 'date' ? maskDay(value.days) : undefined;
      return days === undefined ? undefined : { kind: 'date', days };
    };
  }
  if (format.kind === 'timestamp') {
    return (value) => {
      const days = value.kind === 'timestamp' ? maskDay(dayOf(value.micros)) : undefined;
      return days === undefined ? undefined : { kind: 'timestamp', micros: BigInt(days) * DAY_MICROS };
    };
  }
  return undefined;
}

function dayOf(micros: bigint): number {
  const day = micros / DAY_MICROS;
  return Number(micros % DAY_MICROS < 0n ? day - 1n : day);
}

/** Never by nothing: from one to `most` days, earlier or later. */
function keyedShift(keys: MaskKeys, most: number): (days: number) => number {
  const prf = keyedPrf(keys, 'date');
  return (days) => {
    const drawn = Number(uniform(prf(`day:${days}`), BigInt(2 * most))) - most;
    return days + (drawn >= 0 ? drawn + 1 : drawn);
  };
}

function truncate(days: number, precision: unknown): number {
  if (precision === 'day') return days;
  const { year, month } = yearAndMonth(days);
  return dayNumber(year, precision === 'month' ? month : 1, 1);
}
