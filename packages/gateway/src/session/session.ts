import type { Socket } from 'node:net';
import { GatewayError } from '@bailiwick/domain';
import { encodeTerminate, REQUESTS_UNDER_WAY_MAX } from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import type { UpstreamConnection } from '../upstream/connect.ts';
import { awaitTime } from './await-time.ts';
import { ClientSide } from './client-side.ts';
import { farewell } from './farewell.ts';
import { Held } from './held.ts';
import { IdleTimer, type SessionState } from './idle-timer.ts';
import { encodeGatewayError } from './refusal-frames.ts';
import type { SessionCore } from './session-core.ts';
import { StatementTimer } from './statement-timer.ts';
import { TurnBudget } from './turn-budget.ts';
import { UpstreamSide } from './upstream-side.ts';
import { writePieces } from './write-pieces.ts';

/** A peer that does not read makes the other one wait beyond this many unsent bytes. */
const UNSENT_BYTES_MAX = 256 * 1024;
/** What a client may send ahead while a statement of its own is judged or held. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** A database that does not go when it is told to gets no more time than this. */
const GOODBYE_MS = 2_000;
/** Time that a session which has lasted too long gets for what it has begun. */
const OVER_TIME_GRACE_MS = 60_000;

/** One identity's use of one connection: pumps bytes between two sockets, and owns its end. */
export class Session {
  readonly core: SessionCore;
  readonly #client: Socket;
  readonly #upstream: UpstreamConnection;
  readonly #held = new Held();
  readonly #clientSide: ClientSide;
  readonly #upstreamSide: UpstreamSide;
  readonly #onEnd: () => void;
  readonly #cancelUpstream: () => Promise<void>;
  readonly #timer: StatementTimer;
  readonly #idleTimer: IdleTimer;
  readonly #clientBudget: TurnBudget;
  readonly #upstreamBudget: TurnBudget;
  #waiters: { readonly condition: () => boolean; readonly wake: () => void }[] = [];
  #stopExpiry: () => void = () => {};
  #stopSessionTime: () => void = () => {};
  #ended = false;
  #expired = false;
  #draining = false;
  #overTime = false;
  /** The client has ended its side, and waits for what it has asked for. */
  #clientFinished = false;
  #upstreamSaidWhy = false;
  /** Cancel requests on their way: one that comes late would hit what the client sends next. */
  #cancelling = 0;

  constructor(
    core: SessionCore,
    client: Socket,
    upstream: UpstreamConnection,
    cancelUpstream: () => Promise<void>,
    onEnd: () => void,
  ) {
    this.core = core;
    this.#client = client;
    this.#upstream = upstream;
    this.#cancelUpstream = cancelUpstream;
    this.#onEnd = onEnd;
    const { clock, limits } = core.options;
    this.#timer = new StatementTimer(clock, limits.statementTimeMs, () => this.#cancelStatement());
    this.#idleTimer = new IdleTimer(clock, limits, (state) => this.#idleTooLong(state));
    this.#upstreamSide = new UpstreamSide(core, upstream.decoder, {
      writeClient: (pieces) => this.#writeClient(pieces),
      settled: () => this.#wakeWaiters(),
      skipping: () => this.#held.abandon(),
      cancelStatement: () => this.#cancelStatement(),
      statementEnded: () => this.#timer.ended(core.flow.underWay > 0),
      idle: () => this.#idle(),
      upstreamFatal: () => {
        this.#upstreamSaidWhy = true;
      },
      fail: (error) => this.fail(error, 'upstream'),
    });
    this.#clientBudget = new TurnBudget(client, () => this.#clientMayRead());
    this.#upstreamBudget = new TurnBudget(upstream.socket, () => client.writableLength <= UNSENT_BYTES_MAX);
    this.#clientSide = new ClientSide(
      core,
      {
        writeUpstream: (pieces) => this.#writeUpstream(pieces),
        deliverNow: (frames) => this.#guarded(() => this.#upstreamSide.deliverNow(frames)),
        deliverLocal: () => this.#upstreamSide.deliverLocal(),
        until: (condition) => this.#until(condition),
        caughtUp: () => {
          this.#clientBudget.check();
          this.#look();
        },
        terminated: () => this.end('the client terminated', null),
        fail: (error) => this.fail(error),
      },
      this.#held,
    );
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Takes over both sockets. `greeting` is the first thing the client gets. */
  start(greeting: Buffer): void {
    const client = this.#client;
    const upstream = this.#upstream.socket;
    client.on('data', (chunk: Buffer) =>
      this.#guarded(() => {
        this.#count('in', chunk.length);
        this.#clientSide.receive(chunk);
        this.#clientBudget.spend(chunk.length);
        this.#look();
      }),
    );
    upstream.on('data', (chunk: Buffer) =>
      this.#guarded(() => {
        this.#upstreamSide.receive(chunk);
        this.#upstreamBudget.spend(chunk.length);
        this.#clientBudget.check();
        this.#look();
      }, 'upstream'),
    );
    client.on('drain', () => this.#upstreamBudget.check());
    upstream.on('drain', () => this.#clientBudget.check());
    client.on('error', () => {});
    upstream.on('error', () => {});
    client.on('close', () => this.#clientGone());
    client.on('end', () => this.#clientEnded());
    upstream.on('close', () => this.#upstreamGone());
    upstream.on('end', () => this.#upstreamGone());
    this.#guarded(() => this.#upstreamSide.deliverNow(greeting));
    client.resume();
    upstream.resume();
    const { clock } = this.core.options;
    this.#stopExpiry = awaitTime(clock, this.core.info.identity.expiresAt, () => this.#tokenExpired());
    this.#awaitOverTime();
    this.#look();
    // It went while the database was being connected to: nothing will tell us again.
    if (client.destroyed) this.#clientGone();
    else if (client.readableEnded) this.#clientEnded();
  }

  /** Something has happened that may have changed what the session waits for. */
  #look(): void {
    if (this.#ended) return;
    this.#idleTimer.look(this.#state(), this.#clientSide.messages);
    if (this.#clientFinished) this.#finish();
  }

  #state(): SessionState {
    if (this.core.flow.underWay > 0 || this.#clientSide.working) return 'busy';
    return this.core.flow.transactionStatus === 0x49 ? 'idle' : 'idle-in-transaction';
  }

  #idleTooLong(state: SessionState): void {
    const [code, where] =
      state === 'idle'
        ? (['idle-timeout', ''] as const)
        : (['idle-in-transaction-timeout', ' inside a transaction'] as const);
    this.end(code, new GatewayError(code, `the session was idle for too long${where}`, 'connect again'));
  }

  #awaitOverTime(): void {
    const { clock, limits } = this.core.options;
    if (limits.sessionTimeMs === 0) return;
    this.#stopSessionTime = clock.after(limits.sessionTimeMs, () => {
      this.#overTime = true;
      this.#stopSessionTime = clock.after(OVER_TIME_GRACE_MS, () => this.#endOverTime());
      if (this.#isIdle()) this.#idle();
      else this.#clientBudget.check();
    });
  }

  #endOverTime(): void {
    this.end(
      'the session lasted too long',
      new GatewayError('session-time-over', 'the session has lasted as long as sessions may', 'connect again'),
    );
  }

  #tokenExpired(): void {
    if (this.core.options.onTokenExpiry === 'at_once') {
      this.cut('the token expired', expiredError());
      return;
    }
    this.#expired = true;
    if (this.#isIdle()) this.#idle();
    else this.#clientBudget.check();
  }

  /** A CancelRequest with this session's key. */
  cancel(): void {
    if (!this.#held.cancel()) this.#sendCancel();
  }

  #cancelStatement(): void {
    if (this.#cancelling === 0) this.#sendCancel();
  }

  #sendCancel(): void {
    this.#cancelling++;
    void this.#cancelUpstream().finally(() => {
      this.#cancelling--;
      if (!this.#ended) this.#clientBudget.check();
    });
    this.#clientBudget.check();
  }

  /** Ends as soon as nothing is under way. */
  drain(): void {
    this.#draining = true;
    if (this.#isIdle()) this.#idle();
  }

  /** An error that the session does not survive. */
  fail(error: unknown, peer: 'client' | 'upstream' = 'client'): void {
    if (this.#ended) return;
    const fatal = fatalOf(error, peer);
    if (error instanceof ProtocolError)
      this.#quietly(() =>
        this.core.record({ type: 'violation', peer, message: error.messageName, reason: error.message }),
      );
    const { log } = this.core.options;
    log[fatal.form.logLevel](
      { session: this.core.info.id, code: fatal.code, reason: error instanceof Error ? error.message : 'unknown' },
      'the session was ended',
    );
    this.end(fatal.message, fatal);
  }

  /** Ends the session now, and cancels what runs: the database would learn only at its end that nobody waits for it. */
  cut(reason: string, error: GatewayError): void {
    if (!this.#ended && this.core.flow.underWay > 0) this.#sendCancel();
    this.end(reason, error);
  }

  /** Ends the session once; `error` is the client's last message, if it is to have one. */
  end(reason: string, error: GatewayError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    const { core } = this;
    this.#quietly(() => this.#held.abandon());
    this.#timer.ended(false);
    this.#idleTimer.stop();
    this.#stopExpiry();
    this.#stopSessionTime();
    core.over = true;
    this.#quietly(() => core.claims.connectionLost(core.flow.transactionStatus !== 0x49));
    this.#quietly(() => this.#clientSide.recordRest());
    this.#quietly(() => {
      for (const { plan } of core.flow.plansUnderWay()) if (plan !== null) core.outcome(plan, 'lost', '', null);
    });
    if (error !== null && !this.#client.destroyed)
      this.#quietly(() => this.#upstreamSide.deliverLast(encodeGatewayError(error)));
    this.#quietly(() => this.core.transcript.end(reason));
    farewell(this.#client, error === null);
    const { socket } = this.#upstream;
    if (!socket.destroyed) socket.end(encodeTerminate());
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
    this.#onEnd();
  }

  #writeUpstream(pieces: readonly Buffer[]): void {
    if (this.#ended) return;
    writePieces(this.#upstream.socket, pieces);
    if (this.core.flow.underWay > 0) this.#timer.sent();
    this.#clientBudget.check();
  }

  #writeClient(pieces: readonly Buffer[]): void {
    if (this.#client.destroyed) return;
    for (const piece of pieces) this.#count('out', piece.length);
    writePieces(this.#client, pieces);
  }

  #clientMayRead(): boolean {
    return (
      this.#upstream.socket.writableLength <= UNSENT_BYTES_MAX &&
      this.#clientSide.waitingBytes <= WAITING_BYTES_MAX &&
      this.core.flow.underWay <= REQUESTS_UNDER_WAY_MAX &&
      this.#cancelling === 0 &&
      !this.#mustComeToRest()
    );
  }

  /** What is under way outside a block is let finish, and nothing is begun: a pipeline must not outlive the token. */
  #mustComeToRest(): boolean {
    const { underWay, transactionStatus, awaitsClient } = this.core.flow;
    return (
      (this.#expired || this.#draining || this.#overTime) && transactionStatus === 0x49 && underWay > 0 && !awaitsClient
    );
  }

  #until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((wake) => {
      this.#waiters.push({ condition, wake });
    });
  }

  #wakeWaiters(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters)
      if (waiter.condition()) waiter.wake();
      else this.#waiters.push(waiter);
  }

  #isIdle(): boolean {
    return this.core.flow.underWay === 0 && this.core.flow.transactionStatus === 0x49 && !this.#clientSide.working;
  }

  #idle(): void {
    if (this.#draining)
      this.end('draining', new GatewayError('draining', 'the gateway is shutting down', 'connect again'));
    else if (this.#expired) this.end('the token expired', expiredError());
    else if (this.#overTime) this.#endOverTime();
  }

  #clientGone(): void {
    if (this.#ended) return;
    if (this.#held.waiting) this.core.telemetry.count('hold_client_gone_total', {});
    this.end('the client closed the connection', null);
  }

  /** The client will send no more. It may still be reading, and then it gets what it has asked for. */
  #clientEnded(): void {
    if (this.#ended) return;
    this.#clientFinished = true;
    // Nothing of a held statement has run yet, and it must not once its client may be gone for good.
    this.#held.close(() => {
      this.core.telemetry.count('hold_client_gone_total', {});
      this.#clientSide.stop();
      this.#held.abandon();
    });
    this.#look();
  }

  /** The end of the client's stream takes its turn behind what it sent: the database then does as it would itself. */
  #finish(): void {
    if (this.#clientSide.working) return;
    if (this.core.flow.underWay === 0) this.end('the client closed the connection', null);
    else if (!this.#upstream.socket.writableEnded) this.#upstream.socket.end();
  }

  #upstreamGone(): void {
    if (this.#ended) return;
    if (this.#clientFinished && this.#upstream.socket.writableEnded) {
      this.end('the client closed the connection', null);
      return;
    }
    this.core.telemetry.count('upstream_errors_total', {});
    const lost = new GatewayError('upstream-lost', 'the database closed the connection', 'connect again');
    this.end('the database closed the connection', this.#upstreamSaidWhy ? null : lost);
  }

  #guarded(run: () => void, peer: 'client' | 'upstream' = 'client'): void {
    if (this.#ended) return;
    try {
      run();
    } catch (error) {
      this.fail(error, peer);
    }
  }

  /** The end of a session goes on whatever fails on the way. */
  #quietly(run: () => void): void {
    try {
      run();
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.core.options.log.error({ session: this.core.info.id, reason }, 'the end of a session could not be recorded');
    }
  }

  #count(direction: 'in' | 'out', bytes: number): void {
    this.core.telemetry.count('bytes_total', { protocol: 'postgres', direction }, bytes);
  }
}

const expiredError = (): GatewayError =>
  new GatewayError('session-expired', 'the token that opened this session has expired', 'connect with a fresh one');

function fatalOf(error: unknown, peer: 'client' | 'upstream'): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof ProtocolError && peer === 'upstream')
    return new GatewayError('upstream-violation', `the database broke the protocol: ${error.message}`);
  if (error instanceof ProtocolError)
    return new GatewayError(
      error.code === 'too-large' ? 'too-large' : 'protocol-violation',
      error.message,
      'the connection cannot go on',
    );
  return new GatewayError('internal', 'the session met a fault of the gateway and was closed');
}
