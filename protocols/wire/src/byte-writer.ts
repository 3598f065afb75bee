import { ProtocolError } from './protocol-error.ts';

/** Largest value of a signed 32-bit length field; what is longer would wrap and become messages of its own. */
export const FRAME_LENGTH_MAX: number = 2 ** 31 - 1;

/**
 * Builds one frame. Grows as needed, patches the length field at the end, and refuses what the wire cannot say: a
 * number that does not fit, text with a zero byte in it, a frame over the bound. Each failure is a `ProtocolError`.
 */
export class ByteWriter {
  readonly #messageName: string;
  readonly #lengthAt: number;
  readonly #lengthMax: number;
  #buffer: Buffer;
  #position: number;

  /**
   * @param type the frame's type byte, or null for frames that have none.
   * @param lengthMax bound of the length field, which counts itself and the body.
   */
  constructor(messageName: string, type: number | null, lengthMax: number = FRAME_LENGTH_MAX) {
    this.#messageName = messageName;
    this.#lengthMax = Math.min(lengthMax, FRAME_LENGTH_MAX);
    this.#buffer = Buffer.allocUnsafe(128);
    this.#lengthAt = type === null ? 0 : 1;
    if (type !== null) this.#buffer[0] = type;
    this.#position = this.#lengthAt + 4;
  }

  int8(value: number): this {
    const checked = this.#fit(value, -0x80, 0x7f);
    const at = this.#grow(1);
    this.#buffer.writeInt8(checked, at);
    return this;
  }

  uint8(value: number): this {
    const checked = this.#fit(value, 0, 0xff);
    const at = this.#grow(1);
    this.#buffer.writeUInt8(checked, at);
    return this;
  }

  int16(value: number): this {
    const checked = this.#fit(value, -0x8000, 0x7fff);
    const at = this.#grow(2);
    this.#buffer.writeInt16BE(checked, at);
    return this;
  }

  uint16(value: number): this {
    const checked = this.#fit(value, 0, 0xffff);
    const at = this.#grow(2);
    this.#buffer.writeUInt16BE(checked, at);
    return this;
  }

  int32(value: number): this {
    const checked = this.#fit(value, -0x80000000, 0x7fffffff);
    const at = this.#grow(4);
    this.#buffer.writeInt32BE(checked, at);
    return this;
  }

  uint32(value: number): this {
    const checked = this.#fit(value, 0, 0xffffffff);
    const at = this.#grow(4);
    this.#buffer.writeUInt32BE(checked, at);
    return this;
  }

  /** Text in UTF-8 and a zero byte. Text that holds a zero byte or half a surrogate pair would arrive as another one. */
  cstring(text: string): this {
    if (text.includes('\0')) throw this.#fault('malformed', 'text holds a zero byte');
    if (/\p{Surrogate}/u.test(text)) throw this.#fault('malformed', 'text is not well-formed Unicode');
    const length = Buffer.byteLength(text, 'utf8');
    const at = this.#grow(length + 1);
    this.#buffer.write(text, at, length, 'utf8');
    this.#buffer[at + length] = 0;
    return this;
  }

  /** The bytes as they are; copied. */
  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  /** A 32-bit length and the bytes; null is written as length -1 and nothing. */
  sized(bytes: Uint8Array | null): this {
    if (bytes === null) return this.int32(-1);
    this.int32(bytes.length);
    return this.bytes(bytes);
  }

  /** The whole frame with its length field set. The caller owns it; the writer must not be used again. */
  finish(): Buffer {
    this.#buffer.writeInt32BE(this.#position - this.#lengthAt, this.#lengthAt);
    return this.#buffer.subarray(0, this.#position);
  }

  #fit(value: number, min: number, max: number): number {
    if (!Number.isInteger(value)) throw this.#fault('malformed', 'a field is not an integer');
    if (value < min || value > max) throw this.#fault('too-large', 'a number does not fit its field');
    return value;
  }

  /** Makes room and returns where; replaces `#buffer`, so it is called before that is looked at. */
  #grow(bytes: number): number {
    const at = this.#position;
    const needed = at + bytes;
    if (needed - this.#lengthAt > this.#lengthMax) throw this.#fault('too-large', 'the frame is over its bound');
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.min(Math.max(needed, this.#buffer.length * 2), this.#lengthMax + 1));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#position = needed;
    return at;
  }

  #fault(code: 'malformed' | 'too-large', reason: string): ProtocolError {
    return new ProtocolError(code, this.#messageName, this.#position - this.#lengthAt - 4, reason);
  }
}
