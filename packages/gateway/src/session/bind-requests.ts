import { type BoundParameter, GatewayError } from '@bailiwick/domain';
import {
  type Bind,
  decodeBind,
  encodeBind,
  encodeClose,
  encodeParse,
  expectReply,
  formatOf,
  type NameChange,
} from '@bailiwick/postgres';
import { claimRun, judgeRun } from './approved-run.ts';
import { arrayLengths } from './charge-probes.ts';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { describeForUs, refuseExtended, relayToMissing, uncertainName } from './extended-refusal.ts';
import { hold, type Passage, passNow } from './gate.ts';
import { type Judgement, judge, judgeFacts, judgeNow } from './judgement.ts';
import type { LocalRequests } from './local-requests.ts';
import { encodeGatewayError, reservedName } from './refusal-frames.ts';
import { refuseMaskedValues } from './refuse-masked-values.ts';
import { type Request, requestOf } from './request.ts';
import { beyondRollback } from './simple-requests.ts';
import {
  type ApprovedRun,
  type NamedValue,
  type PreparedStatement,
  portalOf,
  preparedOf,
  type StatementPlan,
} from './statement-plan.ts';

/** Bind: where statements of the extended protocol are decided (SEMANTICS 3), with their values. */
export class BindRequests {
  readonly #side: ClientSide;
  readonly #local: LocalRequests;

  constructor(side: ClientSide, local: LocalRequests) {
    this.#side = side;
    this.#local = local;
  }

  bind(frame: ClientFrame): Promise<void> | undefined {
    const { core } = this.#side;
    const message = decodeBind(frame.body);
    if (core.mustSettle || core.flow.undecided('statement', message.statement))
      return this.#side.settledThen(() => this.bind(frame));
    const reserved = reservedName(message.portal);
    if (reserved !== null) return refuseExtended(this.#side, encodeGatewayError(reserved), null);
    const statement = core.flow.find('statement', message.statement);
    if (statement === undefined || statement.kind !== 'statement')
      return relayToMissing(this.#side, frame, 'bind', 'statement', message.statement);
    if (statement.uncertain && statement.origin === 'sql')
      return refuseExtended(this.#side, encodeGatewayError(uncertainName(message.statement)), null);
    if (statement.local !== null) return this.#local.bind(message.portal, statement.local, message.resultFormats);
    const judgement = this.#judgeStatement(statement);
    return judgement === null
      ? this.#bindLater(frame, message, statement)
      : this.#bindJudged(frame, message, statement, judgement);
  }

  async #bindLater(frame: ClientFrame, message: Bind, statement: PreparedStatement): Promise<void> {
    await this.#side.settle();
    const judgement = await this.#judgeStatementLater(statement);
    if (this.#side.moot()) return;
    await this.#bindJudged(frame, message, statement, judgement);
  }

  #judgeStatement(statement: PreparedStatement): Judgement | null {
    const { core } = this.#side;
    const judgement = judgeNow(core, statement.run?.sql ?? statement.sql);
    return judgement === null ? null : innerJudgement(core, statement, judgement);
  }

  async #judgeStatementLater(statement: PreparedStatement): Promise<Judgement> {
    const { core } = this.#side;
    return innerJudgement(core, statement, await judge(core, statement.run?.sql ?? statement.sql));
  }

  #bindJudged(
    frame: ClientFrame,
    message: Bind,
    statement: PreparedStatement,
    judged: Judgement,
  ): Promise<void> | undefined {
    if (statement.run !== null) return this.#bindRun(message, statement, statement.run);
    const { parameterTypeOids } = statement;
    const judgement = refuseMaskedValues(this.#side.core, judged, { ...message, parameterTypeOids });
    const { facts, decision, upstreamSql } = judgement;
    const plan = this.#side.core.plan('extended', facts, decision, upstreamSql, null);
    const passage = passNow(judgement);
    if (passage !== null) return this.#bound(frame, message, statement, plan, passage);
    const parameters = boundParameters(message, statement);
    return hold(this.#side, judgement, 'extended', statement.sql, parameters).then((after) => {
      this.#bound(frame, message, statement, plan, after);
    });
  }

  #bound(
    frame: ClientFrame,
    message: Bind,
    statement: PreparedStatement,
    plan: StatementPlan,
    passage: Passage,
  ): undefined {
    const { core, turn } = this.#side;
    if (passage.kind === 'drop') {
      core.outcome(plan, 'refused', '', null);
      turn.withhold();
      return undefined;
    }
    if (passage.kind === 'refuse') return refuseExtended(this.#side, encodeGatewayError(passage.error), plan);
    this.#expectBind(message, statement, { ...plan, approval: passage.approval });
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  #expectBind(message: Bind, known: PreparedStatement, plan: StatementPlan): void {
    const { core } = this.#side;
    const rewritten = known.origin === 'wire' && known.upstreamSql !== (plan.upstreamSql || known.sql);
    const again = known.uncertain || rewritten;
    const statement = again ? this.#prepareAgain(message.statement, known, plan) : known;
    if (statement.columns === null && !statement.describing && core.datasource.policy.hasDataMap)
      describeForUs(this.#side, message.statement, statement);
    const portal = portalOf({
      plan,
      statement,
      facts: plan.facts[0] ?? null,
      resultFormats: message.resultFormats,
      arrays: arrayLengths(plan.facts, known.run ?? message),
    });
    const changes: NameChange<NamedValue>[] = [{ what: 'portal', name: message.portal, value: portal }];
    core.flow.expect(expectReply('bind', requestOf({ plan, portal }), { changes: [changes] }));
    if (core.mustBeDurable(plan)) this.#side.requireDurable();
    if (plan.decision.sanitiseMessages) core.sanitiseMessages = true;
    if (plan.approval !== null) core.claims.queued(plan.approval, beyondRollback(plan));
  }

  /**
   * Code ran that could have put something else under this name, or the text would be rewritten in another way now. What
   * was judged is prepared anew under it, so that what is bound is what was judged; the client sees nothing of it.
   */
  #prepareAgain(name: string, uncertain: PreparedStatement, plan: StatementPlan): PreparedStatement {
    const { core, turn } = this.#side;
    const upstreamSql = plan.upstreamSql || uncertain.sql;
    const statement = preparedOf({ ...uncertain, upstreamSql, uncertain: false });
    const change: NameChange<NamedValue> = { what: 'statement', name, value: statement };
    const { parameterTypeOids } = statement;
    core.flow.expect(expectReply<Request, NamedValue>('close', requestOf({}), { withheld: true }));
    core.flow.expect(expectReply('parse', requestOf({ statement }), { withheld: true, changes: [[change]] }));
    turn.send(encodeClose({ kind: 'statement', name }));
    turn.send(encodeParse({ statement: name, sql: upstreamSql, parameterTypeOids }));
    if (core.datasource.policy.hasDataMap) describeForUs(this.#side, name, statement);
    return statement;
  }

  async #bindRun(message: Bind, statement: PreparedStatement, run: ApprovedRun): Promise<void> {
    const { core, turn } = this.#side;
    try {
      const judgement = await judgeRun(this.#side, run);
      await claimRun(this.#side, run);
      if (this.#side.moot()) return await core.claims.giveBack(run.request);
      const plan = core.plan('extended', judgement.facts, judgement.decision, judgement.upstreamSql, run.request);
      this.#expectBind(message, statement, plan);
      this.#side.requireDurable();
      turn.send(encodeBind({ ...message, parameterFormats: run.parameterFormats, parameters: run.parameters }));
    } catch (error) {
      if (!(error instanceof GatewayError) || error.form.severity !== 'ERROR') throw error;
      if (!this.#side.moot()) refuseExtended(this.#side, encodeGatewayError(error), null);
    }
  }
}

/** What a statement prepared by SQL is judged by is the statement inside PREPARE. */
function innerJudgement(core: ClientSide['core'], statement: PreparedStatement, judgement: Judgement): Judgement {
  if (statement.origin === 'wire') return judgement;
  const inner = judgement.facts[0]?.names.prepares?.facts;
  if (inner === undefined) return judgement;
  return judgeFacts(core, core.factsOfOne(inner));
}

function boundParameters(message: Bind, statement: PreparedStatement): readonly BoundParameter[] {
  return message.parameters.map((value, index) => ({
    typeOid: statement.parameterTypeOids[index] ?? 0,
    format: formatOf(message.parameterFormats, index),
    value: value === null ? null : Buffer.from(value),
  }));
}
