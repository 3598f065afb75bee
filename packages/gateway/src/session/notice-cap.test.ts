import { expect, test } from 'vitest';
import { NoticeCap } from './notice-cap.ts';

const verdicts = (cap: NoticeCap, count: number): string => Array.from({ length: count }, () => cap.next()[0]).join('');

test('as many as may be are within, the next is over, and so is one in as many after it', () => {
  const cap = new NoticeCap(3);
  expect(verdicts(cap, 3)).toBe('www');
  expect(cap.exceeded).toBe(false);
  expect(verdicts(cap, 9)).toBe('obbbobbbo');
  expect(cap.exceeded).toBe(true);
  cap.ended();
  expect(cap.exceeded).toBe(false);
  expect(verdicts(cap, 4)).toBe('wwwo');
});

test('0 is no limit', () => {
  const cap = new NoticeCap(0);
  expect(verdicts(cap, 1000)).toBe('w'.repeat(1000));
  expect(cap.exceeded).toBe(false);
});
