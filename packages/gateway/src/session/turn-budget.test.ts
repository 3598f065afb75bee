import { afterEach, beforeEach, expect, test } from 'vitest';
import { TurnBudget } from './turn-budget.ts';

let reading: boolean;
let room: boolean;
let budget: TurnBudget;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const socket = {
  pause(): never {
    reading = false;
    return undefined as never;
  },
  resume(): never {
    reading = true;
    return undefined as never;
  },
};

beforeEach(() => {
  reading = true;
  room = true;
  budget = new TurnBudget(socket, () => room);
});
afterEach(turn);

test('a little is read on at once', () => {
  budget.spend(1_000);
  expect(reading).toBe(true);
});

test('a full read waits for the next turn, and no longer', async () => {
  budget.spend(40_000);
  budget.spend(40_000);
  expect(reading).toBe(false);
  await turn();
  expect(reading).toBe(true);
});

test('without room it waits until there is', async () => {
  room = false;
  budget.spend(10);
  await turn();
  expect(reading).toBe(false);
  budget.check();
  expect(reading).toBe(false);
  room = true;
  budget.check();
  expect(reading).toBe(true);
});

test('room that goes outside a read, by a write that waited for the disk, is noticed and comes back', () => {
  room = false;
  budget.check();
  expect(reading).toBe(false);
  room = true;
  budget.check();
  expect(reading).toBe(true);
});

test('room that comes within a turn does not lengthen the turn', async () => {
  room = false;
  budget.spend(100_000);
  room = true;
  budget.check();
  expect(reading).toBe(false);
  await turn();
  expect(reading).toBe(true);
});

test('room that goes within a turn is not given back by the turn', async () => {
  budget.spend(100_000);
  room = false;
  budget.check();
  await turn();
  expect(reading).toBe(false);
});
