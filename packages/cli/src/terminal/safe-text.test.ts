import { expect, test } from 'vitest';
import { safeText } from './safe-text.ts';
import { table } from './table.ts';

test.each([
  ['\u001b[2J\u001b]0;title\u0007', '\\x1b[2J\\x1b]0;title\\x07'],
  ['\u009b31m', '\\x9b31m'],
  ['a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['\u202etxt.exe\u202c', '\\u{202e}txt.exe\\u{202c}'],
  ['\u200bzero\u2028line', '\\u{200b}zero\\u{2028}line'],
  ['\u0000\u007f\ud800', '\\x00\\x7f\\u{d800}'],
  ['Grüße, 東京 👋', 'Grüße, 東京 👋'],
])('%j is shown as %j', (text, shown) => {
  expect(safeText(text)).toBe(shown);
});

test('SQL keeps its lines, and nothing else', () => {
  expect(safeText('SELECT 1\n\t-- \u001b[0m\r\n', 'many lines')).toBe('SELECT 1\n    -- \\x1b[0m\\r\n');
});

test('a table is aligned, and its cells cannot leave their places', () => {
  expect(
    table(
      ['a', 'long'],
      [
        ['1\n2', null],
        ['x', 'y'],
      ],
    ),
  ).toBe([' a    | long', '------+------', ' 1\\n2 |', ' x    | y'].join('\n'));
});
