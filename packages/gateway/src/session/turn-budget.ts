import type { Socket } from 'node:net';

/** What one connection may carry before the others have their turn: one full read of Node's. */
const TURN_BYTES = 64 * 1024;

/**
 * Fairness and back-pressure for one socket's reading: after a full read the socket waits for the next round of the event
 * loop (libuv would read a busy one up to 32 times in a row), and it waits as long as `mayRead` says no.
 */
export class TurnBudget {
  readonly #socket: Pick<Socket, 'pause' | 'resume'>;
  readonly #mayRead: () => boolean;
  #spent = 0;
  #scheduled = false;
  #blocked = false;

  constructor(socket: Pick<Socket, 'pause' | 'resume'>, mayRead: () => boolean) {
    this.#socket = socket;
    this.#mayRead = mayRead;
  }

  /** The socket has delivered this much. */
  spend(bytes: number): void {
    this.#spent += bytes;
    this.check();
    if (this.#spent >= TURN_BYTES) this.#socket.pause();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#spent = 0;
      if (!this.#blocked) this.#socket.resume();
    });
  }

  /** What `mayRead` looks at has changed: reading stops or goes on accordingly. */
  check(): void {
    if (!this.#mayRead()) {
      this.#blocked = true;
      this.#socket.pause();
    } else if (this.#blocked) {
      this.#blocked = false;
      if (this.#spent < TURN_BYTES) this.#socket.resume();
    }
  }
}
