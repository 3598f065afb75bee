import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  decodeAuthenticationRequest,
  decodeBackendKeyData,
  decodeCommandComplete,
  decodeDataRow,
  decodeErrorResponse,
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodePasswordMessage,
  encodeQuery,
  encodeSslRequest,
  encodeStartupMessage,
  encodeSync,
} from '@bailiwick/postgres';

/** One message of the server. `type` is its letter. */
export interface ServerFrame {
  readonly type: string;
  readonly body: Buffer;
}

export interface WireOptions {
  readonly host: string;
  readonly port: number;
  /** PEM of the authority that signed the server's certificate; absent: no TLS. */
  readonly ca?: string;
  /** TLS from the first byte on, naming these protocols, in place of SSLRequest. */
  readonly direct?: readonly string[];
  /** What to show when asked for a certificate, PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

const STALLED_MS = 20_000;

/** A client that sends what it is told to, byte for byte, and keeps everything that it received. */
export class WireClient {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #pending: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | null = null;
  /** Of BackendKeyData, for CancelRequests. */
  key: { readonly processId: number; readonly secretKey: Buffer } | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#pending = Buffer.concat([this.#pending, chunk]);
      this.#wake?.();
    });
    const ended = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('error', ended);
    socket.on('close', ended);
    socket.on('end', ended);
  }

  /** Everything received since the connection (or its TLS) was opened. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get ended(): boolean {
    return this.#ended;
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  /** The next message, or null when the server has closed the connection. Throws when nothing comes for long. */
  async frame(): Promise<ServerFrame | null> {
    for (;;) {
      const length = this.#pending.length >= 5 ? 1 + this.#pending.readUInt32BE(1) : Number.POSITIVE_INFINITY;
      if (this.#pending.length >= length) {
        const frame = {
          type: String.fromCharCode(this.#pending.readUInt8(0)),
          body: this.#pending.subarray(5, length),
        };
        this.#pending = this.#pending.subarray(length);
        return frame;
      }
      if (this.#ended) return null;
      await this.#more();
    }
  }

  /** Messages up to and with the first of one of these types (default: ReadyForQuery), or the end of the connection. */
  async replies(until = 'Z'): Promise<ServerFrame[]> {
    const frames: ServerFrame[] = [];
    for (;;) {
      const frame = await this.frame();
      if (frame === null) return frames;
      frames.push(frame);
      if (until.includes(frame.type)) return frames;
    }
  }

  /** Everything up to the end of the connection. */
  rest(): Promise<ServerFrame[]> {
    return this.replies('');
  }

  /** Startup, password, and the rest up to ReadyForQuery or an error. */
  async logIn(
    parameters: Readonly<Record<string, string>>,
    password: string,
    version: 3.0 | 3.2 = 3.0,
  ): Promise<ServerFrame[]> {
    this.send(
      encodeStartupMessage({
        protocolMinor: version === 3.2 ? 2 : 0,
        parameters: new Map(Object.entries(parameters)),
        protocolOptions: new Map(),
      }),
    );
    const asked = await this.replies('RE');
    const last = asked.at(-1);
    if (last?.type !== 'R' || decodeAuthenticationRequest(last.body).kind !== 'CleartextPassword') return asked;
    this.send(encodePasswordMessage({ password }));
    const answer = await this.replies('ZE');
    const key = answer.find(({ type }) => type === 'K');
    if (key !== undefined) this.key = decodeBackendKeyData(key.body);
    return [...asked, ...answer];
  }

  query(sql: string): Promise<ServerFrame[]> {
    this.send(encodeQuery({ sql }));
    return this.replies();
  }

  /** Ends this side without a word; what the server still has to say is read. */
  finish(...bytes: readonly Uint8Array[]): void {
    this.#socket.end(Buffer.concat(bytes));
  }

  /** Takes no more bytes until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stalled = setTimeout(() => reject(new Error('the server says nothing')), STALLED_MS);
      this.#wake = () => {
        clearTimeout(stalled);
        this.#wake = null;
        resolve();
      };
    });
  }
}

/** A plain TCP connection. */
export async function openTcp({ host, port }: Pick<WireOptions, 'host' | 'port'>): Promise<Socket> {
  const socket = connectTcp({ host, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Connects, with TLS where an authority is given, and has sent nothing yet. */
export async function openWire(options: WireOptions): Promise<WireClient> {
  const socket = await openTcp(options);
  if (options.ca === undefined) return new WireClient(socket);
  if (options.direct === undefined) {
    socket.write(encodeSslRequest());
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (answer.toString('latin1') !== 'S')
      throw new Error(`the server answered ${answer.toString('hex')} to SSLRequest`);
  }
  const { ca, host, certificate = {}, direct: ALPNProtocols } = options;
  const secured = connectTls({
    ...{ socket, ca, host, ...certificate },
    ...(ALPNProtocols === undefined ? {} : { ALPNProtocols: [...ALPNProtocols] }),
  });
  await once(secured, 'secureConnect');
  return new WireClient(secured);
}

/** Parse, Bind, Describe, Execute and Sync of one statement by the unnamed names. */
export function extendedQuery(
  sql: string,
  parameters: readonly (string | null)[] = [],
  resultFormats: readonly (0 | 1)[] = [],
): Buffer {
  return Buffer.concat([extendedStatement(sql, parameters, resultFormats), encodeSync()]);
}

/** As `extendedQuery` without the Sync. */
export function extendedStatement(
  sql: string,
  parameters: readonly (string | null)[] = [],
  resultFormats: readonly (0 | 1)[] = [],
): Buffer {
  const values = parameters.map((value) => (value === null ? null : Buffer.from(value)));
  return Buffer.concat([
    encodeParse({ statement: '', sql, parameterTypeOids: [] }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: values, resultFormats }),
    encodeDescribe({ kind: 'portal', name: '' }),
    encodeExecute({ portal: '', rowsMax: 0 }),
  ]);
}

/** The letters of some messages, in order. */
export const typesOf = (frames: readonly ServerFrame[]): string => frames.map(({ type }) => type).join('');

/** The rows as text; NULL is null. */
export const rowsOf = (frames: readonly ServerFrame[]): (string | null)[][] =>
  cellsOf(frames).map((row) => row.map((cell) => cell?.toString('utf8') ?? null));

/** The rows as bytes. */
export const cellsOf = (frames: readonly ServerFrame[]): (Buffer | null)[][] =>
  frames
    .filter(({ type }) => type === 'D')
    .map(({ body }) => [...decodeDataRow(body)].map((cell) => (cell === null ? null : Buffer.from(cell))));

/** Command tags in order. */
export const tagsOf = (frames: readonly ServerFrame[]): string[] =>
  frames.filter(({ type }) => type === 'C').map(({ body }) => decodeCommandComplete(body).tag);

/** The transaction status of the last ReadyForQuery: I, T or E. */
export const statusOf = (frames: readonly ServerFrame[]): string | undefined =>
  frames.findLast(({ type }) => type === 'Z')?.body.toString('latin1');

/** One error or notice by the letters of its fields: S severity, C code, M message, D detail, H hint. */
export type WireError = Readonly<Record<string, string>>;

/** Every error in order. */
export const errorsOf = (frames: readonly ServerFrame[], type: 'E' | 'N' = 'E'): WireError[] =>
  frames.filter((frame) => frame.type === type).map(({ body }) => Object.fromEntries(decodeErrorResponse(body).fields));
