// Uses node:net: the forwarder is a server of its own, on loopback, and no part of the gateway.
import { createServer, type Server, type Socket } from 'node:net';
import { type Forwarding, forward } from './forwarded-connection.ts';
import { accountsCanBeTold, isOwnPeer } from './peer-account.ts';

const HOST = '127.0.0.1';
const CONNECTIONS_MAX = 1000;
/** From accept until the client is in or has been told why not. */
const OPENING_MS = 60_000;
const KEEP_ALIVE_MS = 30_000;
/** What has been said last may still be read. */
const GOODBYE_MS = 2_000;

/** A running forwarder. */
export interface Forwarder {
  readonly host: string;
  readonly port: number;
  /** False: every account of this machine can use the port, because the machine does not tell them apart. */
  readonly private: boolean;
  /** Ends every connection and takes no other. */
  close(): Promise<void>;
}

/**
 * Listens on loopback and leads to one datasource as whoever is logged in. Other accounts of the machine are turned away
 * without a word. @param port 0: any free one. Rejects when it is taken.
 */
export async function startForwarder(port: number, forwarding: Forwarding): Promise<Forwarder> {
  const isPrivate = await accountsCanBeTold();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    const keep = (socket: Socket): void => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
    };
    keep(client);
    client.setKeepAlive(true, KEEP_ALIVE_MS);
    const late = setTimeout(() => client.destroy(), OPENING_MS);
    const serve = async (): Promise<void> => {
      if (isPrivate && !(await isOwnPeer(client))) client.destroy();
      else
        await forward(client, forwarding, (gateway) => {
          keep(gateway);
          goTogether(client, gateway);
        });
    };
    serve()
      .catch(() => client.destroy())
      .finally(() => {
        clearTimeout(late);
        if (client.writableEnded) farewell(client);
      });
  });
  server.maxConnections = CONNECTIONS_MAX;
  const taken = await listen(server, port);
  return {
    host: HOST,
    port: taken,
    private: isPrivate,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The end of one side's connection is the end of the other's; what it had sent before goes through first. */
function goTogether(client: Socket, gateway: Socket): void {
  if (client.destroyed) gateway.destroy();
  client.once('close', () => gateway.destroy());
  gateway.once('close', () => {
    if (!client.writableEnded) client.end();
    farewell(client);
  });
}

/** A client that has everything is waited for no longer than this; one that still takes it in, as long as it does. */
function farewell(client: Socket): void {
  const leave = (): void => void setTimeout(() => client.destroy(), GOODBYE_MS).unref();
  if (client.writableFinished || client.destroyed) leave();
  else client.once('finish', leave);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('there is no port'));
    });
  });
}
