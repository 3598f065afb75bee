import { createServer, type Server, type Socket } from 'node:net';
import type { SocketAddress } from './options.ts';

/** Accepts connections and hands each one on at once: the accept loop waits for no peer. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param connectionsMax further ones are closed at once. */
  constructor(connectionsMax: number, onConnection: (socket: Socket) => void, onRefused: () => void) {
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      if (this.#sockets.size >= connectionsMax) {
        onRefused();
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      onConnection(socket);
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
