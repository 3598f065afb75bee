import type { Identity, IdentityFailure } from '@bailiwick/domain';

/** A token was not accepted. `message` is safe to log: it never holds any part of the token. */
export class TokenRejected extends Error {
  readonly failure: IdentityFailure;
  constructor(failure: IdentityFailure, message: string) {
    super(message);
    this.name = 'TokenRejected';
    this.failure = failure;
  }
}

/** Turns a bearer token into an Identity, or throws `TokenRejected`. */
export interface IdentityVerifier {
  /**
   * @param token a compact JWT. @param use which audience it must name. @param address the peer's IP address, for
   * `networks`; null where there is none.
   */
  verify(token: string, use: 'wire' | 'admin', address: string | null): Promise<Identity>;
}
