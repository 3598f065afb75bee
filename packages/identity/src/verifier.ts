import type { EpochMs, Identity, IdentityFailure } from '@bailiwick/domain';
import type { JsonObject } from './claim-path.ts';
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

/** What a token said, once its signature, issuer, audience and times had been found to hold. No credential by itself. */
export interface VerifiedClaims {
  readonly issuer: string;
  readonly claims: JsonObject;
  readonly expiresAt: EpochMs;
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
  /** The claims behind `verify`, for what is to outlive the token. Tokens that are bound to a certificate are refused. */
  verifiedClaims(token: string, use: 'wire' | 'admin'): Promise<VerifiedClaims>;
  /**
   * The identity that claims which were verified once give now, to a client at this address: by the issuers, clients and
   * networks that are configured today. Does not look at the token's own expiry; `expiresAt` becomes the identity's.
   */
  identityOfClaims(verified: VerifiedClaims, expiresAt: EpochMs, address: string | null): Identity;
}
