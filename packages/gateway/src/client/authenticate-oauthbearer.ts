import { GatewayError } from '@bailiwick/domain';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/** SASL OAUTHBEARER (RFC 7628). The configuration refuses the method, so that no listener comes here. */
export async function authenticateByOauthbearer(
  _client: UnprovenClient,
  _host: AuthenticationHost,
): Promise<Authenticated> {
  throw new GatewayError('not-supported-at-connect', 'OAUTHBEARER is not offered', 'use another method');
}
