import { decodePasswordMessage, encodeAuthenticationRequest } from '@bailiwick/postgres';
import { judgeToken } from './judge-credential.ts';
import { readResponse } from './read-response.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/** A token of 60 KiB with its terminator (PG_MAX_AUTH_TOKEN_LENGTH is 65,535). */
const PASSWORD_BODY_LENGTH_MAX = 60 * 1024 + 1;

/** Asks for the password itself, which is a JWT, and verifies it. Throws `GatewayError('authentication-failed')`. */
export async function authenticateByPassword(client: UnprovenClient, host: AuthenticationHost): Promise<Authenticated> {
  client.socket.write(encodeAuthenticationRequest({ kind: 'CleartextPassword' }));
  const body = await readResponse(client.reader, 'PasswordMessage', PASSWORD_BODY_LENGTH_MAX);
  const { password } = decodePasswordMessage(body);
  return judgeToken(password, 'jwt', client, host);
}
