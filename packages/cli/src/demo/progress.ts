/** A stream that may be a terminal: standard error, say. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_WIDTH = 24;

/**
 * Shows what a long start is doing: on a terminal one line a task with a bar that moves, elsewhere one line a task.
 * Call `done` before anything else is written.
 */
export class ProgressLines {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #task: string | null = null;
  #startedAt = 0;

  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  /** `fraction` is from 0 to 1; absent where nobody knows. */
  update(task: string, fraction?: number): void {
    if (task !== this.#task) {
      this.done();
      this.#task = task;
      this.#startedAt = this.#now();
      if (this.#stream.isTTY !== true) this.#stream.write(`${task} …\n`);
    }
    if (this.#stream.isTTY === true)
      this.#stream.write(`\r\x1b[K${task} ${fraction === undefined ? '…' : bar(fraction)}`);
  }

  /** Ends the line of the present task. */
  done(): void {
    if (this.#task !== null && this.#stream.isTTY === true) {
      const seconds = ((this.#now() - this.#startedAt) / 1000).toFixed(1);
      this.#stream.write(`\r\x1b[K${this.#task}: ${seconds} s\n`);
    }
    this.#task = null;
  }
}

function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`;
}
