import type { Socket } from 'node:net';
import { encodeTerminate } from '@bailiwick/postgres';
import { farewell } from './farewell.ts';
import { TurnBudget } from './turn-budget.ts';
import { writePieces } from './write-pieces.ts';

/** A peer that does not read makes the other one wait beyond this many unsent bytes. */
const UNSENT_BYTES_MAX = 256 * 1024;
/** A database that does not go when it is told to gets no more time than this. */
const GOODBYE_MS = 2_000;

/** What the sockets tell the session. */
export interface SocketPairHost {
  fromClient(chunk: Buffer): void;
  fromUpstream(chunk: Buffer): void;
  /** Whether the session could treat more from the client; the database's socket is looked at here. */
  clientMayRead(): boolean;
  clientGone(): void;
  /** The client will send no more. It may still be reading. */
  clientEnded(): void;
  upstreamGone(): void;
  /** This many bytes were received from the client, or sent to it. */
  count(direction: 'in' | 'out', bytes: number): void;
}

/** The two sockets of a session: reading stops while the other side is slow, and each end is told. */
export class SocketPair {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #host: SocketPairHost;
  readonly #clientBudget: TurnBudget;
  readonly #upstreamBudget: TurnBudget;

  constructor(client: Socket, upstream: Socket, host: SocketPairHost) {
    this.#client = client;
    this.#upstream = upstream;
    this.#host = host;
    this.#clientBudget = new TurnBudget(
      client,
      () => upstream.writableLength <= UNSENT_BYTES_MAX && host.clientMayRead(),
    );
    this.#upstreamBudget = new TurnBudget(upstream, () => client.writableLength <= UNSENT_BYTES_MAX);
  }

  get clientClosed(): boolean {
    return this.#client.destroyed;
  }

  /** Nothing more is written to the database. */
  get upstreamFinished(): boolean {
    return this.#upstream.writableEnded;
  }

  /** Begins to listen; nothing is read before `read`. */
  listen(): void {
    const client = this.#client;
    const upstream = this.#upstream;
    const host = this.#host;
    client.on('data', (chunk: Buffer) => {
      host.count('in', chunk.length);
      host.fromClient(chunk);
      this.#clientBudget.spend(chunk.length);
    });
    upstream.on('data', (chunk: Buffer) => {
      host.fromUpstream(chunk);
      this.#upstreamBudget.spend(chunk.length);
      this.#clientBudget.check();
    });
    client.on('drain', () => this.#upstreamBudget.check());
    upstream.on('drain', () => this.#clientBudget.check());
    client.on('error', () => {});
    upstream.on('error', () => {});
    client.on('close', () => host.clientGone());
    client.on('end', () => host.clientEnded());
    upstream.on('close', () => host.upstreamGone());
    upstream.on('end', () => host.upstreamGone());
  }

  read(): void {
    this.#client.resume();
    this.#upstream.resume();
  }

  /** Tells again of a client that went before anybody listened. */
  tellIfGone(): void {
    if (this.#client.destroyed) this.#host.clientGone();
    else if (this.#client.readableEnded) this.#host.clientEnded();
  }

  /** What `clientMayRead` looks at has changed. */
  checkClient(): void {
    this.#clientBudget.check();
  }

  writeUpstream(pieces: readonly Buffer[]): void {
    writePieces(this.#upstream, pieces);
  }

  writeClient(pieces: readonly Buffer[]): void {
    if (this.#client.destroyed) return;
    for (const piece of pieces) this.#host.count('out', piece.length);
    writePieces(this.#client, pieces);
  }

  /** Passes the end of the client's stream on. */
  finishUpstream(): void {
    if (!this.#upstream.writableEnded) this.#upstream.end();
  }

  /** Says goodbye to both. @param patient the client takes what it has asked for at its own pace. */
  close(patient: boolean): void {
    farewell(this.#client, patient);
    const upstream = this.#upstream;
    if (!upstream.destroyed) upstream.end(encodeTerminate());
    setTimeout(() => upstream.destroy(), GOODBYE_MS).unref();
  }
}
