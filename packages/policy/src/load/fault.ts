/** What is wrong with a policy file, and where. Lines and columns count from 1. */
export interface PolicyFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A place in a policy file. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Collects every fault, so that a file is corrected in one go. */
export class FaultList {
  readonly #faults = new Map<string, PolicyFault>();

  /** Records a fault; the same words at the same place count once. */
  add(at: Position, message: string): void {
    this.#faults.set(`${at.file}\0${at.line}\0${at.column}\0${message}`, { ...at, message });
  }

  get size(): number {
    return this.#faults.size;
  }

  /** By file, line, column and message. */
  sorted(): readonly PolicyFault[] {
    return [...this.#faults.values()].sort(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.message, b.message),
    );
  }
}

/** By code unit, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
