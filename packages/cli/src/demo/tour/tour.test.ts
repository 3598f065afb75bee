import { describe, expect, test } from 'vitest';
import type { Demo } from '../demo.ts';
import type { TourStep } from './step.ts';
import { playTour } from './tour.ts';

/** A step that touches nothing of the demo. */
const step = (title: string, run: TourStep['run']): TourStep => ({ title, run });
const good = step('good', async (_, report) => report.check('one is one', true, '1'));

async function play(...steps: readonly TourStep[]): Promise<{ ok: boolean; text: string }> {
  const lines: string[] = [];
  const ok = await playTour({} as Demo, (line) => lines.push(line), steps);
  return { ok, text: lines.join('\n') };
}

describe('the tour', () => {
  test('is good when every step did what it shows', async () => {
    const { ok, text } = await play(good, good);
    expect(ok).toBe(true);
    expect(text).toContain('1/2  good');
    expect(text).toContain('Tour: all 2 steps did what they show.');
  });

  test.each([
    ['a claim does not hold', step('bad', async (_, report) => report.check('one is two', false, '1'))],
    ['a step breaks', step('bad', () => Promise.reject(new Error('no connection')))],
    ['a step checks nothing', step('bad', async (_, report) => report.show('all is well'))],
    [
      'one of two claims does not hold',
      step('bad', async (_, report) => {
        report.check('one is two', false, '1');
        report.check('one is one', true, '1');
      }),
    ],
  ])('is not when %s, and goes on to the end', async (_, bad) => {
    const { ok, text } = await play(bad, good);
    expect(ok).toBe(false);
    expect(text).toContain('2/2  good');
    expect(text).toContain('Tour: 1 of 2 steps did not do what they show: bad');
  });
});
