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
import type { DatasourceOptions, GatewayLimits } from '../options.ts';
import { authenticateUpstream } from './authenticate.ts';
import { FrameSource } from './frame-source.ts';
import { openUpstreamSocket } from './open-socket.ts';
import { upstreamRefused } from './upstream-refused.ts';

/** A server reports about 15 settings. */
const PARAMETERS_MAX = 200;
/** What a server says before it is ready is small. */
const HANDSHAKE_BYTES_MAX = 1 << 20;

/** What bounds a connection to a database. */
export type UpstreamLimits = Pick<GatewayLimits, 'frameBytesMax' | 'connectTimeMs' | 'keepAliveMs'>;

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
  limits: UpstreamLimits,
): Promise<UpstreamConnection> {
  let late = false;
  const started = performance.now();
  const socket = await openUpstreamSocket(datasource.address, datasource.tls, limits);
  const left = limits.connectTimeMs - (performance.now() - started);
  const timer = setTimeout(
    () => {
      late = true;
      socket.destroy();
    },
    Math.max(left, 0),
  );
  try {
    const password = await datasource.credentials.password();
    socket.write(
      encodeStartupMessage({
        protocolMinor: 0,
        parameters: new Map([['user', datasource.credentials.user], ['database', datasource.database], ...parameters]),
        protocolOptions: new Map(),
      }),
    );
    return await startUp(socket, datasource, password, limits.frameBytesMax);
  } catch (error) {
    socket.destroy();
    if (error instanceof GatewayError) throw error;
    const reason = reasonOf(error, late);
    throw new GatewayError(
      'upstream-unavailable',
      `the database did not accept the gateway: ${reason}`,
      'try again later',
    );
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown, late: boolean): string {
  if (error instanceof ProtocolError) return `it sent an unexpected ${error.messageName}`;
  return late ? 'it did not answer in time' : 'it closed the connection';
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
