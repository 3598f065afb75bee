/** What waits for a position of the log to be on stable storage. */
interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One fsync for all who wait. While one runs, newcomers gather; the next begins when it ends and covers all of them.
 * Positions count bytes since the log was opened.
 */
export class GroupCommit {
  readonly #sync: () => Promise<void>;
  readonly #written: () => number;
  readonly #onSynced: () => void;
  readonly #onFailure: (cause: unknown) => Error;
  #durable = 0;
  #running: Promise<void> | null = null;
  #again = false;
  #waiters: Waiter[] = [];
  #failure: Error | null = null;

  /**
   * @param sync puts everything written so far on stable storage.
   * @param written the position behind the last byte that write(2) took.
   * @param onSynced runs after each sync, before the next may begin.
   * @param onFailure told what `sync` or `onSynced` threw; returns the error that all who wait are given.
   */
  constructor(options: {
    readonly sync: () => Promise<void>;
    readonly written: () => number;
    readonly onSynced: () => void;
    readonly onFailure: (cause: unknown) => Error;
  }) {
    this.#sync = options.sync;
    this.#written = options.written;
    this.#onSynced = options.onSynced;
    this.#onFailure = options.onFailure;
  }

  /** Resolves when everything written so far is durable; at once when it is already. */
  wait(): Promise<void> {
    const position = this.#written();
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (position <= this.#durable) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ position, resolve, reject });
      this.request();
    });
  }

  /** Begins a sync unless nothing is new; while one runs, the next begins when it ends. */
  request(): void {
    if (this.#failure !== null || this.#written() <= this.#durable) return;
    if (this.#running === null) this.#running = this.#run();
    else this.#again = true;
  }

  /** The sync that runs now, or null. Settles when that one ends; another may have begun by then. */
  get running(): Promise<void> | null {
    return this.#running;
  }

  /** Everything written so far became durable by other means. */
  settle(): void {
    this.#durable = this.#written();
    this.#release(this.#durable);
  }

  /** Rejects all who wait, now and later. */
  fail(error: Error): void {
    this.#failure ??= error;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#failure);
  }

  async #run(): Promise<void> {
    const target = this.#written();
    try {
      await this.#sync();
      this.#durable = Math.max(this.#durable, target);
      this.#release(target);
      this.#onSynced();
    } catch (error) {
      this.fail(this.#onFailure(error));
    }
    this.#running = null;
    const again = this.#again || this.#waiters.length > 0;
    this.#again = false;
    if (again) this.request();
  }

  #release(position: number): void {
    const ready = this.#waiters.filter((waiter) => waiter.position <= position);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.position > position);
    for (const waiter of ready) waiter.resolve();
  }
}
