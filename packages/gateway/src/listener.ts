import { createServer, type Server, type Socket } from 'node:net';
import type { SocketAddress } from './options.ts';

/** Connections beyond the limit that are told so at a time; further ones are closed without a word. */
const REFUSED_AT_A_TIME = 32;

/** Accepts connections and hands each one on at once: the accept loop waits for no peer. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /**
   * Sockets are given half-open: when the client ends its side, ours stays open until whoever has the socket ends it.
   * @param connectionsMax beyond it a connection is `full`: it may cancel, or be told that there is no room.
   */
  constructor(connectionsMax: number, onConnection: (socket: Socket, full: boolean) => void, onRefused: () => void) {
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      if (this.#sockets.size >= connectionsMax + REFUSED_AT_A_TIME) {
        onRefused();
        socket.destroy();
        return;
      }
      const full = this.#sockets.size >= connectionsMax;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      onConnection(socket, full);
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Rejects when the address cannot be bound. Resolves with the real one. */
  listen(address: SocketAddress): Promise<SocketAddress> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const done = (): void => {
        this.#server.off('error', reject);
        this.#server.on('error', () => {});
        const bound = this.#server.address();
        if (bound === null || typeof bound === 'string') resolve(address);
        else resolve({ kind: 'tcp', host: bound.address, port: bound.port });
      };
      if (address.kind === 'tcp') this.#server.listen(address.port, address.host, done);
      else this.#server.listen(address.path, done);
    });
  }

  /** Accepts no more. Connections that are open stay so. */
  close(): void {
    this.#server.close();
  }

  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
