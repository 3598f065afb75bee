import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A relay in front of a port that keeps every byte of both directions. */
export interface Tap {
  readonly port: number;
  /** All that the server behind it sent, of all connections. */
  received(): Buffer;
  /** All that clients sent. */
  sent(): Buffer;
  close(): Promise<void>;
}

/** Listens on a free port of loopback. */
export async function startTap(port: number, host = '127.0.0.1'): Promise<Tap> {
  const [received, sent]: [Buffer[], Buffer[]] = [[], []];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host, port, noDelay: true });
    for (const [from, to, log] of [
      [client, upstream, sent],
      [upstream, client, received],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk: Buffer) => log.push(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the tap has no port');
  return {
    port: address.port,
    received: () => Buffer.concat(received),
    sent: () => Buffer.concat(sent),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
