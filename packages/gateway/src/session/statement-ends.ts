import type { ExpectedReply, ReplyOutcome } from '@bailiwick/postgres';
import { rowsOfTag } from '@bailiwick/postgres';
import { runsUnknownCode, uncertain } from './name-changes.ts';
import type { Request } from './request.ts';
import type { SessionCore } from './session-core.ts';
import { learnCatalog, learnWhatChanged } from './settling.ts';
import type { NamedValue, StatementPlan } from './statement-plan.ts';

type Outcome = ReplyOutcome<Request, NamedValue>;
type Expected = ExpectedReply<Request, NamedValue>;

/** What the end of statements asks of the session around it. */
export interface StatementEndsHost {
  /** A request has ended that later ones may have waited for. */
  settled(): void;
  fail(error: unknown): void;
}

/** What the end of a statement and of a transaction leaves in the session's books. */
export class StatementEnds {
  readonly #core: SessionCore;
  readonly #host: StatementEndsHost;
  /** In the transaction that is open: it may have left triggers to run at the end. */
  #codeRan = false;

  constructor(core: SessionCore, host: StatementEndsHost) {
    this.#core = core;
    this.#host = host;
  }

  /** One statement has succeeded, or a portal has given some of its rows. @param tag empty where there was none. */
  completed({ reply, how, statementIndex }: Outcome & { kind: 'complete' }, tag: string): void {
    const request = reply.plan;
    const plan = request?.plan ?? null;
    if (plan === null) return;
    this.#learn(plan, statementIndex, how !== 'empty');
    if (tag !== '') plan.tag = tag;
    if (plan.rows === 0) plan.rows = rowsOfTag(tag) ?? 0;
    // Also of a suspended portal and of one statement among several: effects are there from here on.
    if (plan.approval !== null) this.#core.claims.ran(plan.approval);
    if (reply.request === 'execute') {
      if (how !== 'suspended') this.#core.outcome(plan, 'ok', tag, null);
      if (request?.unsettles) this.#settle();
    }
    // ROLLBACK TO SAVEPOINT has the tag of ROLLBACK and ends nothing.
    const effect = plan.facts[statementIndex]?.transaction;
    const ended = tag === 'COMMIT' || tag === 'ROLLBACK' || tag === 'PREPARE TRANSACTION';
    if (ended && (effect === 'commit' || effect === 'rollback' || effect === 'prepare')) {
      this.#core.flow.transactionOver();
      this.#transactionEnded(tag !== 'ROLLBACK');
    }
  }

  /** ErrorResponse. @param sqlState of the error that the database sent. */
  failed({ reply, discarded }: Outcome & { kind: 'error' }, sqlState: string | null): void {
    const plan = reply?.plan?.plan ?? null;
    if (plan !== null) {
      const refused = reply?.refusal !== null;
      this.#core.outcome(plan, refused ? 'refused' : 'error', '', refused ? null : sqlState);
      if (plan.approval) this.#core.claims.begun(plan.approval);
      // What it prepared before it failed is there still: PREPARE is not rolled back.
      if (!refused && runsUnknownCode(plan.facts)) this.#core.flow.names.mapAll(uncertain);
    }
    for (const one of discarded) this.#discarded(one);
  }

  /** ReadyForQuery. */
  ready({ reply, status, failed }: Outcome & { kind: 'ready' }): void {
    const plan = reply.plan?.plan ?? null;
    if (plan !== null) this.#core.outcome(plan, 'ok', plan.tag, null);
    if (status === 0x49) this.#transactionEnded(!failed);
    else if (this.#core.flow.underWay === 0) this.#core.claims.blockOpen();
    this.#core.searchPath.ready(status === 0x49);
    if (plan !== null && reply.plan?.unsettles) this.#settle();
  }

  #learn(plan: StatementPlan, index: number, ran: boolean): void {
    const core = this.#core;
    const facts = plan.facts[index];
    if (facts !== undefined || (ran && core.datasource.policy.hasDataMap)) learnWhatChanged(core, facts);
    if (facts === undefined) return;
    core.searchPath.complete(facts.settings, facts.transaction);
    if (!runsUnknownCode([facts])) return;
    this.#codeRan = true;
    this.#afterUnknownCode();
  }

  /** It may have set any path, and put anything under any name. */
  #afterUnknownCode(): void {
    this.#core.flow.names.mapAll(uncertain);
    this.#core.searchPath.lost();
  }

  /** The server skips it, or it is the one that failed and has no ReadyForQuery of its own. */
  #discarded(reply: Expected): void {
    const request = reply.plan;
    if (reply.request === 'describe-statement' && request?.statement) request.statement.describing = false;
    if (!request?.plan) return;
    this.#core.outcome(request.plan, 'error', '', null);
    if (request.unsettles) this.#settle();
  }

  #transactionEnded(committed: boolean): void {
    const { claims, flow, searchPath } = this.#core;
    claims.transactionEnded(committed, (request) => flow.isUnderWay((one) => one?.plan?.approval === request));
    if (this.#codeRan) this.#core.flow.names.mapAll(uncertain);
    if (this.#codeRan && committed) searchPath.lost();
    this.#codeRan = false;
    searchPath.endTransaction(committed);
    const learning = learnCatalog(this.#core);
    if (learning === undefined) return;
    this.#core.unsettled++;
    learning.then(
      () => {
        this.#core.unsettled--;
        this.#host.settled();
      },
      (error: unknown) => this.#host.fail(error),
    );
  }

  /** A request that later ones waited for has ended. */
  #settle(): void {
    this.#core.unsettled--;
  }
}
