import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  decodeAuthenticationRequest,
  decodeErrorResponse,
  encodeQuery,
  encodeStartupMessage,
  UpstreamAuthentication,
} from '@bailiwick/postgres';

/** Where a load goes. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const READY = 0x5a;
const ERROR = 0x45;
const AUTHENTICATION = 0x52;

/** A client that costs little: it walks headers, counts bytes, and looks into no row. */
export class LoadClient {
  readonly #socket: Socket;
  /** Bytes of the present frame that are still to come, then those of the next header. */
  #skip = 0;
  #header: Buffer = Buffer.alloc(0);
  #waiting: ((error: Error | null) => void) | null = null;
  #failed: Error | null = null;
  bytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#walk(chunk));
    socket.on('close', () => this.#finish(new Error('the server closed the connection')));
    socket.on('error', (error) => this.#finish(error));
  }

  /** Sends a request and waits for its ReadyForQuery. Rejects when the server reports an error. */
  ask(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = (error) => (error === null ? resolve() : reject(error));
      this.#socket.write(request);
    });
  }

  query(sql: string): Promise<void> {
    return this.ask(encodeQuery({ sql }));
  }

  /** Takes no more bytes until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** What could not be sent yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #walk(chunk: Buffer): void {
    this.bytes += chunk.length;
    let at = Math.min(this.#skip, chunk.length);
    this.#skip -= at;
    while (at < chunk.length) {
      const missing = 5 - this.#header.length;
      if (chunk.length - at < missing) {
        this.#header = Buffer.concat([this.#header, chunk.subarray(at)]);
        return;
      }
      const whole = this.#header.length > 0;
      const header = whole ? Buffer.concat([this.#header, chunk.subarray(at, at + missing)]) : chunk;
      const start = whole ? 0 : at;
      const type = header[start] ?? 0;
      const length = header.readUInt32BE(start + 1) - 4;
      this.#header = Buffer.alloc(0);
      at += missing;
      if (type === ERROR) this.#failed = new Error(messageOf(chunk.subarray(at, at + length)));
      const present = Math.min(length, chunk.length - at);
      at += present;
      this.#skip = length - present;
      if (type === READY) this.#finish(this.#failed);
    }
  }

  #finish(error: Error | null): void {
    this.#failed = null;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(error);
  }
}

function messageOf(body: Buffer): string {
  try {
    return decodeErrorResponse(body).fields.get('M') ?? 'an error';
  } catch {
    return 'an error';
  }
}

/** A connection on which nothing is under way. */
export async function connectLoad(address: Address): Promise<LoadClient> {
  const socket = await connectSocket(address);
  const client = new LoadClient(socket);
  socket.resume();
  return client;
}

/** Connects and authenticates, without TLS: by SCRAM to a database, with a token to the gateway. The socket is paused. */
export async function connectSocket(address: Address): Promise<Socket> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  await once(socket, 'connect');
  const parameters = new Map([
    ['user', address.user],
    ['database', address.database],
  ]);
  socket.write(encodeStartupMessage({ protocolMinor: 0, parameters, protocolOptions: new Map() }));
  // The leg is loopback: a token may travel on it as it is.
  const authentication = new UpstreamAuthentication({
    user: address.user,
    password: address.password,
    encrypted: true,
  });
  let received: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(socket)) {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const length = received.length < 5 ? Number.POSITIVE_INFINITY : 1 + received.readUInt32BE(1);
      if (received.length < length) break;
      const [type, body] = [received[0], received.subarray(5, length)];
      received = received.subarray(length);
      if (type === ERROR) throw new Error(messageOf(body));
      if (type === READY) return socket;
      if (type !== AUTHENTICATION) continue;
      const answer = await authentication.answer(decodeAuthenticationRequest(body));
      if (answer !== null) socket.write(answer);
    }
  }
  throw new Error('the server closed the connection during startup');
}

/** Chunks one by one; the socket stays usable when the loop is left. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    yield chunk;
    socket.resume();
  }
}
