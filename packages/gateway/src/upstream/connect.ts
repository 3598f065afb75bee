import type { Socket } from 'node:net';
import { GatewayError } from '@bailiwick/domain';
import {
  backendBodyLengthMax,
  decodeBackendKeyData,
  decodeParameterStatus,
  decodeReadyForQuery,
  encodeStartupMessage,
  messageName,
} from '@bailiwick/postgres';
import { FrameDecoder, ProtocolError } from '@bailiwick/wire';
import type { DatasourceOptions } from '../options.ts';
import { authenticateUpstream } from './authenticate.ts';
import { FrameSource } from './frame-source.ts';
import { openUpstreamSocket } from './open-socket.ts';
import { upstreamRefused } from './upstream-refused.ts';

/** Until ReadyForQuery. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A server reports about 15 settings. */
const PARAMETERS_MAX = 200;
/** What a server says before it is ready is small. */
const HANDSHAKE_BYTES_MAX = 1 << 20;

/** A connection that the database has accepted and that is ready for its first query. */
export interface UpstreamConnection {
  readonly socket: Socket;
  /** Continue with this decoder: it may hold bytes. */
  readonly decoder: FrameDecoder;
  /** ParameterStatus by name, as reported so far. */
  readonly parameters: Map<string, string>;
  /** The database's own cancel key; stays inside the gateway. */
  readonly processId: number;
  readonly secret: Buffer;
}

/**
 * Connects, authenticates with the datasource's credential and waits for ReadyForQuery. Rejects with
 * `GatewayError('upstream-unavailable')`, whose message holds nothing of the credential.
 */
export async function connectUpstream(
  datasource: DatasourceOptions,
  parameters: ReadonlyMap<string, string>,
  frameBytesMax: number,
): Promise<UpstreamConnection> {
  const socket = await openUpstreamSocket(datasource.address, datasource.tls, CONNECT_TIMEOUT_MS);
  const timer = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS);
  try {
    const password = await datasource.credentials.password();
    socket.write(
      encodeStartupMessage({
        protocolMinor: 0,
        parameters: new Map([['user', datasource.credentials.user], ['database', datasource.database], ...parameters]),
        protocolOptions: new Map(),
      }),
    );
    return await startUp(socket, datasource, password, frameBytesMax);
  } catch (error) {
    socket.destroy();
    if (error instanceof GatewayError) throw error;
    const reason =
      error instanceof ProtocolError ? `it sent an unexpected ${error.messageName}` : 'it closed the connection';
    throw new GatewayError(
      'upstream-unavailable',
      `the database did not accept the gateway: ${reason}`,
      'try again later',
    );
  } finally {
    clearTimeout(timer);
  }
}

async function startUp(
  socket: Socket,
  datasource: DatasourceOptions,
  password: string,
  frameBytesMax: number,
): Promise<UpstreamConnection> {
  const decoder = new FrameDecoder({ bodyLengthMax: backendBodyLengthMax(frameBytesMax) });
  const frames = new FrameSource(socket, decoder, HANDSHAKE_BYTES_MAX);
  await authenticateUpstream(frames, {
    user: datasource.credentials.user,
    password,
    encrypted: datasource.tls !== null,
  });
  const reported = new Map<string, string>();
  let processId = 0;
  let secret: Buffer = Buffer.alloc(0);
  for (;;) {
    const { type, body } = await frames.next();
    switch (String.fromCharCode(type)) {
      case 'S': {
        const { name, value } = decodeParameterStatus(body);
        if (reported.size >= PARAMETERS_MAX)
          throw new ProtocolError('too-large', 'ParameterStatus', 0, 'too many settings are reported');
        reported.set(name, value);
        break;
      }
      case 'K': {
        const key = decodeBackendKeyData(body);
        processId = key.processId;
        secret = Buffer.from(key.secretKey);
        break;
      }
      case 'N':
        break;
      case 'E':
        throw upstreamRefused(body);
      case 'Z':
        if (decodeReadyForQuery(body).status !== 'I')
          throw new ProtocolError('out-of-order', 'ReadyForQuery', 0, 'a new connection is in a transaction');
        frames.release();
        return { socket, decoder, parameters: reported, processId, secret };
      default:
        throw new ProtocolError('out-of-order', messageName('backend', type), 0, 'it does not belong to start-up');
    }
  }
}
