/**
 * Days between a civil date of the proleptic Gregorian calendar and 1970-01-01. Year 0 is 1 BC. Exact for every year
 * that PostgreSQL has, far beyond those of `Date`. (Fliegel and Van Flandern's method, with eras of 400 years.)
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The civil date of a day counted from 1970-01-01: the inverse of `daysFromCivil`. */
export function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

/** Reads `year`, `month`, `day` and an era as DateStyle ISO writes them; undefined when there is no such day. */
export function parseCivil(year: string, month: string, day: string, beforeChrist: boolean): number | undefined {
  const number = Number(year);
  if (number === 0) return undefined;
  const days = daysFromCivil(beforeChrist ? 1 - number : number, Number(month), Number(day));
  const back = civilFromDays(days);
  return back.month === Number(month) && back.day === Number(day) ? days : undefined;
}

/** `YYYY-MM-DD` with at least four digits of year, and the era's suffix: ` BC` or nothing. */
export function formatCivil(days: number): { date: string; era: string } {
  const { year, month, day } = civilFromDays(days);
  const shown = year > 0 ? year : 1 - year;
  const parts = [String(shown).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')];
  return { date: parts.join('-'), era: year > 0 ? '' : ' BC' };
}

/** Days from 1970-01-01 to 2000-01-01, the epoch of the binary formats. */
export const POSTGRES_EPOCH_DAYS = 10_957;
