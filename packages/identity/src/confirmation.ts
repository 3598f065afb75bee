import { isJsonObject, type JsonObject } from './claim-path.ts';
import { TokenRejected } from './verifier.ts';

/** The one confirmation method that a TLS connection can answer (RFC 8705 section 3.1). */
const CERTIFICATE_THUMBPRINT = 'x5t#S256';

/**
 * Checks the claim `cnf` (RFC 7800): a token that is bound to a key is good only in the hands of who holds it. A token
 * without the claim is a bearer token.
 * @param thumbprint of the certificate whose key the client has proven to hold on this connection; null: none.
 * @throws TokenRejected 'certificate' where the token is bound to another key or to one whose possession cannot be shown
 * here: a binding that is not understood is refused, since to ignore it would be to lift it.
 */
export function checkConfirmation(claims: JsonObject, thumbprint: string | null): void {
  if (!Object.hasOwn(claims, 'cnf')) return;
  const { cnf } = claims;
  if (!isJsonObject(cnf)) throw new TokenRejected('certificate', 'claim cnf is not an object');
  const methods = Object.keys(cnf);
  if (methods.length !== 1 || methods[0] !== CERTIFICATE_THUMBPRINT) {
    throw new TokenRejected(
      'certificate',
      'claim cnf binds the token to a key whose possession cannot be shown here; only x5t#S256 can be',
    );
  }
  if (thumbprint === null) {
    throw new TokenRejected('certificate', 'claim cnf binds the token to a client certificate, and none was presented');
  }
  if (cnf[CERTIFICATE_THUMBPRINT] !== thumbprint) {
    throw new TokenRejected('certificate', 'claim cnf binds the token to another client certificate');
  }
}
