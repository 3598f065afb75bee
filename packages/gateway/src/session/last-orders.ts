import { type Clock, type EpochMs, GatewayError } from '@bailiwick/domain';
import { awaitTime } from './await-time.ts';

/** Time that a session which has lasted too long gets for what it has begun. */
const OVER_TIME_GRACE_MS = 60_000;

/** Why a session ends although nothing is wrong with it, and what its client is told. */
export interface Ending {
  readonly reason: string;
  readonly error: GatewayError;
}

/** What `LastOrders` asks of the session around it. */
export interface LastOrdersHost {
  /** There is a reason from now on: ends as soon as nothing is under way. */
  called(): void;
  /** Ends now, whatever is under way. */
  cut(ending: Ending): void;
}

/** Whether a session has to end at its next idle point: its token has expired, it has lasted too long, all are to go. */
export class LastOrders {
  readonly #clock: Clock;
  readonly #host: LastOrdersHost;
  #ending: Ending | null = null;
  #stopExpiry: () => void = () => {};
  #stopSessionTime: () => void = () => {};

  constructor(clock: Clock, host: LastOrdersHost) {
    this.#clock = clock;
    this.#host = host;
  }

  /** Why the session has to end when nothing is under way; null: it need not. */
  get ending(): Ending | null {
    return this.#ending;
  }

  /** The gateway is shutting down: goes before any other reason. */
  drain(): void {
    this.#ending = DRAINING;
    this.#host.called();
  }

  /** @param sessionTimeMs 0: without an end. @param onExpiry whether what is under way may end when the token has expired. */
  start(expiresAt: EpochMs, sessionTimeMs: number, onExpiry: 'at_idle' | 'at_once'): void {
    this.#stopExpiry = awaitTime(this.#clock, expiresAt, () => {
      if (onExpiry === 'at_once') this.#host.cut(EXPIRED);
      else this.#call(EXPIRED);
    });
    if (sessionTimeMs === 0) return;
    this.#stopSessionTime = this.#clock.after(sessionTimeMs, () => {
      this.#stopSessionTime = this.#clock.after(OVER_TIME_GRACE_MS, () => this.#host.cut(OVER_TIME));
      this.#call(OVER_TIME);
    });
  }

  stop(): void {
    this.#stopExpiry();
    this.#stopSessionTime();
  }

  #call(ending: Ending): void {
    this.#ending ??= ending;
    this.#host.called();
  }
}

const DRAINING: Ending = {
  reason: 'draining',
  error: new GatewayError('draining', 'the gateway is shutting down', 'connect again'),
};
const EXPIRED: Ending = {
  reason: 'the token expired',
  error: new GatewayError(
    'session-expired',
    'the token that opened this session has expired',
    'connect with a fresh one',
  ),
};
const OVER_TIME: Ending = {
  reason: 'the session lasted too long',
  error: new GatewayError('session-time-over', 'the session has lasted as long as sessions may', 'connect again'),
};
