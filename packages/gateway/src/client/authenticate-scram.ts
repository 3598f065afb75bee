import { GatewayError } from '@bailiwick/domain';
import { PASS_USER_PREFIX, type PassDesk } from '@bailiwick/identity';
import {
  AuthenticationError,
  decodeSaslInitialResponse,
  encodeAuthenticationRequest,
  SCRAM_MESSAGE_LENGTH_MAX,
  ScramServer,
  scramMechanisms,
} from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import { serverEndPoint } from './channel-binding.ts';
import { countAttempt, judgePass, passRefusal } from './judge-credential.ts';
import { readResponse } from './read-response.ts';
import { ownCertificate } from './tls-terminator.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

/** Mechanism, length and terminator beside the message. */
const INITIAL_BODY_LENGTH_MAX = SCRAM_MESSAGE_LENGTH_MAX + 64;

/** The id in `pass-<id>`: such users get SCRAM. Null: the user is called otherwise. */
export const passIdOfUser = (user: string): string | null =>
  user.startsWith(PASS_USER_PREFIX) ? user.slice(PASS_USER_PREFIX.length) : null;

/**
 * SASL SCRAM-SHA-256, and -PLUS over TLS, for users who named their pass. For an id that does not exist the exchange goes
 * the same way and fails at the proof; nothing about a pass is told before its secret is proven.
 * @throws GatewayError('authentication-failed'), ProtocolError
 */
export async function authenticateByScram(
  id: string,
  desk: PassDesk,
  client: UnprovenClient,
  host: AuthenticationHost,
): Promise<Authenticated> {
  const certificate = ownCertificate(client.socket);
  const channelBinding = certificate === null ? null : serverEndPoint(certificate);
  const server = new ScramServer({ verifier: await desk.verifierOf(id), channelBinding });
  const say = (request: Parameters<typeof encodeAuthenticationRequest>[0]): boolean =>
    client.socket.write(encodeAuthenticationRequest(request));
  try {
    desk.checkAttempts(id, client.address);
    say({ kind: 'SASL', mechanisms: scramMechanisms(channelBinding) });
    const initial = await readResponse(client.reader, 'SASLInitialResponse', INITIAL_BODY_LENGTH_MAX);
    const { mechanism, data } = decodeSaslInitialResponse(initial);
    if (data === null) throw new ProtocolError('malformed', 'SASLInitialResponse', 0, 'SCRAM begins with the client');
    say({ kind: 'SASLContinue', data: server.serverFirst(mechanism, data) });
    const final = await readResponse(client.reader, 'SASLResponse', SCRAM_MESSAGE_LENGTH_MAX);
    const data2 = server.serverFinal(final);
    const admitted = await judgePass(() => desk.admit(id, client.address), host);
    say({ kind: 'SASLFinal', data: data2 });
    return admitted;
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw passRefusal(error, host.options.telemetry);
    if (error.failure === 'client-unproven') desk.unproven(id, client.address);
    countAttempt(host.options.telemetry, 'pass', error.failure);
    throw new GatewayError('authentication-failed', refusalOf(error), 'check the pass and its id');
  }
}

/** A wrong secret and an id that does not exist are told in the same words. */
const refusalOf = ({ failure, message }: AuthenticationError): string =>
  failure === 'client-unproven' ? 'the pass was not accepted' : `the pass was not accepted: ${message}`;
