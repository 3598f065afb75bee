import type { Socket } from 'node:net';
import { GatewayError } from '@bailiwick/domain';
import { REQUESTS_UNDER_WAY_MAX } from '@bailiwick/postgres';
import { ProtocolError } from '@bailiwick/wire';
import type { UpstreamConnection } from '../upstream/connect.ts';
import { ClientSide } from './client-side.ts';
import { fatalOf } from './fatal-error.ts';
import { Held } from './held.ts';
import { IdleTimer, type SessionState } from './idle-timer.ts';
import { LastOrders } from './last-orders.ts';
import { encodeGatewayError } from './refusal-frames.ts';
import type { SessionCore } from './session-core.ts';
import { SocketPair } from './socket-pair.ts';
import { StatementTimer } from './statement-timer.ts';
import { UpstreamCancels } from './upstream-cancels.ts';
import { UpstreamSide } from './upstream-side.ts';
import { Waiters } from './waiters.ts';

/** What a client may send ahead while a statement of its own is judged or held. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** One identity's use of one connection: pumps bytes between two sockets, and owns its end. */
export class Session {
  readonly core: SessionCore;
  readonly #sockets: SocketPair;
  readonly #held = new Held();
  readonly #clientSide: ClientSide;
  readonly #upstreamSide: UpstreamSide;
  readonly #onEnd: () => void;
  readonly #cancels: UpstreamCancels;
  readonly #timer: StatementTimer;
  readonly #idleTimer: IdleTimer;
  readonly #waiters = new Waiters();
  readonly #lastOrders: LastOrders;
  #ended = false;
  /** The client has ended its side, and waits for what it has asked for. */
  #clientFinished = false;
  #upstreamSaidWhy = false;

  constructor(
    core: SessionCore,
    client: Socket,
    upstream: UpstreamConnection,
    cancelUpstream: () => Promise<void>,
    onEnd: () => void,
  ) {
    this.core = core;
    this.#onEnd = onEnd;
    const { clock, limits } = core.options;
    this.#timer = new StatementTimer(clock, limits.statementTimeMs, () => this.#cancels.sendOne());
    this.#cancels = new UpstreamCancels(cancelUpstream, () => this.#checkClient());
    this.#idleTimer = new IdleTimer(clock, limits, (late) => this.end(late.code, late));
    this.#sockets = new SocketPair(client, upstream.socket, {
      fromClient: (chunk) => this.#guarded(() => this.#clientSide.receive(chunk)),
      fromUpstream: (chunk) => this.#guarded(() => this.#upstreamSide.receive(chunk), 'upstream'),
      clientMayRead: () => this.#clientMayRead(),
      clientGone: () => this.#clientGone(),
      clientEnded: () => this.#clientEnded(),
      upstreamGone: () => this.#upstreamGone(),
      count: (direction, bytes) => core.telemetry.count('bytes_total', { protocol: 'postgres', direction }, bytes),
    });
    this.#lastOrders = new LastOrders(clock, {
      called: () => (this.#isIdle() ? this.#idle() : this.#checkClient()),
      cut: ({ reason, error }) => this.cut(reason, error),
    });
    this.#upstreamSide = new UpstreamSide(core, upstream.decoder, {
      writeClient: (pieces) => this.#sockets.writeClient(pieces),
      settled: () => this.#waiters.look(),
      skipping: () => this.#held.abandon(),
      cancelStatement: () => this.#cancels.sendOne(),
      statementEnded: () => this.#timer.ended(core.flow.underWay > 0),
      idle: () => this.#idle(),
      upstreamFatal: () => {
        this.#upstreamSaidWhy = true;
      },
      fail: (error) => this.fail(error, 'upstream'),
    });
    this.#clientSide = new ClientSide(
      core,
      {
        writeUpstream: (pieces) => this.#writeUpstream(pieces),
        deliverNow: (frames) => this.#guarded(() => this.#upstreamSide.deliverNow(frames)),
        deliverLocal: () => this.#upstreamSide.deliverLocal(),
        until: (condition) => this.#waiters.until(condition),
        caughtUp: () => {
          this.#checkClient();
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
    this.#sockets.listen();
    this.#guarded(() => this.#upstreamSide.deliverNow(greeting));
    this.#sockets.read();
    const { limits, onTokenExpiry } = this.core.options;
    this.#lastOrders.start(this.core.info.identity.expiresAt, limits.sessionTimeMs, onTokenExpiry);
    this.#look();
    // It went while the database was being connected to: nothing will tell us again.
    this.#sockets.tellIfGone();
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

  /** A CancelRequest with this session's key. */
  cancel(): void {
    if (!this.#held.cancel()) this.#cancels.send();
  }

  /** Ends as soon as nothing is under way. */
  drain(): void {
    this.#lastOrders.drain();
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
    if (!this.#ended && this.core.flow.underWay > 0) this.#cancels.send();
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
    this.#lastOrders.stop();
    core.over = true;
    this.#quietly(() => core.claims.connectionLost(core.flow.transactionStatus !== 0x49));
    this.#quietly(() => this.#clientSide.recordRest());
    this.#quietly(() => {
      for (const { plan } of core.flow.plansUnderWay()) if (plan !== null) core.outcome(plan, 'lost', '', null);
    });
    if (error !== null && !this.#sockets.clientClosed)
      this.#quietly(() => this.#upstreamSide.deliverLast(encodeGatewayError(error)));
    this.#quietly(() => this.core.transcript.end(reason));
    this.#sockets.close(error === null);
    this.#onEnd();
  }

  #writeUpstream(pieces: readonly Buffer[]): void {
    if (this.#ended) return;
    this.#sockets.writeUpstream(pieces);
    if (this.core.flow.underWay > 0) this.#timer.sent();
    this.#checkClient();
  }

  #checkClient(): void {
    if (!this.#ended) this.#sockets.checkClient();
  }

  #clientMayRead(): boolean {
    return (
      this.#clientSide.waitingBytes <= WAITING_BYTES_MAX &&
      this.core.flow.underWay <= REQUESTS_UNDER_WAY_MAX &&
      !this.#cancels.pending &&
      !this.#mustComeToRest()
    );
  }

  /** What is under way outside a block is let finish, and nothing is begun: a pipeline must not outlive the token. */
  #mustComeToRest(): boolean {
    const { underWay, transactionStatus, awaitsClient } = this.core.flow;
    return this.#lastOrders.ending !== null && transactionStatus === 0x49 && underWay > 0 && !awaitsClient;
  }

  #isIdle(): boolean {
    return this.core.flow.underWay === 0 && this.core.flow.transactionStatus === 0x49 && !this.#clientSide.working;
  }

  #idle(): void {
    const { ending } = this.#lastOrders;
    if (ending !== null) this.end(ending.reason, ending.error);
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
    else this.#sockets.finishUpstream();
  }

  #upstreamGone(): void {
    if (this.#ended) return;
    if (this.#clientFinished && this.#sockets.upstreamFinished) {
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
      this.#look();
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
}
