import { setTimeout as delay } from 'node:timers/promises';
import { encodeQuery } from '@bailiwick/postgres';
import { type Address, connectSocket } from './load-client.ts';

/** How often a slow reader takes its share of a second. */
const STEP_MS = 50;

/** A client that asks for more than it reads: `bytesPerSecond` of the answer, then it goes. */
export class SlowReader {
  readonly #socket: Awaited<ReturnType<typeof connectSocket>>;
  /** What has been read of the answer. */
  bytes = 0;

  private constructor(socket: Awaited<ReturnType<typeof connectSocket>>) {
    this.#socket = socket;
    socket.pause();
  }

  /** Connects and asks. */
  static async ask(address: Address, sql: string): Promise<SlowReader> {
    const reader = new SlowReader(await connectSocket(address));
    reader.#socket.write(encodeQuery({ sql }));
    return reader;
  }

  /** Reads for so long, at an even pace. Rejects when the connection ends. */
  async read(bytesPerSecond: number, forMs: number): Promise<void> {
    const began = performance.now();
    for (let elapsed = 0; elapsed < forMs; elapsed = performance.now() - began) {
      const due = Math.floor((bytesPerSecond * elapsed) / 1000);
      while (this.bytes < due) {
        const length = Math.min(due - this.bytes, this.#socket.readableLength);
        const chunk = length > 0 ? (this.#socket.read(length) as Buffer | null) : null;
        if (chunk === null) {
          if (this.#socket.destroyed || this.#socket.readableEnded) throw new Error('the connection ended');
          // Nothing is there yet: this makes the socket look for more by the next step.
          this.#socket.read(0);
          break;
        }
        this.bytes += chunk.length;
      }
      await delay(STEP_MS);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
