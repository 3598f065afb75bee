import { GatewayError } from '@bailiwick/domain';
import { looksLikePass } from '@bailiwick/identity';
import { decodePasswordMessage, encodeAuthenticationRequest } from '@bailiwick/postgres';
import { judgePass, judgeToken } from './judge-credential.ts';
import { readResponse } from './read-response.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/** A token of 60 KiB with its terminator (PG_MAX_AUTH_TOKEN_LENGTH is 65,535). */
const PASSWORD_BODY_LENGTH_MAX = 60 * 1024 + 1;

/**
 * Asks for the password itself, a JWT or an access pass as the listener's methods say, and verifies it.
 * @throws GatewayError('authentication-failed'), ProtocolError
 */
export async function authenticateByPassword(client: UnprovenClient, host: AuthenticationHost): Promise<Authenticated> {
  client.socket.write(encodeAuthenticationRequest({ kind: 'CleartextPassword' }));
  const body = await readResponse(client.reader, 'PasswordMessage', PASSWORD_BODY_LENGTH_MAX);
  const { password } = decodePasswordMessage(body);
  const { passes } = host.options;
  const { methods } = host.listener;
  if (passes !== null && methods.includes('pass') && (looksLikePass(password) || !methods.includes('jwt')))
    return judgePass(() => passes.admitSecret(password, client.address), host);
  if (methods.includes('jwt')) return judgeToken(password, 'jwt', client, host);
  throw new GatewayError('authentication-failed', 'this listener takes no passwords', 'connect in another way');
}
