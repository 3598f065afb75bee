import type { Budget } from '@bailiwick/policy';
import { beforeEach, expect, test } from 'vitest';
import { BudgetLedger } from './budget-ledger.ts';
import { type HandClock, handClock } from './testing/hand-clock.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DRIP: Budget = { id: 'drip', windowMs: HOUR_MS, probesMax: 10 };
const DAY: Budget = { id: 'day', windowMs: 24 * HOUR_MS, probesMax: 15 };

let clock: HandClock;
let ledger: BudgetLedger;

beforeEach(() => {
  clock = handClock();
  ledger = new BudgetLedger(clock);
});

test('a budget may be spent to its end, and not beyond', () => {
  expect(ledger.spend('a', [DRIP], 9)).toBeNull();
  expect(ledger.spend('a', [DRIP], 1)).toBeNull();
  expect(ledger.spend('a', [DRIP], 1)?.budget).toBe(DRIP);
  expect(ledger.spend('a', [DRIP], 0)).toBeNull();
});

test('identities do not share one', () => {
  ledger.spend('a', [DRIP], 10);
  expect(ledger.spend('b', [DRIP], 10)).toBeNull();
});

test('what was refused takes nothing', () => {
  ledger.spend('a', [DRIP], 8);
  expect(ledger.spend('a', [DRIP], 3)).not.toBeNull();
  expect(ledger.spend('a', [DRIP], 2)).toBeNull();
});

test('nothing spent counts for less than the window, or for more than a part longer', () => {
  ledger.spend('a', [DRIP], 10);
  clock.advance(HOUR_MS - 1);
  expect(ledger.spend('a', [DRIP], 1)).not.toBeNull();
  clock.advance(MINUTE_MS + 1);
  expect(ledger.spend('a', [DRIP], 10)).toBeNull();
});

test('the window slides: at no time were more spent within it', () => {
  const spent: { readonly at: number; readonly amount: number }[] = [];
  for (let turn = 0; turn < 500; turn++) {
    const amount = 1 + (turn % 3);
    if (ledger.spend('a', [DRIP], amount) === null) spent.push({ at: clock.now(), amount });
    clock.advance(((turn * 7) % 11) * MINUTE_MS);
  }
  expect(spent.length).toBeGreaterThan(100);
  for (const { at } of spent) {
    const within = spent.filter((one) => one.at > at - HOUR_MS && one.at <= at);
    expect(within.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(DRIP.probesMax);
  }
});

test('says when there will be enough, and keeps to it', () => {
  ledger.spend('a', [DRIP], 4);
  clock.advance(10 * MINUTE_MS);
  ledger.spend('a', [DRIP], 6);
  const few = ledger.spend('a', [DRIP], 3)?.retryAfterMs ?? 0;
  const many = ledger.spend('a', [DRIP], 9)?.retryAfterMs ?? 0;
  expect(few).toBeLessThan(many);
  clock.advance(few);
  expect(ledger.spend('a', [DRIP], 3)).toBeNull();
});

test('more than a whole budget will never do', () => {
  expect(ledger.spend('a', [DRIP], 11)).toEqual({ budget: DRIP, retryAfterMs: null });
});

test('of several budgets all are spent, or none', () => {
  expect(ledger.spend('a', [DRIP, DAY], 10)).toBeNull();
  clock.advance(2 * HOUR_MS);
  expect(ledger.spend('a', [DRIP, DAY], 6)?.budget).toBe(DAY);
  expect(ledger.spend('a', [DRIP, DAY], 5)).toBeNull();
  expect(ledger.spend('a', [DRIP], 5)).toBeNull();
});

test('so many identities that there is no room: nobody new until somebody is over', () => {
  const small = new BudgetLedger(clock, 2);
  expect(small.spend('a', [DRIP], 1)).toBeNull();
  expect(small.spend('b', [DRIP], 1)).toBeNull();
  expect(small.spend('c', [DRIP], 1)?.retryAfterMs).toBe(HOUR_MS);
  expect(small.spend('a', [DRIP], 1)).toBeNull();
  clock.advance(2 * HOUR_MS);
  expect(small.spend('c', [DRIP], 1)).toBeNull();
});
