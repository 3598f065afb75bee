import { GatewayError } from '@bailiwick/domain';
import {
  checkBearerFailureAcknowledged,
  decodeBearerResponse,
  decodeSaslInitialResponse,
  encodeAuthenticationRequest,
  encodeBearerFailure,
  OAUTHBEARER,
  OAUTHBEARER_MESSAGE_LENGTH_MAX,
} from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import { countAttempt, judgeToken } from './judge-credential.ts';
import { readResponse } from './read-response.ts';
import type { Authenticated, AuthenticationHost, UnprovenClient } from './unproven-client.ts';

const GET_A_TOKEN = 'get a fresh token from your identity provider';

/**
 * SASL OAUTHBEARER (RFC 7628) as PostgreSQL 18 serves it: one response with the token, and AuthenticationOk. A client
 * without a token, or with one that is not accepted, is first told where to get one, and answers with a single ^A.
 * @throws GatewayError('authentication-failed'), ProtocolError
 */
export async function authenticateByOauthbearer(
  client: UnprovenClient,
  host: AuthenticationHost,
): Promise<Authenticated> {
  client.socket.write(encodeAuthenticationRequest({ kind: 'SASL', mechanisms: [OAUTHBEARER] }));
  try {
    return await judgeResponse(await readBearer(client), client, host);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'authentication-failed') throw error;
    await explainFailure(client, host);
    throw error;
  }
}

/** The client's first message of the mechanism: with SASLInitialResponse, or in answer to an empty challenge. */
async function readBearer(client: UnprovenClient): Promise<Buffer> {
  const body = await readResponse(client.reader, 'SASLInitialResponse', OAUTHBEARER_MESSAGE_LENGTH_MAX);
  const { mechanism, data } = decodeSaslInitialResponse(body);
  if (mechanism !== OAUTHBEARER)
    throw new ProtocolError('malformed', 'SASLInitialResponse', 0, 'the mechanism is not the one that was offered');
  if (data !== null) return data;
  client.socket.write(encodeAuthenticationRequest({ kind: 'SASLContinue', data: Buffer.alloc(0) }));
  return readResponse(client.reader, 'SASLResponse', OAUTHBEARER_MESSAGE_LENGTH_MAX);
}

function judgeResponse(data: Buffer, client: UnprovenClient, host: AuthenticationHost): Promise<Authenticated> {
  const { telemetry } = host.options;
  const response = decodeBearerResponse(data);
  switch (response.kind) {
    case 'token':
      return judgeToken(response.token, 'oauthbearer', client, host, GET_A_TOKEN);
    case 'discovery':
      countAttempt(telemetry, 'oauthbearer', 'discovery');
      throw new GatewayError('authentication-failed', 'no token was sent', GET_A_TOKEN);
    case 'unusable':
      countAttempt(telemetry, 'oauthbearer', 'malformed');
      throw new GatewayError('authentication-failed', `the token was not accepted: ${response.reason}`, GET_A_TOKEN);
    default:
      return response satisfies never;
  }
}

async function explainFailure(client: UnprovenClient, { listener }: AuthenticationHost): Promise<void> {
  const { oauth } = listener;
  if (oauth === null) throw new GatewayError('internal', 'a listener offers OAUTHBEARER and names no issuer');
  client.socket.write(encodeAuthenticationRequest({ kind: 'SASLContinue', data: encodeBearerFailure(oauth) }));
  checkBearerFailureAcknowledged(await readResponse(client.reader, 'SASLResponse', OAUTHBEARER_MESSAGE_LENGTH_MAX));
}
