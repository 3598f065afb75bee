import { describe, expect, test } from 'vitest';
import { StepReport } from './step-report.ts';

function report(play: (report: StepReport) => void): { text: string; held: boolean } {
  const lines: string[] = [];
  const made = new StepReport((line) => lines.push(line));
  play(made);
  return { text: lines.join('\n'), held: made.held };
}

describe('the report of a step', () => {
  test('holds only when something was checked and everything held', () => {
    expect(report(() => {}).held).toBe(false);
    expect(report((step) => step.check('a', true, 'x')).held).toBe(true);
    const mixed = report((step) => {
      step.check('a', false, 'x');
      step.check('b', true, '');
    });
    expect(mixed).toEqual({ held: false, text: '    ✗ a (x)\n    ✓ b' });
    expect(report((step) => step.broke(new Error('no database'))).held).toBe(false);
  });

  test('obeys no control sequence that came from data', () => {
    const { text } = report((step) => {
      step.show('\x1b[2Jgone\u202e');
      step.table([{ name: 'a\x1b]0;title\x07\nb' }]);
    });
    expect(text).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u);
  });

  test('prints rows as columns, dates as days', () => {
    const { text } = report((step) => step.table([{ id: 7, born: new Date(2001, 0, 1), note: null }]));
    expect(text).toBe('      id  born        note\n      7   2001-01-01');
  });
});
