import { constants, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { ListenerTls } from '../options.ts';

/** What a client showed of itself during its handshake. */
export type PeerCertificate =
  | { readonly kind: 'none' }
  /** Its chain ends at an authority of the listener, it is meant for clients, and it was valid at the handshake. */
  | { readonly kind: 'verified'; readonly certificate: X509Certificate }
  /** `reason` is OpenSSL's code for it, such as `CERT_HAS_EXPIRED`. */
  | { readonly kind: 'unverified'; readonly reason: string };

interface Waiting {
  resolve(socket: TLSSocket): void;
  reject(error: Error): void;
}

/**
 * No renegotiation: TLS 1.2 has no other use for it than to tire a server or to change who the peer is. No resumption
 * either, which is what PostgreSQL does: a resumed session would outlive the authority that its certificate was
 * verified by.
 */
const SECURE_OPTIONS = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET;

/**
 * The server's side of TLS on sockets that are already open: a `tls.Server` that never listens. A client certificate is
 * asked for where the listener has authorities, and never demanded here: who must have one is told so in PostgreSQL's
 * own words, where Node would close the connection without any.
 */
export class TlsTerminator {
  readonly #server: Server;
  readonly #waiting = new WeakMap<Socket, Waiting>();

  constructor(tls: ListenerTls, handshakeTimeoutMs: number) {
    this.#server = createServer({
      ...contextOf(tls),
      ALPNProtocols: ['postgresql'],
      handshakeTimeout: handshakeTimeoutMs,
      requestCert: tls.clientCa !== null,
      rejectUnauthorized: false,
    });
    this.#server.on('secureConnection', (socket) => {
      const waiting = this.#take(socket);
      if (waiting === undefined) socket.destroy();
      else waiting.resolve(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => this.#take(socket)?.reject(error));
  }

  /**
   * Runs the handshake on a socket whose next bytes are the ClientHello. Rejects when it fails or takes too long; the raw
   * socket is then the caller's to destroy (Node leaves it open).
   */
  upgrade(raw: Socket): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(raw, { resolve, reject });
      raw.once('close', () => {
        this.#waiting.delete(raw);
        reject(new Error('the connection ended during the TLS handshake'));
      });
      this.#server.emit('connection', raw);
    });
  }

  /**
   * Handshakes from now on use this certificate and verify by these authorities. Throws, and changes nothing, where they
   * cannot be used.
   */
  useCertificate(tls: ListenerTls): void {
    this.#server.setSecureContext(contextOf(tls));
  }

  /** Each handshake finds its own end, whatever its peer's address is: peers of a UNIX socket have none. */
  #take(socket: TLSSocket): Waiting | undefined {
    const raw = rawOf(socket);
    const waiting = raw === null ? undefined : this.#waiting.get(raw);
    if (raw !== null) this.#waiting.delete(raw);
    return waiting;
  }
}

/** The certificate that the gateway itself showed on this connection: what `tls-server-end-point` is made of. */
export function ownCertificate(socket: Socket): X509Certificate | null {
  return (isSecured(socket) ? socket.getX509Certificate() : undefined) ?? null;
}

/** What the client showed on this connection; `none` also off TLS. */
export function peerCertificate(socket: Socket): PeerCertificate {
  const certificate = isSecured(socket) ? socket.getPeerX509Certificate() : undefined;
  if (!isSecured(socket) || certificate === undefined) return { kind: 'none' };
  return socket.authorized
    ? { kind: 'verified', certificate }
    : { kind: 'unverified', reason: String(socket.authorizationError) };
}

const isSecured = (socket: Socket): socket is TLSSocket => 'encrypted' in socket;

function contextOf(tls: ListenerTls): SecureContextOptions {
  return {
    cert: tls.cert,
    key: tls.key,
    minVersion: 'TLSv1.2',
    secureOptions: SECURE_OPTIONS,
    ...(tls.clientCa === null ? {} : { ca: tls.clientCa }),
  };
}

/**
 * The socket below a TLS socket. Node has no public name for it; `_parent` is what its own timers follow. A version
 * without it would complete no handshake at all, which every test over TLS would show.
 */
function rawOf(socket: TLSSocket): Socket | null {
  return (socket as TLSSocket & { readonly _parent?: Socket | null })._parent ?? null;
}
