import type { Socket } from 'node:net';
import type { Identity } from '@bailiwick/domain';
import { GatewayError } from '@bailiwick/domain';
import type { Pass } from '@bailiwick/identity';
import { negotiateVersion } from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import type { GatewayOptions, ListenerOptions } from '../options.ts';
import { encodeGatewayError } from '../session/refusal-frames.ts';
import { authenticateClient } from './authenticate.ts';
import { passIdOfUser } from './authenticate-scram.ts';
import type { CancelRegistry } from './cancel-registry.ts';
import { readClientAddress } from './client-address.ts';
import { ConnectionEnded } from './handshake-reader.ts';
import { openConnection } from './startup.ts';
import { readStartupRequest, type StartupRequest } from './startup-settings.ts';
import type { TlsTerminator } from './tls-terminator.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** A client that has proven who it is and that now waits for its session. */
export interface AcceptedClient {
  readonly socket: Socket;
  readonly identity: Identity;
  /** Where it connects from, as its proxy says where there is one. Null: it cannot be told. */
  readonly address: string | null;
  readonly request: StartupRequest;
  /** Of the access pass that let it in; null: something else did. */
  readonly passId: string | null;
  /** As `SessionInfo` has it. */
  readonly credential: string;
  /** Of protocol 3, as the client asked for; what it was answered follows from that. */
  readonly protocolMinor: number;
}

/** What the listener's accept path leads to. */
export interface AcceptHost {
  readonly options: GatewayOptions;
  readonly listener: ListenerOptions;
  readonly tls: TlsTerminator | null;
  readonly cancels: CancelRegistry;
  readonly proxies: TrustedProxies;
  /** The listener is at its limit: the client is told so, and gets no session. */
  readonly full: boolean;
  /** Opens the session. Whatever it throws is told to the client. */
  begin(client: AcceptedClient): Promise<void>;
}

const GOODBYE_MS = 2_000;

/** Everything from accept to the session, under one deadline. Never throws, and no other connection waits for it. */
export async function acceptClient(raw: Socket, host: AcceptHost): Promise<void> {
  const { clock, log, telemetry, limits } = host.options;
  const count = (outcome: string): void => telemetry.count('connections_total', { protocol: 'postgres', outcome });
  raw.setNoDelay(true);
  raw.setKeepAlive(limits.keepAliveMs > 0, limits.keepAliveMs);
  raw.on('error', () => {});
  let socket = raw;
  let started = false;
  const sayGoodbye = (fatal: GatewayError | null): void => {
    socket.end(fatal === null ? Buffer.alloc(0) : encodeGatewayError(fatal));
    setTimeout(() => raw.destroy(), GOODBYE_MS).unref();
  };
  const late = clock.after(host.listener.handshakeTimeoutMs, () => {
    count('timeout');
    // Before its StartupMessage a client may not even speak our protocol.
    if (started) sayGoodbye(new GatewayError('handshake-timeout', 'you did not log in in time', 'connect again'));
    else raw.destroy();
  });
  try {
    const address = await readClientAddress(raw, host.proxies);
    const opening = await openConnection(raw, host.tls, (secured) => {
      socket = secured;
      secured.on('error', () => {});
    });
    if (opening.kind === 'cancel') {
      host.cancels.request(opening.request.processId, opening.request.secretKey);
      count('cancel');
      sayGoodbye(null);
      return;
    }
    started = true;
    const negotiation = negotiateVersion(opening.startup);
    if (negotiation !== null) socket.write(negotiation);
    if (host.full) throw new GatewayError('too-many-connections', 'the listener is at its limit', 'try again later');
    const { startup, reader, rest, encrypted } = opening;
    const request = readStartupRequest(startup);
    const unproven = { socket, reader, encrypted, request, address };
    const { identity, method, pass } = await authenticateClient(unproven, rest, host);
    reader.release(null);
    if (socket.writableEnded) throw new ConnectionEnded();
    // What follows has a limit of its own: `limits.connect_time`.
    late();
    await host.begin({
      socket,
      identity,
      address,
      request: pass === null ? request : requestByPass(request, pass),
      passId: pass?.id ?? null,
      credential: pass === null ? method : `pass ${pass.id}`,
      protocolMinor: startup.protocolMinor,
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
    sayGoodbye(fatal);
  } finally {
    late();
  }
}

/** A pass is for one datasource and one role, and one that names no role has none, whatever its user is called. */
function requestByPass(request: StartupRequest, { datasource, role }: Pass): StartupRequest {
  if (request.database !== datasource)
    throw new GatewayError('datasource-unknown', 'the pass is for another datasource', `connect to ${datasource}`);
  if (role !== '' && request.user !== role && passIdOfUser(request.user) === null)
    throw new GatewayError('role-denied', 'the pass is for another role', `connect as ${role}`);
  return { ...request, user: role };
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
