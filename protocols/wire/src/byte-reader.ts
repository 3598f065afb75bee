import { isUtf8 } from 'node:buffer';
import { ProtocolError, type ProtocolErrorCode } from './protocol-error.ts';

/**
 * Reads one body front to back and checks every step. Integers are big-endian, the byte order of PostgreSQL; readers of
 * another order get names that say so. All failures are `ProtocolError`s whose offset counts from the body's start.
 */
export class ByteReader {
  readonly #buffer: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #messageName: string;
  #position: number;

  /** Reads `buffer[start, end)`, which must lie inside the buffer and stay unchanged while the reader is in use. */
  constructor(buffer: Buffer, start: number, end: number, messageName: string) {
    if (start < 0 || start > end || end > buffer.length) throw new RangeError('a reader outside its buffer');
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
    this.#position = start;
    this.#messageName = messageName;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#position - this.#start;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  /** An error at the present offset, for what only the caller can judge. `reason` is constant words. */
  fault(reason: string, code: ProtocolErrorCode = 'malformed'): ProtocolError {
    return new ProtocolError(code, this.#messageName, this.offset, reason);
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  uint8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  uint16(): number {
    return this.#buffer.readUInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  uint32(): number {
    return this.#buffer.readUInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8));
  }

  uint64(): bigint {
    return this.#buffer.readBigUInt64BE(this.#advance(8));
  }

  /**
   * A 16-bit count of things that take at least `itemBytesMin` each. Unsigned, as the server reads it; a count that the
   * rest of the body cannot hold is malformed, so that nothing is ever allocated for an announced number.
   */
  count16(itemBytesMin: number): number {
    return this.#checkCount(this.uint16(), itemBytesMin);
  }

  /** As `count16`, with 32 signed bits. */
  count32(itemBytesMin: number): number {
    return this.#checkCount(this.int32(), itemBytesMin);
  }

  /** Text that ends with a zero byte, which is read too. Must be UTF-8. */
  cstring(): string {
    const bytes = this.cstringBytes();
    if (!isUtf8(bytes)) throw this.fault('text is not UTF-8');
    return bytes.toString('utf8');
  }

  /** The bytes before a zero byte, which is read too: a view of the body, in no particular encoding. */
  cstringBytes(): Buffer {
    const zero = this.#buffer.indexOf(0, this.#position);
    if (zero < 0 || zero >= this.#end) throw this.fault('text is not terminated');
    const bytes = this.#buffer.subarray(this.#position, zero);
    this.#position = zero + 1;
    return bytes;
  }

  /** The next `length` bytes: a view of the body, not a copy. */
  bytes(length: number): Buffer {
    const at = this.#advance(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** All that remains: a view of the body, not a copy. */
  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** Throws when bytes follow the last field: what nobody looked at may not pass. */
  expectEnd(): void {
    if (this.#position !== this.#end) throw this.fault('bytes follow the last field');
  }

  #advance(length: number): number {
    const at = this.#position;
    if (length < 0) throw this.fault('a length is negative');
    if (length > this.#end - at) throw this.fault('the body ends early');
    this.#position = at + length;
    return at;
  }

  #checkCount(count: number, itemBytesMin: number): number {
    if (count < 0) throw this.fault('a count is negative');
    if (count * itemBytesMin > this.remaining) throw this.fault('a count is larger than the body');
    return count;
  }
}
