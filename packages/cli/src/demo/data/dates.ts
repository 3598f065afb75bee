import type { SeededRandom } from './random.ts';

/** A day from `first` to `last` (both `YYYY-MM-DD`, both included). */
export function dateBetween(first: string, last: string, random: SeededRandom): string {
  return instantBetween(first, last, random).slice(0, 10);
}

/** A second from the start of `first` to the end of `last` (both `YYYY-MM-DD`), as ISO 8601 in UTC. */
export function instantBetween(first: string, last: string, random: SeededRandom): string {
  const from = Date.parse(`${first}T00:00:00Z`) / 1000;
  const to = Date.parse(`${last}T23:59:59Z`) / 1000;
  return new Date(random.integer(from, to) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The day after an instant in ISO 8601. */
export function dayAfter(instant: string): string {
  return new Date(Date.parse(instant) + 86_400_000).toISOString().slice(0, 10);
}
