/** Exit codes of every command (CONTRACT section 2). */
export const EXIT_DONE = 0;
/** The answer is no: refused, not found, not clean, not reachable. */
export const EXIT_NO = 1;
/** The usage or a file is wrong. */
export const EXIT_WRONG = 2;

/** Ends a command with a message on stderr. Lines are shown as they are, without a prefix where there are several. */
export class CommandFailed extends Error {
  readonly exitCode: typeof EXIT_NO | typeof EXIT_WRONG;
  readonly lines: readonly string[];

  constructor(exitCode: typeof EXIT_NO | typeof EXIT_WRONG, ...lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'CommandFailed';
    this.exitCode = exitCode;
    this.lines = lines;
  }
}
