import type { FrameRun } from '@bailiwick/audit';
import { OutputBuffer } from '@bailiwick/postgres';
import { ByteRuns } from './delivery.ts';

const HEADER_LENGTH = 5;

/** What one turn of client frames becomes: the bytes for the upstream, and the record of both sides. */
export class ClientTurn {
  readonly #received = new ByteRuns();
  readonly #outgoing = new ByteRuns();
  readonly #headers = new OutputBuffer(1024);
  #changed = false;
  #empty = true;

  get empty(): boolean {
    return this.#empty;
  }

  /** The client sent this frame, whatever becomes of it. */
  receive(buffer: Buffer, start: number, end: number): void {
    this.#empty = false;
    this.#headers.copy(buffer, start, start + HEADER_LENGTH);
    this.#received.add(buffer, start, end);
  }

  /** The frame received last goes upstream as it is; where it had to wait, in another turn than it came with. */
  relay(buffer: Buffer, start: number, end: number): void {
    if (this.#empty) this.#changed = true;
    this.#empty = false;
    this.#outgoing.add(buffer, start, end);
  }

  /** These frames go upstream; whoever sends in place of a client's frame calls `replace` too, or only this. */
  send(frames: Buffer): void {
    this.#changed = true;
    this.#empty = false;
    this.#outgoing.add(frames, 0, frames.length);
  }

  /** The frame received last does not go upstream. */
  withhold(): void {
    this.#changed = true;
  }

  /** Everything since the last call: the run for the record, and the bytes to write. */
  take(): { readonly run: FrameRun; readonly outgoing: readonly Buffer[] } {
    const outgoing = this.#outgoing.take();
    const run: FrameRun = {
      from: 'client',
      headers: this.#headers.take(),
      clientSide: this.#received.take(),
      upstreamSide: this.#changed ? outgoing : null,
      recorded: null,
    };
    this.#changed = false;
    this.#empty = true;
    return { run, outgoing };
  }
}
