import type { Socket } from 'node:net';
import { type FrameDecoder, ProtocolError } from '@bailiwick/wire';

/** Frames of a socket one at a time, for the handshake. */
export class FrameSource {
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  #wake: (() => void) | null = null;
  readonly #bytesMax: number;
  #received = 0;
  #ended = false;

  readonly #onData = (chunk: Buffer): void => {
    this.#received += chunk.length;
    this.#decoder.push(chunk);
    this.#notify();
  };
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#notify();
  };

  /** @param bytesMax what the server may send in all. */
  constructor(socket: Socket, decoder: FrameDecoder, bytesMax: number) {
    this.#socket = socket;
    this.#decoder = decoder;
    this.#bytesMax = bytesMax;
    socket.on('data', this.#onData);
    socket.on('error', this.#onEnd);
    socket.on('close', this.#onEnd);
    this.#ended = socket.destroyed;
    socket.resume();
  }

  /** The next frame; its body is valid until the call after. Rejects when the peer closes or sends too much. */
  async next(): Promise<{ readonly type: number; readonly body: Buffer }> {
    for (;;) {
      if (this.#received > this.#bytesMax)
        throw new ProtocolError('too-large', 'start-up', 0, 'the server says too much before it is ready');
      if (this.#decoder.next()) {
        const { type, buffer, start, end } = this.#decoder;
        return { type, body: buffer.subarray(start + 5, end) };
      }
      if (this.#ended) throw new Error('the database closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Stops reading and leaves the socket paused. */
  release(): void {
    this.#socket.pause();
    this.#socket.off('data', this.#onData);
    this.#socket.off('error', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
