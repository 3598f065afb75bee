import { GatewayError } from '@bailiwick/domain';
import {
  decodeCopyFail,
  encodeFlush,
  FRONTEND,
  frontendBodyLengthMax,
  legalFrontendBodyLengthMax,
  messageName,
} from '@bailiwick/postgres';
import { FrameDecoder } from '@bailiwick/wire';
import { askPath } from './ask-path.ts';
import { ClientTurn } from './client-turn.ts';
import { ExtendedRequests } from './extended-requests.ts';
import { FunctionCalls } from './function-calls.ts';
import type { Held } from './held.ts';
import { LocalRequests } from './local-requests.ts';
import type { SessionCore } from './session-core.ts';
import { SimpleRequests } from './simple-requests.ts';

/** A frame from the client under treatment. `frame` is the whole of it, `body` what follows the length field. */
export interface ClientFrame {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly body: Buffer;
}

/** What the client's side asks of the session around it. */
export interface ClientSideHost {
  /** Writes to the database; the record of it is already with the operating system. */
  writeUpstream(pieces: readonly Buffer[]): void;
  /** Delivers frames of the gateway's own at once, between those of the database. */
  deliverNow(frames: Buffer): void;
  /** The gateway has put an answer of its own into the queue: deliver it if its turn has come. */
  deliverLocal(): void;
  /** Resolves when the condition holds; it is looked at whenever the database has answered something. */
  until(condition: () => boolean): Promise<void>;
  /** Frames that had to wait have been treated: there may be room for more. */
  caughtUp(): void;
  /** The client has said goodbye. */
  terminated(): void;
  fail(error: unknown): void;
}

/** The way of the client's frames: legal? understood? decided? recorded? then upstream. One frame at a time, in order. */
export class ClientSide {
  readonly turn: ClientTurn = new ClientTurn();
  readonly core: SessionCore;
  readonly host: ClientSideHost;
  readonly held: Held;
  readonly #decoder: FrameDecoder;
  readonly #simple: SimpleRequests;
  readonly #calls: FunctionCalls;
  readonly #extended: ExtendedRequests;
  #working = false;
  #durable = false;
  #messages = 0;
  #stopped = false;

  constructor(core: SessionCore, host: ClientSideHost, held: Held) {
    this.core = core;
    this.host = host;
    this.held = held;
    this.#decoder = new FrameDecoder({
      bodyLengthMax: frontendBodyLengthMax(core.options.limits.frameBytesMax),
      legalBodyLengthMax: legalFrontendBodyLengthMax,
      messageName: (type) => messageName('frontend', type),
    });
    const local = new LocalRequests(this);
    this.#simple = new SimpleRequests(this, local);
    this.#calls = new FunctionCalls(this);
    this.#extended = new ExtendedRequests(this, local);
  }

  /** Bytes that wait because a frame before them is being judged or held; a frame that is still arriving waits for none. */
  get waitingBytes(): number {
    return this.#working ? this.#decoder.bufferedBytes : 0;
  }

  /** Complete messages that have come so far. */
  get messages(): number {
    return this.#messages;
  }

  get working(): boolean {
    return this.#working;
  }

  receive(chunk: Buffer): void {
    this.#decoder.push(chunk);
    this.pump();
  }

  /** Treats no further frame: one was dropped, and those behind it must not run without it. */
  stop(): void {
    this.#stopped = true;
  }

  /** Treats what has arrived, unless a frame is still under treatment. */
  pump(): void {
    if (this.#working || this.#stopped || this.core.over) return;
    this.#working = true;
    let pending: Promise<void> | undefined;
    try {
      pending = this.#work();
    } catch (error) {
      this.host.fail(error);
      return;
    }
    if (pending === undefined) {
      this.#working = false;
      return;
    }
    pending
      .then(() => {
        this.#working = false;
        this.pump();
        if (!this.#working) this.host.caughtUp();
      })
      .catch((error: unknown) => this.host.fail(error));
  }

  /** The statement writes or is regulated: its record must be on stable storage before anything is sent. */
  requireDurable(): void {
    this.#durable = true;
  }

  /**
   * Records everything that is ready to go and sends it. Resolves when it is sent; undefined: it was sent at once.
   * Whoever waits for something else first calls this, so that earlier requests do not wait with it.
   */
  commit(): Promise<void> | undefined {
    if (this.turn.empty) return undefined;
    const { run, outgoing } = this.turn.take();
    this.core.transcript.frames(run);
    this.core.transcript.flush();
    if (!this.#durable) return this.#write(outgoing);
    this.#durable = false;
    const started = performance.now();
    return this.core.transcript.durable().then(() => {
      const seconds = (performance.now() - started) / 1000;
      this.core.telemetry.observe('gateway_overhead_seconds', { stage: 'record' }, seconds);
      this.#write(outgoing);
    });
  }

  /** The session ends: what was received is recorded, and nothing of it is sent. */
  recordRest(): void {
    if (this.turn.empty) return;
    const { run } = this.turn.take();
    this.core.transcript.frames({ ...run, upstreamSide: [] });
  }

  /** Sends what is ready and asks the database for every reply that it owes. */
  async commitAndFlush(): Promise<void> {
    if (this.core.flow.underWay > 0) this.turn.send(encodeFlush());
    await this.commit();
  }

  /** Waits until what earlier statements change is known, of names too, because later ones mean something else by it. */
  async settle(): Promise<void> {
    const { core } = this;
    const settled = (): boolean => !core.unsettledNow && core.flow.namesDecided;
    if (!settled()) {
      await this.commitAndFlush();
      await this.host.until(settled);
    }
    if (core.searchPath.mustAsk && !core.over && !core.flow.skipping) await askPath(this, () => this.commitAndFlush());
  }

  /** Settles, then acts: names are looked up after the wait, for what they stood for before may be uncertain by then. */
  async settledThen(act: () => Promise<void> | undefined): Promise<void> {
    await this.settle();
    if (!this.moot()) await act();
  }

  /** While the frame under treatment waited, an earlier one failed: the server would skip it, so it goes nowhere. */
  moot(): boolean {
    if (!this.core.over && !this.core.flow.skipping) return false;
    this.turn.withhold();
    return true;
  }

  #write(outgoing: readonly Buffer[]): undefined {
    if (this.core.over) return;
    this.host.writeUpstream(outgoing);
    this.core.claims.written();
    // Before any answer to what was written can come: that would meet an answer of the gateway's own at the head.
    this.host.deliverLocal();
  }

  #work(): Promise<void> | undefined {
    while (!this.#stopped && this.#decoder.next()) {
      const pending = this.#frame();
      if (pending !== undefined) return pending.then(() => this.#finishTurn());
    }
    return this.#finishTurn();
  }

  #finishTurn(): Promise<void> | undefined {
    if (this.core.over) return undefined;
    const pending = this.commit();
    if (pending !== undefined) return pending.then(() => this.host.deliverLocal());
    this.host.deliverLocal();
    return undefined;
  }

  async #terminate(): Promise<void> {
    await this.commit();
    this.host.terminated();
  }

  /** Whether the server swallows a Sync behind this depends on whether it reads copy data now: that is waited for. */
  async #copyLater(type: number, frame: ClientFrame): Promise<void> {
    const { flow } = this.core;
    await this.commitAndFlush();
    await this.host.until(() => !flow.copyUndecided);
    if (flow.admit(type, messageName('frontend', type)) === 'drop') this.turn.withhold();
    else this.#copy(type, frame);
  }

  #copy(type: number, { buffer, start, end, body }: ClientFrame): undefined {
    if (type === FRONTEND.CopyFail) decodeCopyFail(body);
    if (type !== FRONTEND.CopyData) {
      this.core.flow.endCopyIn();
      // The data takes effect now, and its record comes first (law 2).
      this.requireDurable();
    }
    this.turn.relay(buffer, start, end);
  }

  #frame(): Promise<void> | undefined {
    const { type, buffer, start, end } = this.#decoder;
    const { flow } = this.core;
    this.#messages++;
    this.turn.receive(buffer, start, end);
    if (flow.admit(type, messageName('frontend', type)) === 'drop') {
      this.turn.withhold();
      return undefined;
    }
    const frame: ClientFrame = { buffer, start, end, body: buffer.subarray(start + 5, end) };
    switch (type) {
      case FRONTEND.Query:
        return this.#simple.query(frame);
      case FRONTEND.FunctionCall:
        return this.#calls.call(frame);
      case FRONTEND.Parse:
        return this.#extended.parse(frame);
      case FRONTEND.Bind:
        return this.#extended.bind(frame);
      case FRONTEND.Describe:
        return this.#extended.describe(frame);
      case FRONTEND.Execute:
        return this.#extended.execute(frame);
      case FRONTEND.Close:
        return this.#extended.close(frame);
      case FRONTEND.Sync:
        return this.#extended.sync(frame);
      case FRONTEND.Flush:
        this.turn.relay(buffer, start, end);
        return undefined;
      case FRONTEND.CopyData:
      case FRONTEND.CopyDone:
      case FRONTEND.CopyFail:
        return flow.copyUndecided ? this.#copyLater(type, frame) : this.#copy(type, frame);
      case FRONTEND.Terminate:
        this.turn.relay(buffer, start, end);
        return this.#terminate();
      default:
        throw new GatewayError('protocol-violation', `a ${messageName('frontend', type)} may not come now`);
    }
  }
}
