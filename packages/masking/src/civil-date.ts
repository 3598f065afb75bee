/** The years that masks of dates work in: those that every protocol's types and every driver can hold. */
const YEAR_MIN = 1;
const YEAR_MAX = 9999;
const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of the first and the last day of those years. */
export const DAYS_MIN: number = dayNumber(YEAR_MIN, 1, 1);
export const DAYS_MAX: number = dayNumber(YEAR_MAX, 12, 31);

/** Days since 1970-01-01 of a civil date; `month` from 1. A day that the month has not counts on into the next. */
export function dayNumber(year: number, month: number, day: number): number {
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS;
}

/** The year, and the month from 1, of a day counted from 1970-01-01. */
export function yearAndMonth(days: number): { year: number; month: number } {
  const date = new Date(days * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 };
}

/** Reads `YYYY-MM-DD`; undefined when it is no day of the years that masks work in. */
export function parseDay(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const days = dayNumber(Number(match[1]), Number(match[2]), Number(match[3]));
  const inYears = days >= DAYS_MIN && days <= DAYS_MAX;
  return inYears && new Date(days * DAY_MS).toISOString().startsWith(text) ? days : undefined;
}
