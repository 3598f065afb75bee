/**
 * Received chunks that are not consumed yet, in order. Holds each chunk until its last byte is taken and no longer.
 * Never copies and never changes a chunk.
 */
export class ChunkQueue {
  #chunks: Buffer[] = [];
  #head = 0;
  /** The first chunk that has bytes left; empty when none has. */
  current: Buffer = EMPTY;
  /** Where the unconsumed bytes of `current` begin. */
  position = 0;

  /** Takes ownership of `chunk` until it is consumed. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.position === this.current.length) {
      this.current = chunk;
      this.position = 0;
    } else this.#chunks.push(chunk);
  }

  /** Bytes left in the current chunk; 0: nothing is left at all. */
  get available(): number {
    return this.current.length - this.position;
  }

  /** Consumes `length` bytes of the current chunk; at its end the next one becomes current. */
  consume(length: number): void {
    this.position += length;
    if (this.position < this.current.length) return;
    this.current = this.#shift();
    this.position = 0;
  }

  #shift(): Buffer {
    const next = this.#chunks[this.#head];
    if (next === undefined) return EMPTY;
    this.#chunks[this.#head] = EMPTY;
    this.#head += 1;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#chunks.length) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
    return next;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
