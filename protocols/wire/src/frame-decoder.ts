import { ChunkQueue } from './chunk-queue.ts';
import { FrameAssembly } from './frame-assembly.ts';
import { ProtocolError } from './protocol-error.ts';

/** A type byte and a 32-bit length that counts itself and the body. */
export const FRAME_HEADER_LENGTH = 5;

export interface FrameDecoderOptions {
  /** Longest body that a type may have, in bytes; -1: there is no such type. Asked once per frame. */
  readonly bodyLengthMax: (type: number) => number;
  /**
   * Longest body that the protocol itself allows a type, where `bodyLengthMax` may be less: a longer one is `malformed`
   * and not merely `too-large`. Absent: there is no such difference.
   */
  readonly legalBodyLengthMax?: (type: number) => number;
  /** The type's name for errors. */
  readonly messageName?: (type: number) => string;
}

/**
 * Cuts a stream of chunks into frames of type byte, length and body, as PostgreSQL has them after startup. Pull style:
 * push what arrived, then call `next()` until it is false. `type`, `buffer`, `start` and `end` describe the current
 * frame after `next()` was true, until it is called again.
 *
 * A frame that lies wholly in one chunk is exposed in place, so that neighbours can be relayed with one write; one that
 * is spread over chunks is put together in a buffer of its own. The decoder never writes to bytes that it has exposed.
 *
 * `next()` throws a `ProtocolError` as soon as a header is there that is not acceptable (offset: of the frame in the
 * stream). After that the stream has no frames any more: each further call throws the same error.
 */
export class FrameDecoder {
  readonly #bodyLengthMax: (type: number) => number;
  readonly #legalBodyLengthMax: (type: number) => number;
  readonly #messageName: (type: number) => string;
  readonly #queue = new ChunkQueue();
  readonly #assembly = new FrameAssembly();
  #type = -1;
  #buffer: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  #pushed = 0;
  #decoded = 0;
  #failure: ProtocolError | null = null;

  constructor(options: FrameDecoderOptions) {
    this.#bodyLengthMax = options.bodyLengthMax;
    this.#legalBodyLengthMax = options.legalBodyLengthMax ?? (() => Number.POSITIVE_INFINITY);
    this.#messageName = options.messageName ?? ((type) => `type 0x${type.toString(16).padStart(2, '0')}`);
  }

  /** Type byte of the current frame; -1 when there is none. */
  get type(): number {
    return this.#type;
  }

  /** The bytes that hold the current frame, and perhaps its neighbours. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Where the current frame's header begins; its body begins `FRAME_HEADER_LENGTH` later. */
  get start(): number {
    return this.#start;
  }

  /** Where the current frame ends. */
  get end(): number {
    return this.#end;
  }

  /** Bytes pushed that were not handed out as frames yet. */
  get bufferedBytes(): number {
    return this.#pushed - this.#decoded;
  }

  /** Takes ownership of `chunk`: it must not change until its last frame is dealt with. */
  push(chunk: Buffer): void {
    this.#pushed += chunk.length;
    this.#queue.push(chunk);
  }

  /** Advances to the next complete frame; false: more bytes are needed, and there is no current frame. */
  next(): boolean {
    if (this.#failure !== null) throw this.#failure;
    return this.#assembly.length > 0 ? this.#nextAssembled() : this.#nextInPlace();
  }

  #nextInPlace(): boolean {
    const queue = this.#queue;
    const available = queue.available;
    const chunk = queue.current;
    const at = queue.position;
    if (available < FRAME_HEADER_LENGTH) return available > 0 ? this.#nextAssembled() : this.#none();
    const length = this.#frameLength(chunk, at);
    if (available < length) return this.#nextAssembled();
    queue.consume(length);
    return this.#expose(chunk, at, at + length);
  }

  /** Collects from the queue until the frame is complete or the queue is empty. */
  #nextAssembled(): boolean {
    const assembly = this.#assembly;
    const queue = this.#queue;
    let total = assembly.length < FRAME_HEADER_LENGTH ? FRAME_HEADER_LENGTH : this.#frameLength(assembly.buffer, 0);
    while (queue.available > 0) {
      const taken = Math.min(total - assembly.length, queue.available);
      assembly.append(queue.current, queue.position, queue.position + taken, total);
      queue.consume(taken);
      if (assembly.length < total) continue;
      total = this.#frameLength(assembly.buffer, 0);
      if (assembly.length < total) continue;
      const frame = assembly.buffer;
      assembly.begin();
      return this.#expose(frame, 0, total);
    }
    return this.#none();
  }

  #frameLength(buffer: Buffer, at: number): number {
    // By shifts, at half the cost of readInt32BE: all callers have the five bytes.
    const length =
      ((buffer[at + 1] ?? 0) << 24) |
      ((buffer[at + 2] ?? 0) << 16) |
      ((buffer[at + 3] ?? 0) << 8) |
      (buffer[at + 4] ?? 0);
    const type = buffer[at] ?? 0;
    const max = this.#bodyLengthMax(type);
    if (max < 0) throw this.#fail('unknown-message', type, 'there is no message of this type');
    if (length < 4) throw this.#fail('malformed', type, 'the length field is less than its own length');
    if (length - 4 > max) throw this.#tooLong(type, length - 4);
    return length + 1;
  }

  #tooLong(type: number, bodyLength: number): ProtocolError {
    return bodyLength > this.#legalBodyLengthMax(type)
      ? this.#fail('malformed', type, 'no message of this type is so long')
      : this.#fail('too-large', type, 'the body is over its bound');
  }

  #fail(code: 'malformed' | 'too-large' | 'unknown-message', type: number, reason: string): ProtocolError {
    this.#none();
    this.#failure = new ProtocolError(code, this.#messageName(type), this.#decoded, reason);
    return this.#failure;
  }

  #expose(buffer: Buffer, start: number, end: number): true {
    this.#type = buffer[start] ?? -1;
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
    this.#decoded += end - start;
    return true;
  }

  #none(): false {
    this.#type = -1;
    this.#buffer = EMPTY;
    this.#start = 0;
    this.#end = 0;
    return false;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
