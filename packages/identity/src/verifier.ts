import type { Identity, IdentityFailure } from '@bailiwick/domain';
import type { ClientCertificate } from './client-certificate.ts';

/** A token or a certificate was not accepted. `message` is safe to log: it never holds any part of the token. */
export class TokenRejected extends Error {
  readonly failure: IdentityFailure;
  constructor(failure: IdentityFailure, message: string) {
    super(message);
    this.name = 'TokenRejected';
    this.failure = failure;
  }
}

/** Turns a bearer token or a client certificate into an Identity, or throws `TokenRejected`. */
export interface IdentityVerifier {
  /**
   * @param token a compact JWT. @param use which audience it must name. @param address the peer's IP address, for
   * `networks`; null where there is none. @param certificate what the client has proven to hold on this very connection;
   * absent or null: nothing, and tokens that are bound to a certificate (`cnf`, RFC 8705) are refused.
   */
  verify(
    token: string,
    use: 'wire' | 'admin',
    address: string | null,
    certificate?: ClientCertificate | null,
  ): Promise<Identity>;
  /**
   * Whom a verified client certificate stands for by `identity.certificates`; null: nobody. The identity expires when the
   * certificate does. Throws for a certificate that is revoked or not valid now: no other method may then be tried.
   */
  identityOfCertificate(certificate: ClientCertificate, address: string | null): Identity | null;
}
