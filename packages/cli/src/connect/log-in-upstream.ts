// Uses node:net: the forwarder's login at the gateway, in place of its client.
import type { Socket } from 'node:net';
import { GatewayError } from '@bailiwick/domain';
import {
  BACKEND,
  decodeAuthenticationRequest,
  encodePasswordMessage,
  encodeSaslInitialResponse,
  encodeSaslResponse,
  encodeStartupMessage,
  OAUTHBEARER,
  type StartupMessage,
} from '@bailiwick/postgres';
import { takeFrame } from './take-bytes.ts';

/** No message before the end of authentication is longer. */
const BODY_LENGTH_MAX = 64 * 1024;
const CLIENT_SAYS_IT_SAW = Buffer.from([1]);

/**
 * Sends the client's own startup message and answers the gateway's request with the token, once. What the client is to
 * see goes to `relay`: the negotiation of the version, an error, and that it is in. True: it is in.
 * @throws GatewayError where the gateway wants something else. @throws ProtocolError @throws PeerGone
 */
export async function logInUpstream(
  gateway: Socket,
  startup: StartupMessage,
  token: () => Promise<string>,
  relay: (frame: Buffer) => void,
): Promise<boolean> {
  gateway.write(encodeStartupMessage(startup));
  let sent = false;
  for (;;) {
    const { type, body, frame } = await takeFrame(gateway, BODY_LENGTH_MAX);
    if (type === BACKEND.NegotiateProtocolVersion || type === BACKEND.NoticeResponse) {
      relay(frame);
      continue;
    }
    if (type === BACKEND.ErrorResponse) {
      relay(frame);
      return false;
    }
    if (type !== BACKEND.AuthenticationRequest) throw unexpected();
    const request = decodeAuthenticationRequest(body);
    if (request.kind === 'Ok') {
      relay(frame);
      return true;
    }
    if (request.kind === 'SASLContinue' && sent) {
      // A failure of OAUTHBEARER in words of its own (RFC 7628 section 3.2.3); the error in ours comes behind it.
      gateway.write(encodeSaslResponse({ data: CLIENT_SAYS_IT_SAW }));
      continue;
    }
    if (sent) throw unexpected();
    sent = true;
    if (request.kind === 'CleartextPassword') gateway.write(encodePasswordMessage({ password: await token() }));
    else if (request.kind === 'SASL' && request.mechanisms.includes(OAUTHBEARER)) {
      const data = Buffer.from(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`);
      gateway.write(encodeSaslInitialResponse({ mechanism: OAUTHBEARER, data }));
    } else throw unexpected();
  }
}

const unexpected = (): GatewayError =>
  new GatewayError(
    'authentication-failed',
    'the gateway does not ask for a token',
    'check that --gateway is a gateway whose methods name jwt or oauthbearer, and that the user is no pass',
  );
