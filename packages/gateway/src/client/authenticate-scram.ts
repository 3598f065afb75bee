import { GatewayError } from '@bailiwick/domain';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/** Users of this name get SCRAM: what follows is the id of their pass. */
export const PASS_USER: RegExp = /^pass-/;

/** SASL SCRAM-SHA-256, for users who named their pass. */
export async function authenticateByScram(_client: UnprovenClient, _host: AuthenticationHost): Promise<Authenticated> {
  throw new GatewayError('authentication-failed', 'there is no such pass');
}
