import type { Socket } from 'node:net';
import { GatewayError } from '@bailiwick/domain';
import { type ClientCertificate, readClientCertificate } from '@bailiwick/identity';
import { peerCertificate } from './tls-terminator.ts';

/**
 * The certificate that the client has proven to hold on this connection; null: it showed none, or was not asked.
 * @throws GatewayError('authentication-failed') for one that did not verify: PostgreSQL ends the connection, too, and to go
 * on as if none had been shown would let its holder believe that it counted.
 */
export function provenCertificate(socket: Socket): ClientCertificate | null {
  const peer = peerCertificate(socket);
  switch (peer.kind) {
    case 'none':
      return null;
    case 'verified':
      return readClientCertificate(peer.certificate);
    case 'unverified':
      throw new GatewayError(
        'authentication-failed',
        `your client certificate could not be verified (${/^[A-Z_]{1,64}$/.test(peer.reason) ? peer.reason : 'unknown'})`,
        'connect with one that an authority of this listener has issued for clients, or with none',
      );
    default:
      return peer satisfies never;
  }
}
