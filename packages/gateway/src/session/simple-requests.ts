import { decodeQuery, encodeQuery, expectReply } from '@bailiwick/postgres';
import { findRun, sendStoredQuery } from './approved-run.ts';
import { chargeProbes, NO_ARRAYS } from './charge-probes.ts';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { hold, type Passage, passNow } from './gate.ts';
import { type Judgement, judge, judgeNow } from './judgement.ts';
import { localAnswer } from './local-answers.ts';
import type { LocalRequests } from './local-requests.ts';
import { nameChanges } from './name-changes.ts';
import { NO_VALUES, refuseMaskedValues } from './refuse-masked-values.ts';
import { requestOf } from './request.ts';
import { changesMeaning } from './settling.ts';
import { refuseSimple } from './simple-refusal.ts';
import type { StatementPlan } from './statement-plan.ts';
import type { PlaceMap } from './text-edits.ts';

/** Query: the protocol's simple half. */
export class SimpleRequests {
  readonly #side: ClientSide;
  readonly #local: LocalRequests;

  constructor(side: ClientSide, local: LocalRequests) {
    this.#side = side;
    this.#local = local;
  }

  query(frame: ClientFrame): Promise<void> | undefined {
    const { core } = this.#side;
    const { sql } = decodeQuery(frame.body);
    const local = localAnswer(sql, {
      session: core.info,
      approvals: core.options.approvals,
      lastDecision: () => core.lastDecision,
    });
    if (local !== null) return this.#local.query(local);
    const run = findRun(sql);
    if (run !== null) return this.#run(run);
    if (core.mustSettle) return this.#judgeLater(frame, sql);
    const judgement = judgeNow(core, sql);
    return judgement === null ? this.#judgeLater(frame, sql) : this.#proceed(frame, sql, judgement);
  }

  async #judgeLater(frame: ClientFrame, sql: string): Promise<void> {
    await this.#side.settle();
    const judgement = await judge(this.#side.core, sql);
    if (!this.#side.moot()) await this.#proceed(frame, sql, judgement);
  }

  #proceed(frame: ClientFrame, sql: string, judged: Judgement): Promise<void> | undefined {
    const { core } = this.#side;
    const judgement = chargeProbes(core, refuseMaskedValues(core, judged, NO_VALUES), NO_ARRAYS);
    const { facts, decision, upstreamSql } = judgement;
    const plan = core.plan('simple', facts, decision, upstreamSql, null);
    const passage = passNow(judgement);
    if (passage === null)
      return hold(this.#side, judgement, 'simple', sql, []).then((after) =>
        this.#end(frame, sql, judgement, plan, after),
      );
    this.#end(frame, sql, judgement, plan, passage);
    return undefined;
  }

  #end(frame: ClientFrame, sql: string, judgement: Judgement, plan: StatementPlan, passage: Passage): void {
    const { core, turn } = this.#side;
    if (passage.kind === 'drop') {
      core.outcome(plan, 'refused', '', null);
      return turn.withhold();
    }
    if (passage.kind === 'refuse') return refuseSimple(this.#side, passage.error, plan);
    this.expectQuery(sql, { ...plan, approval: passage.approval }, judgement.place);
    if (judgement.upstreamSql === sql) turn.relay(frame.buffer, frame.start, frame.end);
    else turn.send(encodeQuery({ sql: judgement.upstreamSql === '' ? sql : judgement.upstreamSql }));
  }

  /** Puts a Query's expected replies and consequences into the session's books. */
  expectQuery(sql: string, plan: StatementPlan, place: PlaceMap | null = null): void {
    const { core } = this.#side;
    const alone = plan.facts.length === 1;
    const unsettles = changesMeaning(core, plan);
    if (unsettles) core.unsettled++;
    core.flow.expect(
      expectReply('query', requestOf({ plan, unsettles, place }), {
        changes: plan.facts.map((one) => nameChanges(sql, one, alone)),
        mayCopyIn: plan.facts.length === 0 || plan.facts.some((one) => one.copy?.direction === 'in'),
      }),
    );
    if (core.mustBeDurable(plan)) this.#side.requireDurable();
    if (plan.decision.sanitiseMessages) core.sanitiseMessages = true;
    if (plan.approval !== null) core.claims.queued(plan.approval, beyondRollback(plan));
    core.claims.commitSent();
  }

  async #run(id: string): Promise<void> {
    await this.#side.settle();
    if (this.#side.moot()) return;
    const refusal = await sendStoredQuery(this.#side, id, (sql, plan) => this.expectQuery(sql, plan));
    if (refusal !== null && !this.#side.moot()) refuseSimple(this.#side, refusal, null);
  }
}

/** Something in the statement is not undone by a rollback: then the approval does not come back (SEMANTICS 33). */
export const beyondRollback = (plan: StatementPlan): boolean =>
  plan.facts.some((one) => one.functions.some((used) => !used.safe)) ||
  plan.facts.some((one) => COMMITS_BY_ITSELF.test(one.command));

/** Commands that end their own transactions, or run code that may. */
const COMMITS_BY_ITSELF =
  /^(DO|CALL|VACUUM|REINDEX|CLUSTER|CHECKPOINT|(CREATE|DROP|ALTER) (DATABASE|TABLESPACE|SUBSCRIPTION)|ALTER SYSTEM|(COMMIT|ROLLBACK) PREPARED)\b/;
