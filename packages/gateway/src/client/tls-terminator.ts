import type { Socket } from 'node:net';
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';
import type { ListenerTls } from '../options.ts';

interface Waiting {
  resolve(socket: TLSSocket): void;
  reject(error: Error): void;
}

/** The server's side of TLS on sockets that are already open: a `tls.Server` that never listens. */
export class TlsTerminator {
  readonly #server: Server;
  readonly #waiting = new Map<string, Waiting>();

  constructor(tls: ListenerTls, handshakeTimeoutMs: number) {
    this.#server = createServer({
      cert: tls.cert,
      key: tls.key,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['postgresql'],
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.on('secureConnection', (socket) => this.#settle(socket)?.resolve(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#settle(socket)?.reject(error));
  }

  /**
   * Runs the handshake on a socket whose next bytes are the ClientHello. Rejects when it fails; the raw socket is then
   * the caller's to destroy (Node leaves it open).
   */
  upgrade(raw: Socket): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const key = peerOf(raw);
      this.#waiting.set(key, { resolve, reject });
      raw.once('close', () => {
        this.#waiting.delete(key);
        reject(new Error('the connection ended during the TLS handshake'));
      });
      this.#server.emit('connection', raw);
    });
  }

  /** New handshakes use this certificate. */
  useCertificate(tls: ListenerTls): void {
    createSecureContext({ cert: tls.cert, key: tls.key });
    this.#server.setSecureContext({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' });
  }

  #settle(socket: TLSSocket): Waiting | undefined {
    const key = peerOf(socket);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    return waiting;
  }
}

/** A peer's address and port belong to one open connection of a listener at a time. */
const peerOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
