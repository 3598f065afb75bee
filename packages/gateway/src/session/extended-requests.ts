import { type BoundParameter, type Decision, GatewayError } from '@bailiwick/domain';
import {
  type Bind,
  decodeBind,
  decodeClose,
  decodeDescribe,
  decodeExecute,
  decodeParse,
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeParse,
  expectReply,
  formatOf,
  type NameChange,
} from '@bailiwick/postgres';
import { claimRun, findApproved, findRun, judgeRun } from './approved-run.ts';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { hold, type Passage, passNow } from './gate.ts';
import { type Judgement, judge, judgeFacts, judgeNow } from './judgement.ts';
import { localAnswer } from './local-answers.ts';
import type { LocalRequests } from './local-requests.ts';
import { nameChanges } from './name-changes.ts';
import { encodeGatewayError, FAILING_EXECUTE, missingName, reservedName } from './refusal-frames.ts';
import { type Request, requestOf } from './request.ts';
import { changesMeaning } from './settling.ts';
import { beyondRollback } from './simple-requests.ts';
import {
  type ApprovedRun,
  type NamedValue,
  type Portal,
  type PreparedStatement,
  portalOf,
  preparedOf,
  type StatementPlan,
} from './statement-plan.ts';

/** Parse, Bind, Describe, Execute, Close and Sync: the extended half. Statements are decided at Bind (SEMANTICS 3). */
export class ExtendedRequests {
  readonly #side: ClientSide;
  readonly #local: LocalRequests;

  constructor(side: ClientSide, local: LocalRequests) {
    this.#side = side;
    this.#local = local;
  }

  parse(frame: ClientFrame): Promise<void> | undefined {
    const { core } = this.#side;
    const message = decodeParse(frame.body);
    const reserved = reservedName(message.statement);
    if (reserved !== null) return this.#refuse(encodeGatewayError(reserved), null);
    const local = localAnswer(message.sql, {
      session: core.info,
      approvals: core.options.approvals,
      lastDecision: () => core.lastDecision,
    });
    if (local !== null) return this.#local.parse(message.statement, message.sql, local);
    const run = findRun(message.sql);
    if (run !== null) return this.#parseRun(message.statement, run);
    if (core.unsettled > 0) return this.#parseLater(frame);
    const judgement = judgeNow(core, message.sql);
    if (judgement === null) return this.#parseLater(frame);
    this.#parsed(frame, judgement);
    return undefined;
  }

  bind(frame: ClientFrame): Promise<void> | undefined {
    const { core } = this.#side;
    if (core.unsettled > 0) return this.#settledThen(() => this.bind(frame));
    const message = decodeBind(frame.body);
    const reserved = reservedName(message.portal);
    if (reserved !== null) return this.#refuse(encodeGatewayError(reserved), null);
    const statement = core.flow.find('statement', message.statement);
    if (statement === undefined || statement.kind !== 'statement')
      return this.#refuse(missingName('prepared statement', message.statement), null);
    if (statement.uncertain && statement.origin === 'sql')
      return this.#refuse(encodeGatewayError(uncertainName(message.statement)), null);
    if (statement.local !== null) return this.#local.bind(message.portal, statement.local, message.resultFormats);
    const judgement = this.#judgeStatement(statement);
    return judgement === null
      ? this.#bindLater(frame, message, statement)
      : this.#bindJudged(frame, message, statement, judgement);
  }

  describe(frame: ClientFrame): undefined {
    const { core, turn } = this.#side;
    const { kind, name } = decodeDescribe(frame.body);
    const value = core.flow.find(kind, name);
    if (value === undefined)
      return this.#refuse(missingName(kind === 'portal' ? kind : 'prepared statement', name), null);
    const statement = value.kind === 'statement' ? value : value.statement;
    const local = statement?.local ?? null;
    if (local !== null)
      return this.#local.describe(local, value.kind === 'portal' ? (value.resultFormats ?? []) : null);
    const hideParameters = kind === 'statement' && statement?.run !== null;
    const parts =
      value.kind === 'statement' ? { statement: value, hideParameters } : { portal: value, plan: value.plan };
    core.flow.expect(expectReply(kind === 'portal' ? 'describe-portal' : 'describe-statement', requestOf(parts)));
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  execute(frame: ClientFrame): Promise<void> | undefined {
    const { core } = this.#side;
    if (core.unsettled > 0) return this.#settledThen(() => this.execute(frame));
    const { portal: name } = decodeExecute(frame.body);
    const portal = core.flow.find('portal', name);
    if (portal === undefined || portal.kind !== 'portal') return this.#refuse(missingName('portal', name), null);
    if (portal.uncertain) return this.#refuse(encodeGatewayError(uncertainName(name)), null);
    const local = portal.statement?.local ?? null;
    if (local !== null) return this.#local.execute(local);
    const plan = portal.plan ?? this.#planCursor(portal);
    if (plan === null) return this.#refuse(encodeGatewayError(uncertainName(name)), null);
    const judgement = judgeFacts(core, plan.facts);
    if (judgement.error !== null) return this.#refuse(encodeGatewayError(judgement.error), plan);
    const unread = plan.facts.length === 0 && plan.policyVersion !== core.datasource.policy.version;
    if (unread) return this.#refuse(encodeGatewayError(changedSinceBind(name)), plan);
    if (judgement.decision.hold !== null && plan.approval === null)
      return this.#refuse(encodeGatewayError(changedSinceBind(name)), plan);
    this.#run(frame, name, portal, this.#planAgain(plan, judgement.decision));
    return undefined;
  }

  close(frame: ClientFrame): undefined {
    const { core, turn } = this.#side;
    const { kind, name } = decodeClose(frame.body);
    const value = core.flow.find(kind, name);
    const statement = value?.kind === 'portal' ? value.statement : value;
    if (statement?.local) return this.#local.close(kind, name);
    const change: NameChange<NamedValue> = { what: kind, name, value: null };
    core.flow.expect(expectReply<Request, NamedValue>('close', requestOf({}), { changes: [[change]] }));
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  sync(frame: ClientFrame): undefined {
    const { core, turn } = this.#side;
    core.flow.expect(expectReply('sync', requestOf({})));
    core.claims.commitSent();
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  async #parseLater(frame: ClientFrame): Promise<void> {
    await this.#side.settle();
    const judgement = await judge(this.#side.core, decodeParse(frame.body).sql);
    if (!this.#side.moot()) this.#parsed(frame, judgement);
  }

  /** Only what no bound value can change is refused here; the rest waits for Bind. */
  #parsed(frame: ClientFrame, judgement: Judgement): void {
    const { core, turn } = this.#side;
    const message = decodeParse(frame.body);
    if (judgement.error !== null) {
      const plan = core.plan('extended', judgement.facts, judgement.decision, judgement.upstreamSql, null);
      return void this.#refuse(encodeGatewayError(judgement.error), plan);
    }
    const statement = preparedOf({ sql: message.sql, parameterTypeOids: message.parameterTypeOids });
    if (judgement.upstreamSql === message.sql || judgement.facts.length === 0)
      this.#sendParse(message.statement, statement, () => turn.relay(frame.buffer, frame.start, frame.end));
    else
      this.#sendParse(message.statement, statement, () =>
        turn.send(encodeParse({ ...message, sql: judgement.upstreamSql })),
      );
  }

  #sendParse(name: string, statement: PreparedStatement, send: () => void): void {
    const { core } = this.#side;
    const changes: NameChange<NamedValue>[] = [{ what: 'statement', name, value: statement }];
    core.flow.expect(expectReply('parse', requestOf({ statement }), { changes: [changes] }));
    send();
    // Whoever executes this later may never describe it, and rows without a description could not be masked (F12).
    if (core.datasource.policy.hasDataMap) this.#describeForUs(name, statement);
  }

  #describeForUs(name: string, statement: PreparedStatement): void {
    const { core, turn } = this.#side;
    statement.describing = true;
    core.flow.expect(expectReply('describe-statement', requestOf({ statement }), { withheld: true }));
    turn.send(encodeDescribe({ kind: 'statement', name }));
  }

  /** Names are looked up again after the wait: what they stood for before may be uncertain by then. */
  async #settledThen(act: () => Promise<void> | undefined): Promise<void> {
    await this.#side.settle();
    if (!this.#side.moot()) await act();
  }

  async #bindLater(frame: ClientFrame, message: Bind, statement: PreparedStatement): Promise<void> {
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
    judgement: Judgement,
  ): Promise<void> | undefined {
    if (statement.run !== null) return this.#bindRun(message, statement, statement.run);
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
    if (passage.kind === 'refuse') return this.#refuse(encodeGatewayError(passage.error), plan);
    this.#expectBind(message, statement, { ...plan, approval: passage.approval });
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  #expectBind(message: Bind, known: PreparedStatement, plan: StatementPlan): void {
    const { core } = this.#side;
    const statement = known.uncertain ? this.#prepareAgain(message.statement, known, plan) : known;
    if (statement.columns === null && !statement.describing && core.datasource.policy.hasDataMap)
      this.#describeForUs(message.statement, statement);
    const portal = portalOf({ plan, statement, facts: plan.facts[0] ?? null, resultFormats: message.resultFormats });
    const changes: NameChange<NamedValue>[] = [{ what: 'portal', name: message.portal, value: portal }];
    core.flow.expect(expectReply('bind', requestOf({ plan, portal }), { changes: [changes] }));
    if (core.mustBeDurable(plan)) this.#side.requireDurable();
    if (plan.decision.sanitiseMessages) core.sanitiseMessages = true;
    if (plan.approval !== null) core.claims.queued(plan.approval, beyondRollback(plan));
  }

  /**
   * Code ran that could have put something else under this name. What was judged is prepared anew under it, so that
   * what is bound is what was judged; the client sees nothing of it.
   */
  #prepareAgain(name: string, uncertain: PreparedStatement, plan: StatementPlan): PreparedStatement {
    const { core, turn } = this.#side;
    const statement = preparedOf({ ...uncertain, uncertain: false });
    const change: NameChange<NamedValue> = { what: 'statement', name, value: statement };
    const { parameterTypeOids } = statement;
    core.flow.expect(expectReply<Request, NamedValue>('close', requestOf({}), { withheld: true }));
    core.flow.expect(expectReply('parse', requestOf({ statement }), { withheld: true, changes: [[change]] }));
    turn.send(encodeClose({ kind: 'statement', name }));
    turn.send(encodeParse({ statement: name, sql: plan.upstreamSql || statement.sql, parameterTypeOids }));
    if (core.datasource.policy.hasDataMap) this.#describeForUs(name, statement);
    return statement;
  }

  /** The decision at Execute counts, not the one at Bind (SEMANTICS 3): masks may have become stricter in between. */
  #planAgain(plan: StatementPlan, decision: Decision): StatementPlan {
    const { core } = this.#side;
    if (decision === plan.decision || plan.facts.length === 0) return plan;
    if (core.datasource.policy.version === plan.policyVersion) return { ...plan, decision };
    return core.plan('extended', plan.facts, decision, plan.upstreamSql, plan.approval);
  }

  #run(frame: ClientFrame, name: string, portal: Portal, plan: StatementPlan): void {
    const { core, turn } = this.#side;
    if (this.#neverDescribed(portal)) {
      core.flow.expect(expectReply('describe-portal', requestOf({ portal, plan }), { withheld: true }));
      turn.send(encodeDescribe({ kind: 'portal', name }));
    }
    const unsettles = changesMeaning(core, plan);
    if (unsettles) core.unsettled++;
    core.flow.expect(
      expectReply('execute', requestOf({ plan, portal, statement: portal.statement, unsettles }), {
        changes: plan.facts.map((one) => nameChanges(portal.statement?.sql ?? '', one, false)),
        mayCopyIn: plan.facts.length === 0 || plan.facts.some((one) => one.copy?.direction === 'in'),
      }),
    );
    if (plan.facts.some(({ transaction }) => transaction === 'commit')) core.claims.commitSent();
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  /** Nobody asked what its rows look like: for cursors declared in SQL, and where a data map came with a new policy. */
  #neverDescribed({ resultFormats, described, statement }: Portal): boolean {
    if (!this.#side.core.datasource.policy.hasDataMap || described !== null) return false;
    return resultFormats === null || (statement !== null && statement.columns === null && !statement.describing);
  }

  /** A cursor declared in SQL is executed over the wire (F13): decided now, on what it was declared for. */
  #planCursor(portal: Portal): StatementPlan | null {
    const { core } = this.#side;
    if (portal.facts === null) return null;
    const judgement = judgeFacts(core, [portal.facts]);
    if (judgement.error !== null || judgement.decision.hold !== null) return null;
    return core.plan('extended', judgement.facts, judgement.decision, '', null);
  }

  async #parseRun(name: string, id: string): Promise<void> {
    const { core, turn } = this.#side;
    try {
      await this.#side.settle();
      const run = await findApproved(this.#side, id);
      const judgement = await judgeRun(this.#side, run);
      if (this.#side.moot()) return;
      if (judgement.facts.length !== 1)
        throw new GatewayError('not-supported', `request ${id} holds several statements`, 'run it as a simple query');
      const statement = preparedOf({ sql: run.sql, parameterTypeOids: run.parameterTypeOids, run });
      const { parameterTypeOids } = run;
      this.#sendParse(name, statement, () =>
        turn.send(encodeParse({ statement: name, sql: judgement.upstreamSql, parameterTypeOids })),
      );
    } catch (error) {
      if (!(error instanceof GatewayError) || error.form.severity !== 'ERROR') throw error;
      if (this.#side.moot()) return;
      const plan = core.plan('extended', [], core.decide([]), '', null);
      this.#refuse(encodeGatewayError(error), plan);
    }
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
      if (!this.#side.moot()) this.#refuse(encodeGatewayError(error), null);
    }
  }

  /** The refused message is replaced by one that must fail; everything behind it up to Sync is skipped (SEMANTICS 1). */
  #refuse(refusal: Buffer, plan: StatementPlan | null): undefined {
    const { core, turn } = this.#side;
    core.flow.expect(expectReply('execute', requestOf({ plan }), { refusal }));
    core.flow.skipToSync();
    turn.send(FAILING_EXECUTE);
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

const changedSinceBind = (name: string): GatewayError =>
  new GatewayError(
    'policy-denied',
    `the policy has changed since portal "${name}" was bound, and it may no longer run unasked`,
    'bind it again',
  );

const uncertainName = (name: string): GatewayError =>
  new GatewayError(
    'unproven',
    `what "${name}" stands for is not certain any more, because code ran that was not analysed`,
    'prepare it again under another name',
  );
