import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What a scripted database does with one session of the gateway's, from its StartupMessage on. */
export type HandshakeScript = (peer: HandshakePeer) => Promise<void> | void;

/** The gateway as the scripted database sees it. */
export interface HandshakePeer {
  send(...bytes: readonly Buffer[]): void;
  /** The next bytes that the gateway sends; empty when it has closed. */
  read(): Promise<Buffer>;
  end(): void;
}

/**
 * A database that turns on the gateway. In front of a real one, it relays everything (the gateway reads its catalog
 * through it) until it is told what to say in place of the database, to sessions of clients alone.
 */
export interface HostileServer {
  readonly port: number;
  /** From now on sessions are met with this in place of the real handshake; null: with the real one. */
  meetWith(script: HandshakeScript | null): void;
  /**
   * What the next message of a session is answered with, in place of the database, which never sees it. Null in the end
   * of the list: and then the connection is closed.
   */
  answerWith(answer: readonly (Buffer | null)[] | null): void;
  /** Sends this to every session now, though nobody asked. */
  say(bytes: Buffer): void;
  /** All that the gateway has sent on connections that a script met. */
  heard(): Buffer;
  /** Connections of sessions that are open. */
  open(): number;
  close(): Promise<void>;
}

/** A session's StartupMessage tells of it; the gateway's own connections do not. */
const SESSION_MARK = 'bailiwick.session=';

/** Listens on a free port of loopback in front of `port`. */
export async function startHostileServer(port: number, host = '127.0.0.1'): Promise<HostileServer> {
  const sessions = new Set<Socket>();
  const sockets = new Set<Socket>();
  const heard: Buffer[] = [];
  let script: HandshakeScript | null = null;
  let answer: readonly (Buffer | null)[] | null = null;

  const relay = (client: Socket, startup: Buffer, session: boolean): void => {
    const upstream = connect({ host, port, noDelay: true });
    sockets.add(upstream);
    upstream.write(startup);
    client.on('data', (chunk: Buffer) => {
      if (!session || answer === null) {
        upstream.write(chunk);
        return;
      }
      const pieces = answer;
      answer = null;
      for (const piece of pieces)
        if (piece === null) client.end();
        else client.write(piece);
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  };

  const server = createServer({ noDelay: true }, (client) => {
    sockets.add(client);
    client.on('error', () => {});
    let received: Buffer = Buffer.alloc(0);
    const begin = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < received.readUInt32BE(0)) return;
      client.off('data', begin);
      const session = received.includes(SESSION_MARK);
      if (session) sessions.add(client);
      client.on('close', () => sessions.delete(client));
      if (session && script !== null) meet(client, script, heard);
      else relay(client, received, session);
    };
    client.on('data', begin);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the hostile server has no port');
  return {
    port: address.port,
    meetWith: (next) => {
      script = next;
      heard.length = 0;
    },
    answerWith: (next) => {
      answer = next;
    },
    say: (bytes) => {
      for (const socket of sessions) socket.write(bytes);
    },
    heard: () => Buffer.concat(heard),
    open: () => sessions.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function meet(client: Socket, script: HandshakeScript, heard: Buffer[]): void {
  const waiting: Buffer[] = [];
  let ended = false;
  let wake = (): void => {};
  client.on('data', (chunk: Buffer) => {
    heard.push(chunk);
    waiting.push(chunk);
    wake();
  });
  client.on('close', () => {
    ended = true;
    wake();
  });
  const read = async (): Promise<Buffer> => {
    while (waiting.length === 0 && !ended)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return Buffer.concat(waiting.splice(0));
  };
  void script({
    send: (...bytes) => {
      if (!client.destroyed) client.write(Buffer.concat(bytes));
    },
    read,
    end: () => client.end(),
  });
}
