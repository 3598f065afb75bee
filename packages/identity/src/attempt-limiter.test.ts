import type { Clock } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { AttemptLimiter } from './attempt-limiter.ts';

function limiterAt(start: number): { readonly limiter: AttemptLimiter; readonly advance: (ms: number) => void } {
  let now = start;
  const clock: Clock = { now: () => now, after: () => () => {} };
  const advance = (ms: number): void => {
    now += ms;
  };
  return { limiter: new AttemptLimiter(clock), advance };
}

test('ten failures at once, then one more every six seconds', () => {
  const { limiter, advance } = limiterAt(1_000_000);
  for (let count = 0; count < 10; count += 1) {
    expect(limiter.retryAfterSeconds('192.0.2.1')).toBe(0);
    limiter.failed('192.0.2.1');
  }
  expect(limiter.retryAfterSeconds('192.0.2.1')).toBe(6);
  expect(limiter.retryAfterSeconds('192.0.2.2')).toBe(0);
  advance(5_999);
  expect(limiter.retryAfterSeconds('192.0.2.1')).toBe(1);
  advance(1);
  expect(limiter.retryAfterSeconds('192.0.2.1')).toBe(0);
  limiter.failed('192.0.2.1');
  expect(limiter.retryAfterSeconds('192.0.2.1')).toBe(6);
});

test('an IPv6 peer counts with its whole /64, an IPv4 peer by itself however it is written', () => {
  const { limiter } = limiterAt(0);
  for (let count = 0; count < 10; count += 1) limiter.failed(`2001:db8:1:2::${count}`);
  expect(limiter.retryAfterSeconds('2001:db8:1:2:ffff::1')).toBe(6);
  expect(limiter.retryAfterSeconds('2001:db8:1:3::1')).toBe(0);
  for (let count = 0; count < 10; count += 1) limiter.failed('::ffff:192.0.2.1');
  expect(limiter.retryAfterSeconds('::ffff:192.0.2.2')).toBe(0);
});

test('what was tried has a bucket of its own at each address', () => {
  const { limiter } = limiterAt(0);
  for (let count = 0; count < 10; count += 1) limiter.failed('192.0.2.1', 'one');
  expect(limiter.retryAfterSeconds('192.0.2.1', 'one')).toBe(6);
  for (const [address, subject] of [
    ['192.0.2.1', 'other'],
    ['192.0.2.1', ''],
    ['192.0.2.2', 'one'],
  ] as const)
    expect(limiter.retryAfterSeconds(address, subject)).toBe(0);
});

test('what is remembered is bounded', () => {
  const { limiter } = limiterAt(0);
  for (let count = 0; count < 10; count += 1) limiter.failed('192.0.2.1');
  for (let count = 0; count < 10_000; count += 1) limiter.failed(`10.0.${count >> 8}.${count & 255}`);
  expect(limiter.retryAfterSeconds('192.0.2.1')).toBe(0);
});
