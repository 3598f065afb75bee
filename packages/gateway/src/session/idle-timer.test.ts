import { expect, test } from 'vitest';
import { handClock } from '../testing/hand-clock.ts';
import { IdleTimer } from './idle-timer.ts';

function start(idleTimeMs: number, idleInTransactionTimeMs: number) {
  const clock = handClock();
  const late: string[] = [];
  const timer = new IdleTimer(clock, { idleTimeMs, idleInTransactionTimeMs }, ({ code }) => late.push(code));
  return { clock, late, timer };
}

test('each state has its own limit, and a busy session none', () => {
  const { clock, late, timer } = start(1000, 100);
  timer.look('idle', 0);
  clock.advance(999);
  timer.look('busy', 1);
  clock.advance(100_000);
  timer.look('idle-in-transaction', 1);
  clock.advance(99);
  expect(late).toEqual([]);
  clock.advance(1);
  expect(late).toEqual(['idle-in-transaction-timeout']);
  timer.look('idle', 2);
  clock.advance(1000);
  expect(late).toEqual(['idle-in-transaction-timeout', 'idle-timeout']);
});

test('a complete message begins the wait anew, and nothing else does', () => {
  const { clock, late, timer } = start(1000, 0);
  timer.look('idle', 0);
  clock.advance(600);
  timer.look('idle', 1);
  clock.advance(600);
  timer.look('idle', 1);
  clock.advance(399);
  expect(late).toEqual([]);
  clock.advance(1);
  expect(late).toEqual(['idle-timeout']);
});

test('0 is no limit, and a session that has ended is not ended again', () => {
  const { clock, late, timer } = start(1000, 0);
  timer.look('idle-in-transaction', 0);
  clock.advance(1_000_000);
  timer.look('idle', 1);
  timer.stop();
  clock.advance(1_000_000);
  expect(late).toEqual([]);
});
