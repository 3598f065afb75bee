// Uses node:net: reads what opens a connection of the forwarder, before the two sides are joined.
import type { Socket } from 'node:net';
import { ProtocolError, STARTUP_BODY_LENGTH_MAX } from '@bailiwick/wire';

/** The peer went while something was still expected of it. */
export class PeerGone extends Error {
  constructor() {
    super('the connection ended');
    this.name = 'PeerGone';
  }
}

const LENGTH_FIELD = 4;

/** Exactly `count` bytes. What comes behind them stays in the socket, which nobody else may read. @throws PeerGone */
export async function takeBytes(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    // At the end of the stream this gives what is left of it, however little.
    const bytes: unknown = socket.read(count);
    if (bytes instanceof Buffer && bytes.length === count) return bytes;
    if (socket.destroyed || socket.readableEnded || bytes instanceof Buffer) throw new PeerGone();
    await somethingHappens(socket);
  }
}

function somethingHappens(socket: Socket): Promise<void> {
  const events = ['readable', 'end', 'close', 'error'] as const;
  return new Promise((resolve) => {
    const happened = (): void => {
      for (const event of events) socket.off(event, happened);
      resolve();
    };
    for (const event of events) socket.on(event, happened);
  });
}

/** The body of a startup packet, which has no type byte. @throws ProtocolError */
export async function takeStartupPacket(socket: Socket): Promise<Buffer> {
  const length = (await takeBytes(socket, LENGTH_FIELD)).readInt32BE(0) - LENGTH_FIELD;
  // Shorter than a code, or longer than the server takes: HTTP and TLS come out as lengths beyond it, too.
  if (length < LENGTH_FIELD || length > STARTUP_BODY_LENGTH_MAX) {
    throw new ProtocolError('malformed', 'startup packet', 0, 'its length is out of bounds');
  }
  return takeBytes(socket, length);
}

/** A frame of the gateway: its type, its body, and the whole of it. @throws ProtocolError */
export async function takeFrame(
  socket: Socket,
  bodyLengthMax: number,
): Promise<{ readonly type: number; readonly body: Buffer; readonly frame: Buffer }> {
  const head = await takeBytes(socket, 1 + LENGTH_FIELD);
  const length = head.readInt32BE(1) - LENGTH_FIELD;
  if (length < 0 || length > bodyLengthMax) {
    throw new ProtocolError('malformed', 'frame', 1, 'its length is out of bounds');
  }
  const body = length === 0 ? Buffer.alloc(0) : await takeBytes(socket, length);
  return { type: head.readUInt8(0), body, frame: Buffer.concat([head, body]) };
}
