import type { Duplex } from 'node:stream';

/**
 * Reads a socket in paused mode, piece by piece, while the connection is being set up. What was not consumed goes back
 * into the socket, so that whoever reads it next (TLS, the session) sees every byte.
 */
export class HandshakeReader {
  readonly #socket: Duplex;
  #wake: (() => void) | null = null;
  #ended = false;
  readonly #onReadable = (): void => this.#notify();
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#notify();
  };

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('readable', this.#onReadable);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('error', this.#onEnd);
  }

  /** The next bytes, however many there are. Rejects with `ConnectionEnded` when the peer has gone. */
  async read(): Promise<Buffer> {
    for (;;) {
      const chunk: unknown = this.#socket.read();
      if (Buffer.isBuffer(chunk)) return chunk;
      if (this.#ended || this.#socket.destroyed) throw new ConnectionEnded();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Bytes that have arrived and that nobody has read. */
  buffered(): Buffer | null {
    const chunk: unknown = this.#socket.read();
    return Buffer.isBuffer(chunk) ? chunk : null;
  }

  /** Stops listening; `rest` is put back in front of what the socket still has. The reader is not usable afterwards. */
  release(rest: Buffer | null): void {
    this.#socket.off('readable', this.#onReadable);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
    this.#socket.off('error', this.#onEnd);
    this.#socket.pause();
    if (rest !== null && rest.length > 0 && !this.#socket.destroyed) this.#socket.unshift(rest);
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

/** The peer closed, or the deadline passed, before the connection was set up: nobody is left to be told. */
export class ConnectionEnded extends Error {
  constructor() {
    super('the connection ended during the handshake');
    this.name = 'ConnectionEnded';
  }
}
