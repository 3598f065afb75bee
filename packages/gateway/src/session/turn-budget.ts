import type { Socket } from 'node:net';

/** What one connection may carry before the others have their turn: one full read of Node's. */
const TURN_BYTES = 64 * 1024;

/**
 * Fairness and back-pressure for one socket's reading: after a full read the socket waits for the next round of the event
 * loop (libuv would read a busy one up to 32 times in a row), and it waits as long as `mayRead` says no.
 */
export class TurnBudget {
  readonly #socket: Socket;
  readonly #mayRead: () => boolean;
  #spent = 0;
  #scheduled = false;
  #blocked = false;

  constructor(socket: Socket, mayRead: () => boolean) {
    this.#socket = socket;
    this.#mayRead = mayRead;
  }

  /** The socket has delivered this much. */
  spend(bytes: number): void {
    this.#spent += bytes;
    if (!this.#mayRead()) {
      this.#blocked = true;
      this.#socket.pause();
    } else if (this.#spent >= TURN_BYTES) this.#socket.pause();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#spent = 0;
      if (!this.#blocked) this.#socket.resume();
    });
  }

  /** Something that blocked reading may have gone away. */
  resume(): void {
    if (!this.#blocked || !this.#mayRead()) return;
    this.#blocked = false;
    this.#socket.resume();
  }
}
