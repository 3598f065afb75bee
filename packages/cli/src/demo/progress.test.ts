import { describe, expect, test } from 'vitest';
import { ProgressLines } from './progress.ts';

function shown(isTTY: boolean, play: (progress: ProgressLines) => void): string {
  let text = '';
  let now = 0;
  const stream = { isTTY, write: (part: string) => (text += part) };
  play(new ProgressLines(stream, () => (now += 500)));
  return text;
}

const play = (progress: ProgressLines): void => {
  progress.update('filling');
  progress.update('filling', 0.5);
  progress.update('starting');
  progress.done();
  progress.done();
};

describe('progress', () => {
  test('is one line a task where it goes to a file', () => {
    expect(shown(false, play)).toBe('filling …\nstarting …\n');
  });

  test('is a bar that becomes the time it took on a terminal', () => {
    const text = shown(true, play);
    expect(text).toContain('filling [############------------]');
    expect(text.split('\n').map((line) => line.split('\x1b[K').at(-1))).toEqual([
      'filling: 0.5 s',
      'starting: 0.5 s',
      '',
    ]);
  });
});
