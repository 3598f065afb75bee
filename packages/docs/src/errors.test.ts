import { readFileSync } from 'node:fs';
import { ERRORS } from '@bailiwick/domain';
import { expect, test } from 'vitest';

/** Cells of every table row that begins with a code. */
function documented(): readonly (readonly string[])[] {
  const page = readFileSync(new URL('../errors.md', import.meta.url), 'utf8');
  return page.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return cells[1]?.startsWith('`') ? [cells.slice(1, -1)] : [];
  });
}

test('every error is on the page, as the code has it, and nothing else is', () => {
  const onPage = documented().map(([code, ...cells]) => [code, ...cells.slice(0, 4)]);
  const inCode = Object.entries(ERRORS).map(([code, { sqlState, severity, mysql, meaning }]) => [
    `\`${code}\``,
    sqlState,
    severity,
    `${mysql[0]} (${mysql[1]})`,
    meaning,
  ]);
  const sorted = (rows: readonly (readonly (string | undefined)[])[]): string[] =>
    rows.map((cells) => cells.join(' | ')).sort();
  expect(sorted(onPage)).toEqual(sorted(inCode));
});

test('every error says what to do', () => {
  for (const cells of documented()) expect(cells[5], cells[0]).toMatch(/\w{4,}.*\.$/);
});
