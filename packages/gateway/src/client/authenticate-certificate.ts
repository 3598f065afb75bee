import { countAttempt, judgeCertificate } from './judge-credential.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/**
 * The identity of the client certificate, where the listener's methods name `mtls` and the certificate is mapped to one;
 * null where another method must do. On every listener a certificate that did not verify, is revoked or is over ends the
 * connection: throws `GatewayError('authentication-failed')`.
 */
export function authenticateByCertificate(client: UnprovenClient, host: AuthenticationHost): Authenticated | null {
  const identity = judgeCertificate(client, host);
  if (identity === null || !host.listener.methods.includes('mtls')) return null;
  countAttempt(host.options.telemetry, 'mtls', 'ok');
  return { identity, method: 'mtls', pass: null };
}
