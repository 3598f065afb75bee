import type { ApprovalStore, NewApprovalRequest } from '@bailiwick/approvals';
import { type ApprovalRequest, type Clock, GatewayError, type HoldTerms, type Telemetry } from '@bailiwick/domain';
import { encodeParameterStatus } from '@bailiwick/postgres';
import type { Claims } from './claims.ts';
import { encodeGatewayNotice } from './refusal-frames.ts';

/** Keeps a client's 3-second socket timeout alive (SEMANTICS 5). */
const KEEP_ALIVE_EVERY_MS = 1_000;
const NOTICE_EVERY_MS = 10_000;

/** How a hold ended. */
export type HoldOutcome =
  | { readonly kind: 'released'; readonly request: ApprovalRequest }
  | { readonly kind: 'refused'; readonly error: GatewayError }
  /** The client has gone, or the statement has become moot: nobody waits for an answer. */
  | { readonly kind: 'abandoned' };

export interface HoldContext {
  readonly approvals: ApprovalStore;
  /** The session's own, so that an approval taken here is settled whatever becomes of the session. */
  readonly claims: Pick<Claims, 'take' | 'giveBack'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly datasource: string;
  readonly holdMs: number;
  /** An unchanged ParameterStatus, as last reported. */
  readonly unchangedParameter: readonly [name: string, value: string];
  /** Puts frames on the way to the client, recorded. */
  deliver(frames: Buffer): void;
  record(
    what: 'held' | 'released' | 'rejected' | 'ticket' | 'cancelled' | 'expired',
    request: string,
    by: string | null,
  ): void;
  /** `INSERT on public.orders`. */
  readonly what: string;
}

/** One statement waiting on the wire for its reviewer. */
export class Hold {
  readonly #context: HoldContext;
  readonly #terms: HoldTerms;
  /** How it ends, once that is settled: nothing that comes later changes it. */
  #outcome: HoldOutcome | null = null;
  #resolve: (outcome: HoldOutcome) => void = () => {};
  #request: ApprovalRequest | null = null;
  #stop: readonly (() => void)[] = [];
  #stopKeepAlive: () => void = () => {};

  constructor(context: HoldContext, terms: HoldTerms) {
    this.#context = context;
    this.#terms = terms;
  }

  /**
   * Runs the statement's request to its end: an approval that is already there is taken at once; otherwise the request
   * is filed and, unless the rule says `ticket`, the client waits. A release has taken the approval for this session.
   */
  async run(asked: NewApprovalRequest): Promise<HoldOutcome> {
    const { approvals, telemetry, datasource } = this.#context;
    const approved = await approvals.findApproved(asked.subject);
    const taken = approved === null ? null : await this.#take(approved);
    if (taken !== null) return this.#settled(taken);
    if (this.#outcome !== null) return this.#outcome;
    const request = await approvals.create(asked);
    this.#request = request;
    telemetry.count('approval_requests_total', { datasource, outcome: 'asked' });
    if (this.#outcome !== null) {
      this.#withdraw(request);
      return this.#outcome;
    }
    if (this.#terms.mode === 'ticket') return this.#settled(this.#ticket(request));
    this.#context.record('held', request.id, null);
    const started = this.#context.clock.now();
    telemetry.add('holds_active', {}, 1);
    try {
      return await this.#wait(request);
    } finally {
      telemetry.add('holds_active', {}, -1);
      telemetry.observe('approval_wait_seconds', {}, (this.#context.clock.now() - started) / 1000);
    }
  }

  /** The client asked to cancel. False: too late, the statement is on its way. */
  cancel(): boolean {
    return this.#giveUp({
      kind: 'refused',
      error: new GatewayError('hold-cancelled', `${this.#context.what} was cancelled while it waited for a reviewer`),
    });
  }

  /** The client has gone, or an earlier statement of its pipeline has failed. */
  abandon(): boolean {
    return this.#giveUp({ kind: 'abandoned' });
  }

  #giveUp(outcome: HoldOutcome): boolean {
    if (this.#outcome !== null) return false;
    if (this.#request !== null) this.#withdraw(this.#request);
    this.#settled(outcome);
    return true;
  }

  #withdraw(request: ApprovalRequest): void {
    this.#context.record('cancelled', request.id, null);
    // The request may have been decided in the meantime; then there is nothing to withdraw.
    this.#context.approvals.cancel(request.id).catch(() => {});
  }

  /** Nothing changes the outcome from here on. */
  #settled(outcome: HoldOutcome): HoldOutcome {
    this.#outcome = outcome;
    for (const stop of this.#stop) stop();
    this.#stopKeepAlive();
    this.#resolve(outcome);
    return outcome;
  }

  #wait(request: ApprovalRequest): Promise<HoldOutcome> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      const { approvals, clock, holdMs } = this.#context;
      const look = (): void => {
        this.#look(request.id).catch((error: unknown) => {
          this.#resolve = () => {};
          this.abandon();
          reject(error instanceof Error ? error : new Error('approvals'));
        });
      };
      this.#stop = [
        approvals.onChange((id) => {
          if (id === request.id) look();
        }),
        clock.after(holdMs, () => {
          if (this.#outcome === null) this.#settled(this.#timedOut(request));
        }),
      ];
      this.#keepAlive(request, 0);
      look();
    });
  }

  async #look(id: string): Promise<void> {
    const now = await this.#context.approvals.get(id);
    if (this.#outcome !== null || now?.status === 'pending') return;
    if (now?.status === 'approved') {
      const taken = await this.#take(now);
      if (taken !== null) this.#settled(taken);
    } else if (now?.status === 'rejected') this.#settled(this.#rejected(now));
    else
      this.#settled({
        kind: 'refused',
        error: new GatewayError(
          'approval-unusable',
          `request ${id} can no longer be approved`,
          'send the statement again',
          { request: id },
        ),
      });
  }

  /** Takes an approval; null: somebody else has it, or the client gave up in the meantime and it went back. */
  async #take(request: ApprovalRequest): Promise<HoldOutcome | null> {
    const { claims } = this.#context;
    if (!(await claims.take(request.id))) return null;
    if (this.#outcome === null) return this.#released(request);
    await claims.giveBack(request.id);
    return null;
  }

  #keepAlive(request: ApprovalRequest, elapsedMs: number): void {
    if (elapsedMs % NOTICE_EVERY_MS === 0) this.#context.deliver(encodeGatewayNotice(this.#waiting(request)));
    else {
      const [name, value] = this.#context.unchangedParameter;
      this.#context.deliver(encodeParameterStatus({ name, value }));
    }
    if (this.#outcome !== null) return;
    this.#stopKeepAlive = this.#context.clock.after(KEEP_ALIVE_EVERY_MS, () =>
      this.#keepAlive(request, elapsedMs + KEEP_ALIVE_EVERY_MS),
    );
  }

  #released(request: ApprovalRequest): HoldOutcome {
    this.#context.record('released', request.id, approversOf(request));
    this.#count('released');
    return { kind: 'released', request };
  }

  #rejected(request: ApprovalRequest): HoldOutcome {
    const last = request.decisions.findLast((decision) => decision.verdict === 'reject');
    this.#context.record('rejected', request.id, last?.by ?? null);
    this.#count('rejected');
    const why = last === undefined || last.reason === '' ? '' : `: ${last.reason}`;
    return {
      kind: 'refused',
      error: new GatewayError(
        'approval-rejected',
        `${this.#context.what} was rejected by a reviewer${why}`,
        'do not send it again unless the reviewer agrees; rephrasing will not help',
        { rule: this.#terms.rule, request: request.id },
      ),
    };
  }

  #timedOut(request: ApprovalRequest): HoldOutcome {
    if (this.#terms.mode !== 'hold') return this.#ticket(request);
    this.#context.record('expired', request.id, null);
    this.#context.approvals.cancel(request.id).catch(() => {});
    this.#count('expired');
    return {
      kind: 'refused',
      error: new GatewayError(
        'hold-cancelled',
        `${this.#context.what} found no reviewer in time`,
        'send it again later',
        {
          rule: this.#terms.rule,
          request: request.id,
        },
      ),
    };
  }

  #ticket(request: ApprovalRequest): HoldOutcome {
    this.#context.record('ticket', request.id, null);
    this.#count('ticket');
    return { kind: 'refused', error: this.#waiting(request) };
  }

  #waiting(request: ApprovalRequest): GatewayError {
    return new GatewayError(
      'approval-pending',
      `${this.#context.what} waits for a reviewer`,
      `when approved: CALL bailiwick.run('${request.id}')`,
      { rule: this.#terms.rule, request: request.id },
    );
  }

  #count(outcome: string): void {
    this.#context.telemetry.count('approval_requests_total', { datasource: this.#context.datasource, outcome });
  }
}

const approversOf = (request: ApprovalRequest): string =>
  request.decisions
    .filter((decision) => decision.verdict === 'approve')
    .map((decision) => decision.by)
    .join(', ');
