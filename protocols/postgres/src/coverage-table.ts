import { MESSAGE_COVERAGE, type MessageCoverage } from './message-coverage.ts';

/** The lines that the table stands between in README.md. */
export const COVERAGE_BEGIN = '<!-- begin of generated table: node generate/coverage-table.mjs -->';
export const COVERAGE_END = '<!-- end of generated table -->';

const HEAD = ['message', 'from', 'type', 'body, bytes', 'decision', 'codec', 'because'];

/** Numbers with a comma every three digits. */
const grouped = (bytes: number): string => String(bytes).replaceAll(/\B(?=(\d{3})+$)/g, ',');

const lengths = ({ bodyLengthMin: min, bodyLengthMax: max }: MessageCoverage): string =>
  min === max ? grouped(min) : `${grouped(min)} to ${grouped(max)}`;

const cellsOf = (row: MessageCoverage): readonly string[] => [
  row.name,
  row.direction === 'frontend' ? 'client' : 'upstream',
  row.type === null ? 'none' : `\`${row.type}\``,
  lengths(row),
  row.decision,
  `\`${row.file}\``,
  row.because,
];

/** The table of messages as Markdown, aligned. */
export function coverageTable(): string {
  const rows = [HEAD, ...MESSAGE_COVERAGE.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
}

/** The README with the table of today. Throws where the lines that it stands between are missing. */
export function withCoverageTable(readme: string): string {
  const begin = readme.indexOf(COVERAGE_BEGIN);
  const end = readme.indexOf(COVERAGE_END);
  if (begin < 0 || end < begin) throw new Error('README.md has no place for the table of messages');
  return `${readme.slice(0, begin + COVERAGE_BEGIN.length)}\n\n${coverageTable()}\n\n${readme.slice(end)}`;
}
