import type { Socket } from 'node:net';
import type { Identity } from '@bailiwick/domain';
import type { Pass } from '@bailiwick/identity';
import type { AuthenticationMethod, GatewayOptions, ListenerOptions } from '../options.ts';
import type { HandshakeReader } from './handshake-reader.ts';
import type { StartupRequest } from './startup-settings.ts';
import type { TlsTerminator } from './tls-terminator.ts';

/**
 * A client whose StartupMessage has been read and that is yet to prove who it is. Its socket is encrypted, or its
 * listener is a loopback one without TLS.
 */
export interface UnprovenClient {
  readonly socket: Socket;
  readonly reader: HandshakeReader;
  readonly encrypted: boolean;
  readonly request: StartupRequest;
  /** The client's IP address, as networks and CIDR lists judge it; null where there is none. */
  readonly address: string | null;
}

/** What every method may use. */
export interface AuthenticationHost {
  readonly options: GatewayOptions;
  readonly listener: ListenerOptions;
  readonly tls: TlsTerminator | null;
}

/** Who connected. */
export interface Authenticated {
  readonly identity: Identity;
  readonly method: AuthenticationMethod;
  /** By which it was let in, which then says to what; null: by something else. */
  readonly pass: Pass | null;
}
