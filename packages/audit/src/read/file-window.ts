import { readSync } from 'node:fs';

/** Bytes read ahead: a segment is read in few large pieces, in order. */
const WINDOW_BYTES = 1024 * 1024;

/** Random and sequential access to the first `end` bytes of an open file, through one reused buffer. */
export class FileWindow {
  readonly #descriptor: number;
  /** Bytes of the file that count; later ones are not looked at. */
  readonly end: number;
  #buffer: Buffer;
  #start = 0;
  #filled = 0;

  constructor(descriptor: number, end: number) {
    this.#descriptor = descriptor;
    this.end = end;
    this.#buffer = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, Math.max(end, 1)));
  }

  /** Up to `bytes` bytes from `offset`, fewer only at the end. The view is good until the next call. */
  view(offset: number, bytes: number): Buffer {
    const wanted = Math.max(0, Math.min(bytes, this.end - offset));
    if (offset < this.#start || offset + wanted > this.#start + this.#filled) this.#load(offset, wanted);
    const from = offset - this.#start;
    return this.#buffer.subarray(from, Math.min(from + wanted, this.#filled));
  }

  /** Whether every byte from `offset` to the end is zero, as where a power failure took what was written. */
  zeroFrom(offset: number): boolean {
    for (let at = offset; at < this.end; at += WINDOW_BYTES) {
      if (this.view(at, WINDOW_BYTES).some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  #load(offset: number, wanted: number): void {
    if (wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(wanted);
    const bytes = Math.min(this.#buffer.length, this.end - offset);
    this.#start = offset;
    this.#filled = 0;
    while (this.#filled < bytes) {
      const count = readSync(this.#descriptor, this.#buffer, this.#filled, bytes - this.#filled, offset + this.#filled);
      if (count === 0) break;
      this.#filled += count;
    }
  }
}
