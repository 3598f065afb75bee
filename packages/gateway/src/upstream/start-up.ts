import {
  BACKEND,
  type BackendKeyData,
  CANCEL_KEY_BYTES_MIN,
  decodeBackendKeyData,
  decodeParameterStatus,
  decodeReadyForQuery,
  messageName,
  PROTOCOL_MINOR_LONG_KEYS,
} from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import type { FrameSource } from './frame-source.ts';
import { upstreamRefused } from './upstream-refused.ts';

/** A server reports about 15 settings. */
const PARAMETERS_MAX = 200;

/** What a database says of itself between AuthenticationOk and its first ReadyForQuery. */
export interface Readiness {
  readonly parameters: Map<string, string>;
  /** Null: it gave none, so nothing can be cancelled there. */
  readonly cancelKey: BackendKeyData | null;
}

/**
 * Reads what comes between AuthenticationOk and the first ReadyForQuery.
 * @param protocolMinor the settled version, which bounds the cancel key.
 * @throws ProtocolError, GatewayError('upstream-unavailable')
 */
export async function awaitReady(frames: FrameSource, protocolMinor: number): Promise<Readiness> {
  const parameters = new Map<string, string>();
  let cancelKey: BackendKeyData | null = null;
  for (;;) {
    const { type, body } = await frames.next();
    switch (type) {
      case BACKEND.ParameterStatus: {
        const { name, value } = decodeParameterStatus(body);
        if (parameters.size >= PARAMETERS_MAX)
          throw new ProtocolError('too-large', 'ParameterStatus', 0, 'too many settings are reported');
        parameters.set(name, value);
        break;
      }
      case BACKEND.BackendKeyData:
        if (cancelKey !== null) throw misplaced(type);
        cancelKey = readKey(body, protocolMinor);
        break;
      case BACKEND.NoticeResponse:
        break;
      case BACKEND.ErrorResponse:
        throw upstreamRefused(body);
      case BACKEND.ReadyForQuery:
        if (decodeReadyForQuery(body).status !== 'I')
          throw new ProtocolError('out-of-order', 'ReadyForQuery', 0, 'a new connection is in a transaction');
        return { parameters, cancelKey };
      default:
        throw misplaced(type);
    }
  }
}

function readKey(body: Buffer, protocolMinor: number): BackendKeyData {
  const { processId, secretKey } = decodeBackendKeyData(body);
  if (protocolMinor < PROTOCOL_MINOR_LONG_KEYS && secretKey.length !== CANCEL_KEY_BYTES_MIN)
    throw new ProtocolError('malformed', 'BackendKeyData', 4, 'a key of this length needs a newer version');
  // The body is the decoder's.
  return { processId, secretKey: Buffer.from(secretKey) };
}

const misplaced = (type: number): ProtocolError =>
  new ProtocolError('out-of-order', messageName('backend', type), 0, 'it does not belong to start-up');
