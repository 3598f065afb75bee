import type { Clock } from '@bailiwick/domain';

/** Ends statements that are meant to exhaust (SEMANTICS 39): the database is asked to cancel what takes too long. */
export class StatementTimer {
  readonly #clock: Clock;
  /** 0: no limit. */
  readonly #limitMs: number;
  readonly #onLate: () => void;
  #stop: (() => void) | null = null;

  constructor(clock: Clock, limitMs: number, onLate: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onLate = onLate;
  }

  /** Something was sent upstream; a statement that is already being timed goes on being timed. */
  sent(): void {
    if (this.#limitMs > 0) this.#stop ??= this.#clock.after(this.#limitMs, () => this.#late());
  }

  /** A statement has ended. @param more whether others wait behind it. */
  ended(more: boolean): void {
    this.#stop?.();
    this.#stop = null;
    if (more) this.sent();
  }

  #late(): void {
    this.#stop = null;
    this.#onLate();
  }
}
