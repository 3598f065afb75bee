/** Where the tour's lines go; a line has no line end. */
export type PrintLine = (line: string) => void;

const WIDTH_MAX = 100;
const EVIDENCE_LENGTH_MAX = 160;
/** Control characters, which text from a database may hold and a terminal would obey. */
const CONTROLS = /[\p{Cc}\p{Cf}]+/gu;

/** What one step has shown so far. Everything printed through it is safe for a terminal. */
export class StepReport {
  readonly #print: PrintLine;
  #checks = 0;
  #failures = 0;

  constructor(print: PrintLine) {
    this.#print = print;
  }

  /** A step that has checked nothing has shown nothing. */
  get held(): boolean {
    return this.#checks > 0 && this.#failures === 0;
  }

  /** What somebody does now: `support-agent` and the SQL, or a command. */
  act(who: string, what: string): void {
    this.#print(`    ${who}> ${oneLine(what)}`);
  }

  /** What came back. */
  show(line: string): void {
    this.#print(`      ${oneLine(line)}`);
  }

  /** Rows as columns. */
  table(rows: readonly Readonly<Record<string, unknown>>[]): void {
    for (const line of tableLines(rows)) this.#print(`      ${line}`);
  }

  /** A claim, whether it is true, and the evidence. */
  check(claim: string, holds: boolean, evidence: string): void {
    this.#checks += 1;
    if (!holds) this.#failures += 1;
    this.#print(
      `    ${holds ? '✓' : '✗'} ${oneLine(claim)}${evidence === '' ? '' : ` (${clip(oneLine(evidence), EVIDENCE_LENGTH_MAX)})`}`,
    );
  }

  /** The step could not be played to its end. */
  broke(error: unknown): void {
    this.check('the step runs to its end', false, error instanceof Error ? error.message : 'it did not');
  }
}

const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').replace(CONTROLS, '').trimEnd();

/** Lines of a table: a heading, then a line a row. */
function tableLines(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const names = Object.keys(rows[0] ?? {});
  const cells = [names, ...rows.map((row) => names.map((name) => cellText(row[name])))].map((line) =>
    line.map(oneLine),
  );
  const widths = names.map((_, column) => Math.min(28, Math.max(...cells.map((line) => line[column]?.length ?? 0))));
  return cells.map((line) =>
    line
      .map((cell, column) => clip(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
      .join('  ')
      .slice(0, WIDTH_MAX)
      .trimEnd(),
  );
}

const clip = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  // node-postgres reads a date as local midnight.
  if (value instanceof Date) {
    return `${value.getFullYear()}-${String(value.getMonth() + 1).padStart(2, '0')}-${String(value.getDate()).padStart(2, '0')}`;
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
