import type { Socket } from 'node:net';
import type { Identity } from '@bailiwick/domain';
import { GatewayError } from '@bailiwick/domain';
import { ProtocolError } from '@bailiwick/wire';
import type { GatewayOptions, ListenerOptions } from '../options.ts';
import { encodeGatewayError } from '../session/refusal-frames.ts';
import { authenticateClient } from './authenticate.ts';
import type { CancelRegistry } from './cancel-registry.ts';
import { ConnectionEnded } from './handshake-reader.ts';
import { openConnection } from './startup.ts';
import { readStartupRequest, type StartupRequest } from './startup-settings.ts';
import type { TlsTerminator } from './tls-terminator.ts';

/** A client that has proven who it is and that now waits for its session. */
export interface AcceptedClient {
  readonly socket: Socket;
  readonly identity: Identity;
  readonly request: StartupRequest;
  /** From protocol 3.0 on clients may ask for a newer minor version; only 3.0 is spoken here. */
  readonly protocolMinor: number;
  readonly protocolOptions: readonly string[];
}

/** What the listener's accept path leads to. */
export interface AcceptHost {
  readonly options: GatewayOptions;
  readonly listener: ListenerOptions;
  readonly tls: TlsTerminator | null;
  readonly cancels: CancelRegistry;
  /** Opens the session. Whatever it throws is told to the client. */
  begin(client: AcceptedClient): Promise<void>;
}

const KEEP_ALIVE_MS = 30_000;
const GOODBYE_MS = 2_000;

/** Everything from accept to the session, under one deadline. Never throws, and no other connection waits for it. */
export async function acceptClient(raw: Socket, host: AcceptHost): Promise<void> {
  const { clock, log, telemetry } = host.options;
  const count = (outcome: string): void => telemetry.count('connections_total', { protocol: 'postgres', outcome });
  raw.setNoDelay(true);
  raw.setKeepAlive(true, KEEP_ALIVE_MS);
  raw.on('error', () => {});
  let socket = raw;
  const late = clock.after(host.listener.handshakeTimeoutMs, () => {
    count('timeout');
    raw.destroy();
  });
  try {
    const opening = await openConnection(raw, host.tls, (secured) => {
      socket = secured;
      secured.on('error', () => {});
    });
    if (opening.kind === 'cancel') {
      host.cancels.request(opening.request.processId, opening.request.secretKey);
      count('cancel');
      socket.end();
      return;
    }
    const { startup, reader, rest } = opening;
    const request = readStartupRequest(startup);
    const { identity } = await authenticateClient(socket, reader, rest, host.options.verifier, clock, telemetry);
    reader.release(null);
    await host.begin({
      socket,
      identity,
      request,
      protocolMinor: startup.protocolMinor,
      protocolOptions: [...startup.protocolOptions.keys()],
    });
    count('ok');
  } catch (error) {
    if (error instanceof ConnectionEnded || raw.destroyed) {
      if (!raw.destroyed) raw.destroy();
      return;
    }
    const fatal = fatalOf(error);
    count(fatal.code);
    log[fatal.form.logLevel](
      { code: fatal.code, reason: error instanceof Error ? error.message : 'unknown' },
      'a connection was refused',
    );
    socket.end(encodeGatewayError(fatal));
    setTimeout(() => raw.destroy(), GOODBYE_MS).unref();
  } finally {
    late();
  }
}

/** Before there is a session every error ends the connection. */
function fatalOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof ProtocolError)
    return new GatewayError(
      error.code === 'too-large' ? 'too-large' : 'protocol-violation',
      error.message,
      'this is not a connection that the gateway can serve',
    );
  return new GatewayError('internal', 'the connection could not be set up');
}
