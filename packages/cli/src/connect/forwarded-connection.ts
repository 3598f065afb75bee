// Uses node:net: one client of the forwarder.
import type { Socket } from 'node:net';
import { GatewayError } from '@bailiwick/domain';
import {
  decodeStartupPacket,
  ENCRYPTION_DECLINED,
  encodeCancelRequest,
  encodeErrorResponse,
  type StartupMessage,
  type StartupPacket,
} from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import { logInUpstream } from './log-in-upstream.ts';
import { type GatewayAddress, reachGateway } from './reach-gateway.ts';
import { PeerGone, takeStartupPacket } from './take-bytes.ts';

/** What every connection of a forwarder shares. */
export interface Forwarding {
  readonly datasource: string;
  readonly gateway: GatewayAddress;
  /** A token that lasts. Rejects with words for people. */
  readonly token: () => Promise<string>;
}

/** An encryption request of either kind may come before what opens a session. */
const REQUESTS_MAX = 3;

/**
 * Logs the client in and joins the two sides. Resolves when that is done or has been refused in words that the client
 * shows. Rejects when the client is gone. `own` gets the gateway's socket, which goes with the client's.
 */
export async function forward(client: Socket, forwarding: Forwarding, own: (gateway: Socket) => void): Promise<void> {
  try {
    const opening = await takeOpening(client);
    const reach = async (): Promise<Socket> => {
      const gateway = await reachGateway(forwarding.gateway);
      own(gateway);
      return gateway;
    };
    if (opening.kind === 'CancelRequest') {
      const gateway = await reach();
      gateway.end(encodeCancelRequest(opening.message));
      // Its end says that the request has been treated, and the client waits for that.
      gateway.resume().once('close', () => client.end());
      gateway.once('end', () => gateway.destroy());
      return;
    }
    const startup = forDatasource(opening.message, forwarding.datasource);
    const gateway = await reach();
    const relay = (frame: Buffer): void => void client.write(frame);
    if (await logInUpstream(gateway, startup, () => tokenOf(forwarding), relay)) join(client, gateway);
    else {
      gateway.destroy();
      client.end();
    }
  } catch (error) {
    if (error instanceof PeerGone && client.destroyed) throw error;
    client.end(fatalFrame(errorFor(error)));
  }
}

/** Packets up to the one that says what the connection is for. There is no encryption on loopback. */
async function takeOpening(client: Socket): Promise<Extract<StartupPacket, { readonly message: unknown }>> {
  for (let requests = 0; requests < REQUESTS_MAX; requests++) {
    const packet = decodeStartupPacket(await takeStartupPacket(client));
    if (packet.kind === 'StartupMessage' || packet.kind === 'CancelRequest') return packet;
    if (client.readableLength > 0)
      throw new ProtocolError('out-of-order', packet.kind, 0, 'bytes came ahead of the answer');
    client.write(ENCRYPTION_DECLINED);
  }
  throw new ProtocolError('out-of-order', 'startup packet', 0, 'encryption was declined already');
}

/** A DSN of this port names this datasource or none. */
function forDatasource(startup: StartupMessage, datasource: string): StartupMessage {
  const named = startup.parameters.get('database');
  if (named !== undefined && named !== datasource) {
    throw new GatewayError(
      'datasource-unknown',
      `this port leads to ${datasource} and to no other datasource`,
      `connect with dbname=${datasource}`,
    );
  }
  return { ...startup, parameters: new Map([...startup.parameters, ['database', datasource]]) };
}

async function tokenOf({ token }: Forwarding): Promise<string> {
  try {
    return await token();
  } catch (error) {
    throw new GatewayError('authentication-failed', error instanceof Error ? error.message : 'there is no token');
  }
}

/** Bytes go through as they are. A side that does not read makes the other wait; the end of one ends the other's. */
function join(client: Socket, gateway: Socket): void {
  client.pipe(gateway);
  gateway.pipe(client);
}

function errorFor(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof ProtocolError) return new GatewayError('protocol-violation', error.message);
  if (error instanceof PeerGone) return new GatewayError('upstream-lost', 'the gateway ended the connection');
  return new GatewayError('internal', 'the connection could not be forwarded');
}

function fatalFrame(error: GatewayError): Buffer {
  const fields = new Map([
    ['S', 'FATAL'],
    ['V', 'FATAL'],
    ['C', error.form.sqlState],
    ['M', error.clientMessage],
  ]);
  if (error.hint !== '') fields.set('H', error.hint);
  return encodeErrorResponse({ fields });
}
