import { FrameAssembly } from './frame-assembly.ts';
import { ProtocolError } from './protocol-error.ts';

/** Longest body of a packet before authentication: MAX_STARTUP_PACKET_LENGTH of PostgreSQL's libpq/pqcomm.h. */
export const STARTUP_BODY_LENGTH_MAX = 10_000;

const LENGTH_FIELD = 4;
/** A startup packet holds at least its version or request code. */
const BODY_LENGTH_MIN = 4;

/**
 * Cuts off one packet of the startup phase, which has no type byte: a length that counts itself, and a body. Strictly
 * one at a time, because what follows may be of another kind (TLS, or frames with a type): `rest()` hands back the bytes
 * behind the packet, untouched. Throws a `ProtocolError` as soon as the length field is there and out of bounds.
 */
export class StartupDecoder {
  readonly #assembly = new FrameAssembly();
  #tail: Buffer[] = [];
  #complete = false;
  #failure: ProtocolError | null = null;

  /** Appends what arrived; copied, so that the chunk is the caller's again unless it holds bytes of `rest()`. */
  push(chunk: Buffer): void {
    if (this.#failure !== null) throw this.#failure;
    let at = 0;
    while (!this.#complete && at < chunk.length) {
      const total = this.#total();
      const taken = Math.min(total - this.#assembly.length, chunk.length - at);
      this.#assembly.append(chunk, at, at + taken, total);
      at += taken;
      this.#complete = this.#assembly.length >= LENGTH_FIELD && this.#assembly.length === this.#total();
    }
    if (at < chunk.length) this.#tail.push(chunk.subarray(at));
  }

  /** The packet's body (the bytes after the length field) once it is complete, else null. */
  body(): Buffer | null {
    return this.#complete ? this.#assembly.buffer.subarray(LENGTH_FIELD) : null;
  }

  /** The bytes behind the packet, in order; empty when there are none. The decoder is done with them. */
  rest(): Buffer {
    const [only, ...more] = this.#tail;
    this.#tail = [];
    if (only === undefined) return Buffer.alloc(0);
    return more.length === 0 ? only : Buffer.concat([only, ...more]);
  }

  /** Length of the packet, or of its length field while that is all there can be. */
  #total(): number {
    if (this.#assembly.length < LENGTH_FIELD) return LENGTH_FIELD;
    const length = this.#assembly.buffer.readInt32BE(0);
    if (length < LENGTH_FIELD + BODY_LENGTH_MIN) throw this.#fail('the packet is too short');
    if (length > LENGTH_FIELD + STARTUP_BODY_LENGTH_MAX) throw this.#fail('the packet is too long');
    return length;
  }

  #fail(reason: string): ProtocolError {
    this.#failure = new ProtocolError('malformed', 'startup packet', 0, reason);
    return this.#failure;
  }
}
