import type { Hold } from './hold.ts';

/** Which statement of the session is waiting for a reviewer, if any: at most one, because frames are treated in order. */
export class Held {
  #hold: Hold | null = null;
  #unheard: (() => void) | null = null;

  get waiting(): boolean {
    return this.#hold !== null;
  }

  begin(hold: Hold): void {
    this.#hold = hold;
    this.#unheard?.();
  }

  /** Nobody may be there any more to wait: `unheard` is called if a hold is there, and when one begins from now on. */
  close(unheard: () => void): void {
    this.#unheard = unheard;
    if (this.waiting) unheard();
  }

  end(): void {
    this.#hold = null;
  }

  /** A CancelRequest for this session. True: it ended a hold, so there is nothing to cancel upstream. */
  cancel(): boolean {
    return this.#hold?.cancel() ?? false;
  }

  /** Nobody waits for the outcome any more: the client has gone, or the server skips to Sync. */
  abandon(): void {
    this.#hold?.abandon();
  }
}
