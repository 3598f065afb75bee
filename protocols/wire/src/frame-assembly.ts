/**
 * The one frame that is spread over chunks. Its buffer grows with the bytes that arrive and never with the length that
 * a peer announces; it is new for each frame, so that a frame handed out is never overwritten.
 */
export class FrameAssembly {
  #buffer: Buffer = EMPTY;
  /** Bytes collected so far. */
  length = 0;

  /** Begins a new frame; the buffer of the last one stays with whoever has it. */
  begin(): void {
    this.#buffer = EMPTY;
    this.length = 0;
  }

  /** Appends `source[start, end)`. `total` is the length of the whole frame, or of its header while that is all we know. */
  append(source: Buffer, start: number, end: number, total: number): void {
    const needed = this.length + end - start;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(total, Math.max(needed, this.#buffer.length * 2)));
      this.#buffer.copy(grown, 0, 0, this.length);
      this.#buffer = grown;
    }
    source.copy(this.#buffer, this.length, start, end);
    this.length = needed;
  }

  /** What is collected; its bytes are those of the frame and no others once the frame is complete. */
  get buffer(): Buffer {
    return this.#buffer;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
