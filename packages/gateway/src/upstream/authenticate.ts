import { GatewayError } from '@bailiwick/domain';
import {
  AuthenticationError,
  decodeAuthenticationRequest,
  UpstreamAuthentication,
  type UpstreamAuthenticationOptions,
} from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import type { FrameSource } from './frame-source.ts';
import { upstreamRefused } from './upstream-refused.ts';

/** Proves the gateway to the database, by whichever method it asks for. Rejects with `GatewayError('upstream-unavailable')`. */
export async function authenticateUpstream(frames: FrameSource, options: UpstreamAuthenticationOptions): Promise<void> {
  const authentication = new UpstreamAuthentication(options);
  while (!authentication.authenticated) {
    const { type, body } = await frames.next();
    switch (String.fromCharCode(type)) {
      case 'R': {
        const answer = await answerTo(authentication, body);
        if (answer !== null) frames.write(answer);
        break;
      }
      case 'E':
        throw upstreamRefused(body);
      case 'N':
        break;
      default:
        throw new ProtocolError(
          'out-of-order',
          'AuthenticationRequest',
          0,
          'something else came during authentication',
        );
    }
  }
}

async function answerTo(authentication: UpstreamAuthentication, body: Buffer): Promise<Buffer | null> {
  try {
    return await authentication.answer(decodeAuthenticationRequest(body));
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error;
    throw new GatewayError(
      'upstream-unavailable',
      `the database could not be logged in to: ${error.message}`,
      'an operator has to look at the datasource',
    );
  }
}
