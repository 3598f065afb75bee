/** Microseconds of one day. */
export const DAY_MICROS = 86_400_000_000n;

const two = (number: bigint): string => number.toString().padStart(2, '0');

/** `HH:MM:SS` with as many digits of the fraction as it needs, as the server writes it. Hours may exceed a day. */
export function formatClock(micros: bigint): string {
  const seconds = micros / 1_000_000n;
  const fraction = (micros % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

/** Microseconds of hours, minutes, seconds and up to six digits of a fraction; undefined when out of their range. */
export function parseClock(hours: string, minutes: string, seconds: string, fraction = ''): bigint | undefined {
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const whole = (BigInt(hours) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
  return whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** `+HH`, with minutes and seconds where there are any, of an offset east of UTC. */
export function formatOffset(secondsEast: number): string {
  const size = Math.abs(secondsEast);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  const shown = size % 60 !== 0 ? parts : size % 3600 !== 0 ? parts.slice(0, 2) : parts.slice(0, 1);
  return (secondsEast < 0 ? '-' : '+') + shown.map((part) => String(part).padStart(2, '0')).join(':');
}

/** Seconds east of UTC; undefined when out of range (MAX_TZDISP_HOUR is 15). */
export function parseOffset(sign: string, hours: string, minutes = '0', seconds = '0'): number | undefined {
  if (Number(hours) > 15 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return sign === '-' && size !== 0 ? -size : size;
}
