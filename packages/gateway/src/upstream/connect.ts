import type { Socket } from 'node:net';
import { GatewayError } from '@bailiwick/domain';
import {
  type BackendKeyData,
  backendBodyLengthMax,
  encodeStartupMessage,
  messageName,
  PROTOCOL_MINOR_LATEST,
} from '@bailiwick/postgres';
import { FrameDecoder, ProtocolError } from '@bailiwick/wire';
import type { DatasourceOptions, GatewayLimits } from '../options.ts';
import { authenticateUpstream, VersionRefused } from './authenticate.ts';
import { FrameSource } from './frame-source.ts';
import { openUpstreamSocket } from './open-socket.ts';
import { awaitReady } from './start-up.ts';

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
  /** The database's own cancel key; stays inside the gateway. Null: it gave none. */
  readonly cancelKey: BackendKeyData | null;
  /** Of protocol 3, as settled with the database. */
  readonly protocolMinor: number;
}

/**
 * Connects, authenticates with the datasource's credential and waits for ReadyForQuery. Asks for protocol 3.2, and once
 * more for 3.0 where the server cannot even negotiate. Rejects with `GatewayError('upstream-unavailable')`, whose message
 * holds nothing of the credential.
 */
export async function connectUpstream(
  datasource: DatasourceOptions,
  parameters: ReadonlyMap<string, string>,
  limits: UpstreamLimits,
): Promise<UpstreamConnection> {
  const deadline = performance.now() + limits.connectTimeMs;
  try {
    return await attempt(datasource, parameters, limits, deadline, PROTOCOL_MINOR_LATEST);
  } catch (error) {
    if (error instanceof VersionRefused) return attempt(datasource, parameters, limits, deadline, 0);
    throw error;
  }
}

async function attempt(
  datasource: DatasourceOptions,
  parameters: ReadonlyMap<string, string>,
  limits: UpstreamLimits,
  deadline: number,
  protocolMinor: number,
): Promise<UpstreamConnection> {
  let late = false;
  const socket = await openUpstreamSocket(datasource.address, datasource.tls, {
    connectTimeMs: Math.max(deadline - performance.now(), 1),
    keepAliveMs: limits.keepAliveMs,
  });
  const left = Math.max(deadline - performance.now(), 0);
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, left);
  try {
    const password = await datasource.credentials.password();
    socket.write(
      encodeStartupMessage({
        protocolMinor,
        parameters: new Map([['user', datasource.credentials.user], ['database', datasource.database], ...parameters]),
        protocolOptions: new Map(),
      }),
    );
    return await startUp(socket, datasource, password, limits.frameBytesMax, protocolMinor);
  } catch (error) {
    socket.destroy();
    if (error instanceof GatewayError || error instanceof VersionRefused) throw error;
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
  asked: number,
): Promise<UpstreamConnection> {
  const decoder = new FrameDecoder({
    bodyLengthMax: backendBodyLengthMax(frameBytesMax),
    messageName: (type) => messageName('backend', type),
  });
  const frames = new FrameSource(socket, decoder, HANDSHAKE_BYTES_MAX);
  const protocolMinor = await authenticateUpstream(frames, asked, {
    user: datasource.credentials.user,
    password,
    encrypted: datasource.tls !== null,
  });
  const readiness = await awaitReady(frames, protocolMinor);
  frames.release();
  return { socket, decoder, protocolMinor, ...readiness };
}
