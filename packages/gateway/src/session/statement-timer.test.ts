import type { Clock } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { StatementTimer } from './statement-timer.ts';

function handClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after: (delayMs, run) => {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
  };
}

test('a statement that takes too long is late once, and the next one has its own time', () => {
  const clock = handClock();
  let late = 0;
  const timer = new StatementTimer(clock, 100, () => late++);
  timer.sent();
  clock.advance(60);
  timer.sent();
  clock.advance(60);
  expect(late).toBe(1);
  timer.ended(true);
  clock.advance(99);
  expect(late).toBe(1);
  timer.ended(false);
  clock.advance(1000);
  expect(late).toBe(1);
});

test('without a limit nothing is late', () => {
  const clock = handClock();
  const timer = new StatementTimer(clock, 0, () => expect.unreachable());
  timer.sent();
  clock.advance(1e9);
});
