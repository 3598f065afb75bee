import { type Clock, GatewayError } from '@bailiwick/domain';
import type { GatewayLimits } from '../options.ts';

/** What a session is doing, as far as waiting for its client goes. */
export type SessionState = 'busy' | 'idle' | 'idle-in-transaction';

/** Ends sessions whose client says nothing, as `idle_session_timeout` and its like do in the server. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #limits: Readonly<Record<SessionState, number>>;
  readonly #onLate: (late: GatewayError) => void;
  #state: SessionState = 'busy';
  #messages = -1;
  #stop: (() => void) | null = null;

  constructor(
    clock: Clock,
    limits: Pick<GatewayLimits, 'idleTimeMs' | 'idleInTransactionTimeMs'>,
    onLate: (late: GatewayError) => void,
  ) {
    this.#clock = clock;
    this.#limits = { busy: 0, idle: limits.idleTimeMs, 'idle-in-transaction': limits.idleInTransactionTimeMs };
    this.#onLate = onLate;
  }

  /**
   * Something may have changed. Half a message counts for nothing: a client that trickles is as idle as a silent one.
   * @param messages complete ones that the client has sent so far.
   */
  look(state: SessionState, messages: number): void {
    if (state === this.#state && messages === this.#messages) return;
    this.#state = state;
    this.#messages = messages;
    this.#stop?.();
    const limit = this.#limits[state];
    this.#stop = limit > 0 ? this.#clock.after(limit, () => this.#onLate(lateError(state))) : null;
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }
}

function lateError(state: SessionState): GatewayError {
  const idle = state === 'idle';
  const where = idle ? '' : ' inside a transaction';
  return new GatewayError(
    idle ? 'idle-timeout' : 'idle-in-transaction-timeout',
    `the session was idle for too long${where}`,
    'connect again',
  );
}
