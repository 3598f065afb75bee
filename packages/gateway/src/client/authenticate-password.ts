import { GatewayError } from '@bailiwick/domain';
import { TokenRejected } from '@bailiwick/identity';
import { decodePasswordMessage, encodeAuthenticationRequest } from '@bailiwick/postgres';
import { readResponse } from './read-response.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/** A token of 60 KiB with its terminator (PG_MAX_AUTH_TOKEN_LENGTH is 65,535). */
const PASSWORD_BODY_LENGTH_MAX = 60 * 1024 + 1;

/** Asks for the password itself, which is a JWT, and verifies it. Throws `GatewayError('authentication-failed')`. */
export async function authenticateByPassword(
  client: UnprovenClient,
  { options: { verifier, clock, telemetry } }: AuthenticationHost,
): Promise<Authenticated> {
  client.socket.write(encodeAuthenticationRequest({ kind: 'CleartextPassword' }));
  const body = await readResponse(client.reader, 'PasswordMessage', PASSWORD_BODY_LENGTH_MAX);
  const { password } = decodePasswordMessage(body);
  const count = (outcome: string): void =>
    telemetry.count('auth_attempts_total', { protocol: 'postgres', method: 'jwt', outcome });
  try {
    const identity = await verifier.verify(password, 'wire', client.address);
    if (identity.expiresAt <= clock.now()) throw new TokenRejected('expired', 'the token has expired');
    count('ok');
    return { identity };
  } catch (error) {
    if (!(error instanceof TokenRejected)) throw error;
    count(error.failure);
    throw new GatewayError(
      'authentication-failed',
      `the token was not accepted: ${error.message}`,
      'get a fresh token from your identity provider and put it into the password field',
    );
  }
}
