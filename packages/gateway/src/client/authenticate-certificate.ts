import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/**
 * The identity of the verified client certificate; null where there is none that is mapped to one, and another method
 * must do.
 */
export async function authenticateByCertificate(
  _client: UnprovenClient,
  _host: AuthenticationHost,
): Promise<Authenticated | null> {
  return null;
}
