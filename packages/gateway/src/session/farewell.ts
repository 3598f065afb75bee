import type { Socket } from 'node:net';

/** A client that does not take its last message gets no more time than this. */
const GOODBYE_MS = 2_000;
/** One that waits for the rest of its results is given up when it has taken nothing for so long. */
const STALLED_MS = 30_000;

/**
 * Ends our side of a client's socket and closes it. What was written before is delivered first. @param patient the client
 * takes the results that it asked for at its own pace; else it has a moment for its last message.
 */
export function farewell(socket: Socket, patient: boolean): void {
  socket.end();
  let left = socket.writableLength;
  let stalledMs = 0;
  const look = (): void => {
    if (socket.destroyed) return;
    stalledMs = socket.writableLength < left ? 0 : stalledMs + GOODBYE_MS;
    left = socket.writableLength;
    if (socket.writableFinished || !patient || stalledMs >= STALLED_MS) socket.destroy();
    else setTimeout(look, GOODBYE_MS).unref();
  };
  setTimeout(look, GOODBYE_MS).unref();
}
