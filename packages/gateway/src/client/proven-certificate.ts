import type { Socket } from 'node:net';
import { type ClientCertificate, readClientCertificate, TokenRejected } from '@bailiwick/identity';
import { peerCertificate } from './tls-terminator.ts';

/**
 * The certificate that the client has proven to hold on this connection; null: it showed none, or was not asked.
 * @throws TokenRejected('certificate') for one that did not verify: PostgreSQL ends the connection, too, and to go
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
      throw new TokenRejected(
        'certificate',
        `it could not be verified (${/^[A-Z_]{1,64}$/.test(peer.reason) ? peer.reason : 'unknown'})`,
      );
    default:
      return peer satisfies never;
  }
}
