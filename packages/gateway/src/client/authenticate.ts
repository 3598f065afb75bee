import { GatewayError } from '@bailiwick/domain';
import { ProtocolError } from '@bailiwick/wire';
import { authenticateByCertificate } from './authenticate-certificate.ts';
import { authenticateByOauthbearer } from './authenticate-oauthbearer.ts';
import { authenticateByPassword } from './authenticate-password.ts';
import { authenticateByScram, passIdOfUser } from './authenticate-scram.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/**
 * Finds out who a client is. PostgreSQL lets a server send one authentication request, so which method it is follows
 * from what is known before (SEMANTICS 29): the certificate, the user name, and what the listener takes.
 * @param early bytes that came behind the StartupMessage: nobody may answer before being asked.
 * @throws GatewayError('authentication-failed') and whatever else is to be told to the client; ProtocolError.
 */
export async function authenticateClient(
  client: UnprovenClient,
  early: Buffer,
  host: AuthenticationHost,
): Promise<Authenticated> {
  if (early.length > 0)
    throw new ProtocolError('out-of-order', 'StartupMessage', 0, 'bytes came behind it before it was answered');
  const { methods } = host.listener;
  const certified = authenticateByCertificate(client, host);
  if (certified !== null) return certified;
  const { passes } = host.options;
  const passId = passIdOfUser(client.request.user);
  if (methods.includes('pass') && passes !== null && passId !== null)
    return authenticateByScram(passId, passes, client, host);
  if (methods.includes('oauthbearer') && !methods.includes('jwt')) return authenticateByOauthbearer(client, host);
  if (methods.includes('jwt') || methods.includes('pass')) return authenticateByPassword(client, host);
  throw new GatewayError(
    'authentication-failed',
    'this listener takes client certificates only, and yours is missing or belongs to nobody',
    'connect with sslcert and sslkey',
  );
}
