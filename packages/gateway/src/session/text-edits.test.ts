import { describe, expect, test } from 'vitest';
import { applyEdits, placeBefore } from './text-edits.ts';

const SQL = "EXPLAIN SELECT '😀ü', nope; EXPLAIN SELECT nada";
const at = (word: string): number => Buffer.byteLength(SQL.slice(0, SQL.indexOf(word)));
const EDITS = [
  { start: at('SELECT nada'), end: at('SELECT nada'), text: '(COSTS OFF) ' },
  { start: 0, end: 7, text: 'EXPLAIN (COSTS OFF)' },
];

/** As the server counts. */
const placeOf = (text: string, word: string): number => [...text.slice(0, text.indexOf(word))].length + 1;

describe('edits of a text', () => {
  test('are made at their bytes', () => {
    expect(applyEdits(SQL, EDITS)).toBe("EXPLAIN (COSTS OFF) SELECT '😀ü', nope; EXPLAIN (COSTS OFF) SELECT nada");
    expect(applyEdits(SQL, [])).toBe(SQL);
  });

  test.each(['nope', 'nada', "'😀ü'"])('the place of %s is told as in the text that was sent', (word) => {
    expect(placeBefore(SQL, EDITS, placeOf(applyEdits(SQL, EDITS), word))).toBe(placeOf(SQL, word));
  });

  test('a place within what was put in is the start of what it replaced', () => {
    expect(placeBefore(SQL, EDITS, 12)).toBe(1);
  });
});
