import { ProtocolError } from '@bailiwick/wire';

const FRAME_LENGTH_MAX = 0x7fffffff;
/** Kept between turns at most; a turn that needed more gives the memory back. */
const KEPT_BYTES_MAX = 1 << 20;

/** Bytes being put together for one turn; reused from turn to turn, so `take` copies. */
export class OutputBuffer {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes = 16_384) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  copy(source: Buffer, start: number, end: number): void {
    const count = end - start;
    if (count <= 0) return;
    this.#reserve(count);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length += count;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length++;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#bytes.writeInt32BE(value, this.#length);
    this.#length += 4;
  }

  /** Sets the length field of the frame that began at `frameStart` and ends here. */
  patchLength(frameStart: number): void {
    const length = this.#length - frameStart - 1;
    if (length > FRAME_LENGTH_MAX)
      throw new ProtocolError('too-large', 'DataRow', 1, 'a rewritten row is over what a length field can say');
    this.#bytes.writeInt32BE(length, frameStart + 1);
  }

  /** Forgets everything from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** What was put together so far, without a copy: valid until the next write to this buffer. */
  view(from: number): Buffer {
    return this.#bytes.subarray(from, this.#length);
  }

  /** A copy that the caller owns; the buffer is empty again. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(16_384);
    return taken;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
