import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { GatewayError } from '@bailiwick/domain';
import { type CancelRequest, decodeStartupPacket, type StartupMessage, type StartupPacket } from '@bailiwick/postgres';
import { ProtocolError, StartupDecoder } from '@bailiwick/wire';
import { ConnectionEnded, HandshakeReader } from './handshake-reader.ts';
import type { TlsTerminator } from './tls-terminator.ts';

const TLS_HANDSHAKE_RECORD = 0x16;
const ACCEPT_TLS = Buffer.from('S');
const REFUSE_ENCRYPTION = Buffer.from('N');

/** What a new connection turned out to want. `socket` is where the rest of the session takes place. */
export type Opening =
  | {
      readonly kind: 'session';
      readonly socket: Socket;
      readonly encrypted: boolean;
      readonly startup: StartupMessage;
      readonly reader: HandshakeReader;
      readonly rest: Buffer;
    }
  | { readonly kind: 'cancel'; readonly request: CancelRequest };

/**
 * The untyped packets that open a connection (protocol section "Start-up"): SSLRequest, GSSENCRequest, CancelRequest and
 * at last StartupMessage, with TLS in between. Throws `ProtocolError`, `GatewayError` or `ConnectionEnded`; in the first
 * two cases `onSocket` has named the socket on which the client can still be told.
 */
export async function openConnection(
  raw: Socket,
  tls: TlsTerminator | null,
  onSocket: (socket: Socket) => void,
): Promise<Opening> {
  let socket: Socket = raw;
  let reader = new HandshakeReader(socket);
  let encrypted = false;
  let bytes = await reader.read();
  if (bytes[0] === TLS_HANDSHAKE_RECORD) {
    if (tls === null) throw new ProtocolError('unknown-message', 'TLS', 0, 'this listener has no TLS');
    reader.release(bytes);
    const secured = await upgrade(raw, tls);
    // Node lets clients through that name no protocol at all; direct TLS must name ours.
    if (secured.alpnProtocol !== 'postgresql') throw new ConnectionEnded();
    socket = secured;
    onSocket(socket);
    reader = new HandshakeReader(socket);
    encrypted = true;
    bytes = Buffer.alloc(0);
  }
  let gssRefused = false;
  for (;;) {
    const { packet, rest } = await readPacket(reader, bytes);
    const request = decode(packet);
    bytes = rest;
    switch (request.kind) {
      case 'GSSENCRequest':
        if (gssRefused || encrypted || rest.length > 0)
          throw new ProtocolError('out-of-order', 'GSSENCRequest', 0, 'it may come once, first and alone');
        gssRefused = true;
        socket.write(REFUSE_ENCRYPTION);
        break;
      case 'SSLRequest': {
        // Bytes that came before the handshake would be taken for bytes inside it (CVE-2021-23214).
        const early = rest.length > 0 || (reader.buffered()?.length ?? 0) > 0;
        if (encrypted || early)
          throw new ProtocolError('out-of-order', 'SSLRequest', 0, 'bytes came ahead of the TLS handshake');
        if (tls === null) {
          socket.write(REFUSE_ENCRYPTION);
          break;
        }
        reader.release(null);
        raw.write(ACCEPT_TLS);
        socket = await upgrade(raw, tls);
        onSocket(socket);
        reader = new HandshakeReader(socket);
        encrypted = true;
        break;
      }
      case 'CancelRequest':
        return { kind: 'cancel', request: request.message };
      case 'StartupMessage':
        if (tls !== null && !encrypted)
          throw new GatewayError(
            'tls-required',
            'this listener takes no credentials off TLS',
            'connect with sslmode=verify-full (or at least require)',
          );
        return { kind: 'session', socket, encrypted, startup: request.message, reader, rest: bytes };
    }
  }
}

/** What the server says to a protocol that it does not speak (ProcessStartupPacket), and not that it was broken. */
function decode(packet: Buffer): StartupPacket {
  try {
    return decodeStartupPacket(packet);
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== 'unknown-message') throw error;
    throw new GatewayError('not-supported-at-connect', 'only versions 3.0 to 3.2 of the protocol are spoken here');
  }
}

async function upgrade(raw: Socket, tls: TlsTerminator): Promise<TLSSocket> {
  try {
    return await tls.upgrade(raw);
  } catch {
    // Node leaves the raw socket open when a handshake fails.
    raw.destroy();
    throw new ConnectionEnded();
  }
}

/** Collects one startup packet's body; `rest` is what came behind it. */
async function readPacket(reader: HandshakeReader, first: Buffer): Promise<{ packet: Buffer; rest: Buffer }> {
  const decoder = new StartupDecoder();
  let bytes = first.length > 0 ? first : await reader.read();
  // The length of a packet that may come here begins with a zero byte; a PROXY header, HTTP and TLS do not.
  if (bytes[0] !== 0)
    throw new ProtocolError('unknown-message', 'startup packet', 0, 'the connection begins with something else');
  for (;;) {
    decoder.push(bytes);
    const packet = decoder.body();
    if (packet !== null) return { packet, rest: decoder.rest() };
    bytes = await reader.read();
  }
}
