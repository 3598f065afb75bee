import { OutputBuffer } from '@bailiwick/postgres';

const HEADER_LENGTH = 5;

/** Consecutive bytes of received buffers, by reference. */
export class ByteRuns {
  #pieces: Buffer[] = [];
  #buffer: Buffer | null = null;
  #start = 0;
  #end = 0;

  /** Appends a range; one that continues the last range in the same buffer extends it. */
  add(buffer: Buffer, start: number, end: number): void {
    if (buffer === this.#buffer && start === this.#end) {
      this.#end = end;
      return;
    }
    this.#close();
    this.#buffer = buffer;
    this.#start = start;
    this.#end = end;
  }

  /** The bytes in order; the runs are empty again. */
  take(): Buffer[] {
    this.#close();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #close(): void {
    if (this.#buffer !== null) this.#pieces.push(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = null;
  }
}

/** What one turn carries to one side, with what it takes to record it. */
export interface Turn {
  /** What goes out on the other side: one write. Empty: nothing. */
  readonly outgoing: readonly Buffer[];
  /** 5 bytes for each frame on the client's side. */
  readonly headers: Buffer;
  readonly received: readonly Buffer[];
  /** False: `outgoing` holds the same bytes as `received`. */
  readonly changed: boolean;
  /** What the transcript keeps instead of the client's side; null: the same. */
  readonly recorded: Buffer | null;
}

/**
 * Collects one turn's frames from the upstream: those relayed untouched by reference, rewritten ones in a buffer that
 * is used again turn after turn.
 */
export class Delivery {
  readonly #received = new ByteRuns();
  readonly #relayed = new ByteRuns();
  readonly #out = new OutputBuffer();
  readonly #headers = new OutputBuffer(1024);
  readonly #recorded = new OutputBuffer(1024);
  #changed = false;
  #recordsApart = false;

  /** The upstream sent this frame, whatever becomes of it. */
  receive(buffer: Buffer, start: number, end: number): void {
    this.#received.add(buffer, start, end);
  }

  /** Delivers a frame as received. */
  relay(buffer: Buffer, start: number, end: number): void {
    this.#headers.copy(buffer, start, start + HEADER_LENGTH);
    if (this.#recordsApart) this.#recorded.copy(buffer, start, end);
    if (this.#changed) this.#out.copy(buffer, start, end);
    else this.#relayed.add(buffer, start, end);
  }

  /** The frame received last is not for the client. */
  withhold(): void {
    this.#diverge();
  }

  /** Delivers frames of our own. */
  inject(frames: Buffer): void {
    this.#diverge();
    this.#addHeaders(frames);
    if (this.#recordsApart) this.#recorded.copy(frames, 0, frames.length);
    this.#out.copy(frames, 0, frames.length);
  }

  /**
   * Delivers what `write` puts into the buffer: one frame, in place of the one received last.
   * @param recorded writes the transcript's version, where that is another.
   */
  rewrite<T>(write: (out: OutputBuffer) => T, recorded: ((out: OutputBuffer) => void) | null): T {
    this.#diverge();
    const from = this.#out.length;
    const result = write(this.#out);
    this.#headers.copy(this.#out.view(from), 0, HEADER_LENGTH);
    if (recorded !== null) {
      this.#recordApart(from);
      recorded(this.#recorded);
    } else if (this.#recordsApart) {
      const written = this.#out.view(from);
      this.#recorded.copy(written, 0, written.length);
    }
    return result;
  }

  /** Forgets what would have been delivered; what was received stays for the record. */
  abandon(): void {
    this.#diverge();
    this.#out.truncate(0);
    this.#headers.truncate(0);
    this.#recorded.truncate(0);
    this.#recordsApart = false;
  }

  /** Everything since the last call. */
  take(): Turn {
    const outgoing = this.#changed ? this.#takeChanged() : this.#relayed.take();
    const turn: Turn = {
      outgoing,
      headers: this.#headers.take(),
      received: this.#received.take(),
      changed: this.#changed,
      recorded: this.#recordsApart ? this.#recorded.take() : null,
    };
    this.#changed = false;
    this.#recordsApart = false;
    return turn;
  }

  #takeChanged(): Buffer[] {
    return this.#out.length > 0 ? [this.#out.take()] : [];
  }

  #diverge(): void {
    if (this.#changed) return;
    this.#changed = true;
    for (const piece of this.#relayed.take()) this.#out.copy(piece, 0, piece.length);
  }

  /** From here on the record is put together apart; what was delivered so far is in it. */
  #recordApart(upTo: number): void {
    if (this.#recordsApart) return;
    this.#recordsApart = true;
    const sofar = this.#out.view(0).subarray(0, upTo);
    this.#recorded.copy(sofar, 0, sofar.length);
  }

  #addHeaders(frames: Buffer): void {
    for (let at = 0; at < frames.length; at += 1 + frames.readUInt32BE(at + 1))
      this.#headers.copy(frames, at, at + HEADER_LENGTH);
  }
}
