import { GatewayError } from '@bailiwick/domain';
import {
  AuthenticationError,
  BACKEND,
  decodeAuthenticationRequest,
  decodeErrorResponse,
  decodeNegotiateProtocolVersion,
  settledVersion,
  UpstreamAuthentication,
  type UpstreamAuthenticationOptions,
} from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import type { FrameSource } from './frame-source.ts';
import { upstreamRefused } from './upstream-refused.ts';

/** The server knows no newer minor version than 3.0, and not how to say so: ask it again for 3.0. */
export class VersionRefused extends Error {
  constructor() {
    super('the database does not speak this version of the protocol');
    this.name = 'VersionRefused';
  }
}

/** What a server older than NegotiateProtocolVersion (2017), or a pooler, says to a version that it does not know. */
const VERSION_REFUSALS: ReadonlySet<string> = new Set(['0A000', '08P01']);

/**
 * Settles the version and proves the gateway to the database, by whichever method it asks for. Resolves with the minor
 * version. Rejects with `GatewayError('upstream-unavailable')`, or with `VersionRefused` where 3.0 may still do.
 * @param asked the minor version of the StartupMessage.
 */
export async function authenticateUpstream(
  frames: FrameSource,
  asked: number,
  options: UpstreamAuthenticationOptions,
): Promise<number> {
  const authentication = new UpstreamAuthentication(options);
  let minor = asked;
  for (let first = true; !authentication.authenticated; ) {
    const { type, body } = await frames.next();
    switch (type) {
      case BACKEND.AuthenticationRequest: {
        first = false;
        const answer = await answerTo(authentication, body);
        if (answer !== null) frames.write(answer);
        break;
      }
      case BACKEND.NegotiateProtocolVersion:
        if (!first) throw unexpected('NegotiateProtocolVersion');
        first = false;
        minor = settledVersion(asked, decodeNegotiateProtocolVersion(body));
        break;
      case BACKEND.ErrorResponse:
        if (first && asked > 0 && VERSION_REFUSALS.has(decodeErrorResponse(body).fields.get('C') ?? ''))
          throw new VersionRefused();
        throw upstreamRefused(body);
      case BACKEND.NoticeResponse:
        break;
      default:
        throw unexpected('AuthenticationRequest');
    }
  }
  return minor;
}

const unexpected = (messageName: string): ProtocolError =>
  new ProtocolError('out-of-order', messageName, 0, 'something else came during authentication');

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
