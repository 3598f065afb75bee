import type { Socket } from 'node:net';

/** Sends these bytes with one `write`; the socket keeps the buffers until they are sent. */
export function writePieces(socket: Socket, pieces: readonly Buffer[]): void {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) {
    socket.write(only);
    return;
  }
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}
