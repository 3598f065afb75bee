/** A place in a file. Lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a file, and where. */
export interface Fault extends Position {
  readonly message: string;
}

/** `file:line:column: message`. */
export function faultLine({ file, line, column, message }: Fault): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** Collects every fault, so that a file is corrected in one go. Readers go on after a fault with a stand-in value. */
export class FaultList {
  readonly #faults = new Map<string, Fault>();

  add({ file, line, column }: Position, message: string): void {
    const fault = { file, line, column, message };
    this.#faults.set(faultLine(fault), fault);
  }

  /** In the order of the file. */
  get all(): readonly Fault[] {
    return [...this.#faults.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}
