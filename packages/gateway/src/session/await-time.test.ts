import { expect, test } from 'vitest';
import { handClock } from '../testing/hand-clock.ts';
import { awaitTime } from './await-time.ts';

const DAY_MS = 86_400_000;

test('runs at its time, however far that is, and once', () => {
  const clock = handClock();
  const ran: number[] = [];
  const at = clock.now() + 100 * DAY_MS;
  awaitTime(clock, at, () => ran.push(clock.now()));
  clock.advance(100 * DAY_MS - 1);
  expect(ran).toEqual([]);
  clock.advance(1);
  clock.advance(DAY_MS);
  expect(ran).toEqual([at]);
});

test('what is over already runs at the next turn, not at once', () => {
  const clock = handClock();
  const ran: number[] = [];
  awaitTime(clock, clock.now() - 1, () => ran.push(clock.now()));
  expect(ran).toEqual([]);
  clock.advance(0);
  expect(ran).toHaveLength(1);
});

test('can be prevented, also after the first of several waits', () => {
  const clock = handClock();
  const ran: number[] = [];
  const stop = awaitTime(clock, clock.now() + 100 * DAY_MS, () => ran.push(clock.now()));
  clock.advance(50 * DAY_MS);
  stop();
  clock.advance(100 * DAY_MS);
  expect(ran).toEqual([]);
});
