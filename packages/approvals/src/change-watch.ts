import type { Clock } from '@bailiwick/domain';

/** How often the file is looked at for what other processes changed. */
export const POLL_MS = 500;

type Listener = (id: string) => void;

/** Tells listeners of changes: at once of those made here, by polling of others'. Polls only while somebody listens. */
export class ChangeWatch {
  readonly #clock: Clock;
  readonly #poll: () => void;
  readonly #listeners = new Set<Listener>();
  #cancelTimer: () => void = () => {};

  /** @param poll is called each `POLL_MS`, and must call `tell` for what it finds. */
  constructor(clock: Clock, poll: () => void) {
    this.#clock = clock;
    this.#poll = poll;
  }

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  /** @returns a function that ends it. */
  add(listener: Listener): () => void {
    // Each call is a subscription of its own, also for the same function.
    const own: Listener = (id) => listener(id);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#schedule();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#cancelTimer();
    };
  }

  tell(id: string): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(id);
      } catch {
        // A listener's fault is its own session's; the others must hear all the same.
      }
    }
  }

  close(): void {
    this.#listeners.clear();
    this.#cancelTimer();
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.after(POLL_MS, () => {
      try {
        this.#poll();
      } catch {
        // The file is busy or gone. Whoever decides or runs anything is told by that; the next poll tries again.
      }
      if (this.watched) this.#schedule();
    });
  }
}
