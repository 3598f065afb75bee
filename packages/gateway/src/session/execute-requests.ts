import { type Decision, GatewayError, type StatementFacts } from '@bailiwick/domain';
import { decodeExecute, encodeDescribe, expectReply, type NameChange } from '@bailiwick/postgres';
import { chargeProbes } from './charge-probes.ts';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { refuseExtended, relayToMissing, uncertainName } from './extended-refusal.ts';
import { type Judgement, judgeFacts } from './judgement.ts';
import type { LocalRequests } from './local-requests.ts';
import { nameChanges } from './name-changes.ts';
import { analysedLate, meaningNow, type PortalMeaning } from './portal-meaning.ts';
import { encodeGatewayError } from './refusal-frames.ts';
import { requestOf } from './request.ts';
import { changesMeaning } from './settling.ts';
import type { NamedValue, Portal, StatementPlan } from './statement-plan.ts';

/** Execute: runs a portal under the decision of now. */
export class ExecuteRequests {
  readonly #side: ClientSide;
  readonly #local: LocalRequests;

  constructor(side: ClientSide, local: LocalRequests) {
    this.#side = side;
    this.#local = local;
  }

  execute(frame: ClientFrame): Promise<void> | undefined {
    const { core } = this.#side;
    const { portal: name } = decodeExecute(frame.body);
    if (core.mustSettle || core.flow.undecided('portal', name))
      return this.#side.settledThen(() => this.execute(frame));
    const portal = core.flow.find('portal', name);
    if (portal === undefined || portal.kind !== 'portal')
      return relayToMissing(this.#side, frame, 'execute', 'portal', name);
    if (portal.uncertain) return refuseExtended(this.#side, encodeGatewayError(uncertainName(name)), null);
    const local = portal.statement?.local ?? null;
    if (local !== null) return this.#local.execute(local);
    const plan = portal.plan ?? this.#planCursor(portal);
    if (plan === null) return refuseExtended(this.#side, encodeGatewayError(uncertainName(name)), null);
    if (!analysedLate(portal, plan)) return this.#judged(frame, name, portal, plan, judgeFacts(core, plan.facts));
    const meaning = meaningNow(core, portal, plan);
    if (meaning === null) return this.#executeLater(frame, name, portal, plan);
    return this.#analysedNow(frame, name, portal, plan, meaning);
  }

  async #executeLater(frame: ClientFrame, name: string, portal: Portal, plan: StatementPlan): Promise<void> {
    const { core } = this.#side;
    await this.#side.settle();
    await core.datasource.refreshCatalog();
    if (this.#side.moot()) return;
    const meaning = meaningNow(core, portal, plan);
    if (meaning === null) refuseExtended(this.#side, encodeGatewayError(otherMeaning(name)), plan);
    else this.#analysedNow(frame, name, portal, plan, meaning);
  }

  /** What is masked or approved is what was bound: a utility statement that means something else by now does not run. */
  #analysedNow(
    frame: ClientFrame,
    name: string,
    portal: Portal,
    plan: StatementPlan,
    { judgement, same }: PortalMeaning,
  ): undefined {
    const { core } = this.#side;
    const bound = judgeFacts(core, plan.facts);
    if (same || bound.error !== null) return this.#judged(frame, name, portal, plan, bound);
    if (core.datasource.policy.hasDataMap || plan.approval !== null || judgement.upstreamSql !== plan.upstreamSql)
      return refuseExtended(this.#side, encodeGatewayError(otherMeaning(name)), plan);
    const planNow = core.plan('extended', judgement.facts, judgement.decision, judgement.upstreamSql, null);
    return this.#judged(frame, name, portal, planNow, judgement);
  }

  #judged(frame: ClientFrame, name: string, portal: Portal, plan: StatementPlan, judgement: Judgement): undefined {
    const { core } = this.#side;
    if (judgement.error !== null) return refuseExtended(this.#side, encodeGatewayError(judgement.error), plan);
    const unread = plan.facts.length === 0 && plan.policyVersion !== core.datasource.policy.version;
    if (unread) return refuseExtended(this.#side, encodeGatewayError(changedSinceBind(name)), plan);
    if (judgement.decision.hold !== null && plan.approval === null)
      return refuseExtended(this.#side, encodeGatewayError(changedSinceBind(name)), plan);
    // A portal runs once, however often its rows are asked for; a cursor of SQL was charged where it was declared.
    const charged = portal.charged || portal.plan === null ? judgement : chargeProbes(core, judgement, portal.arrays);
    if (charged.error !== null) {
      const refused = core.plan('extended', plan.facts, charged.decision, plan.upstreamSql, null);
      return refuseExtended(this.#side, encodeGatewayError(charged.error), refused);
    }
    portal.charged = true;
    this.#run(frame, name, portal, this.#planAgain(plan, judgement.decision));
    return undefined;
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
        changes: plan.facts.map((one) => this.#changes(name, portal, one)),
        mayCopyIn: plan.facts.length === 0 || plan.facts.some((one) => one.copy?.direction === 'in'),
      }),
    );
    if (plan.facts.some(({ transaction }) => transaction === 'commit')) core.claims.commitSent();
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  /** A portal that runs CLOSE ALL, or ends its transaction, is not closed by that itself (portalmem.c). */
  #changes(name: string, portal: Portal, facts: StatementFacts): readonly NameChange<NamedValue>[] {
    const changes = nameChanges(portal.statement?.sql ?? '', facts, false);
    const closes = changes.some((change) => change.what !== 'statement' && change.name === null);
    return closes ? [...changes, { what: 'portal', name, value: portal }] : changes;
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
}

const changedSinceBind = (name: string): GatewayError =>
  new GatewayError(
    'policy-denied',
    `the policy has changed since portal "${name}" was bound, and it may no longer run unasked`,
    'bind it again',
  );

const otherMeaning = (name: string): GatewayError =>
  new GatewayError(
    'unproven',
    `what portal "${name}" would run has changed since it was bound`,
    'bind it again, and execute it before names or the search_path change',
  );
