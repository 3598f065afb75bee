import { safeText } from './safe-text.ts';

/** Widest cell that a table shows in full. */
const CELL_WIDTH_MAX = 200;

/** Columns under headings, as psql prints them. Cells are made safe; a null cell is empty. */
export function table(headings: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => clip(safeText(cell ?? ''))));
  const titles = headings.map((heading) => clip(safeText(heading)));
  const widths = titles.map((title, column) =>
    cells.reduce((width, row) => Math.max(width, widthOf(row[column] ?? '')), widthOf(title)),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => ` ${(row[column] ?? '').padEnd(width)} `)
      .join('|')
      .trimEnd();
  return [line(titles), widths.map((width) => '-'.repeat(width + 2)).join('+'), ...cells.map(line)].join('\n');
}

const widthOf = (text: string): number => text.length;

function clip(text: string): string {
  return text.length <= CELL_WIDTH_MAX ? text : `${text.slice(0, CELL_WIDTH_MAX - 1)}…`;
}
