import type { Clock } from '@bailiwick/domain';

/** Failures that an address may make at once. */
const BURST = 10;
/** Time after which one more failure is forgiven. */
const REFILL_MS = 6_000;
/** Buckets remembered; the one longest unheard of goes first. */
const BUCKETS_MAX = 10_000;

/**
 * Counts failed authentications in token buckets, so that secrets cannot be guessed at line rate: by address, or by address
 * and what was tried there (`subject`: short, and from a known alphabet, because it is remembered).
 */
export class AttemptLimiter {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds until the address may try again; 0: now. Takes nothing. */
  retryAfterSeconds(address: string, subject: string = ''): number {
    const bucket = this.#buckets.get(keyOf(address, subject));
    if (bucket === undefined) return 0;
    const tokens = this.#refilled(bucket);
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * REFILL_MS) / 1000);
  }

  /** Records one failure. */
  failed(address: string, subject: string = ''): void {
    const key = keyOf(address, subject);
    const bucket = this.#buckets.get(key);
    const tokens = bucket === undefined ? BURST : this.#refilled(bucket);
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: Math.max(0, tokens - 1), at: this.#clock.now() });
    if (this.#buckets.size > BUCKETS_MAX) {
      const oldest = this.#buckets.keys().next();
      if (!oldest.done) this.#buckets.delete(oldest.value);
    }
  }

  #refilled(bucket: { readonly tokens: number; readonly at: number }): number {
    return Math.min(BURST, bucket.tokens + (this.#clock.now() - bucket.at) / REFILL_MS);
  }
}

const keyOf = (address: string, subject: string): string => `${networkOf(address)} ${subject}`;

/** An IPv6 peer has its whole /64 to itself, so that is what is counted. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  while (groups.length + tailGroups.length < 8) groups.push('0');
  return [...groups, ...tailGroups].slice(0, 4).join(':');
}
