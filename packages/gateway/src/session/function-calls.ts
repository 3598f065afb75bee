import { GatewayError } from '@bailiwick/domain';
import { decodeFunctionCall, expectReply } from '@bailiwick/postgres';
import { type Catalog, selectOfFunction } from '@bailiwick/sql';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { type Judgement, judge, judgeNow } from './judgement.ts';
import { requestOf } from './request.ts';
import type { SessionCore } from './session-core.ts';
import { changesMeaning } from './settling.ts';
import { refuseSimple } from './simple-refusal.ts';
import type { StatementPlan } from './statement-plan.ts';

/**
 * FunctionCall names a function by its oid and has no text. It is judged as the SELECT that calls the same function with
 * parameters, and goes on as it came. libpq's large objects (lo_*) and vacuumlo work by it.
 */
export class FunctionCalls {
  readonly #side: ClientSide;

  constructor(side: ClientSide) {
    this.#side = side;
  }

  call(frame: ClientFrame): Promise<void> | undefined {
    const { core } = this.#side;
    const { functionOid } = decodeFunctionCall(frame.body);
    if (core.mustSettle) return this.#later(frame, functionOid);
    const sql = textOf(core.datasource.catalog, functionOid);
    const judgement = sql === null ? null : judgeNow(core, sql);
    if (sql === null || judgement === null) return this.#later(frame, functionOid);
    this.#judged(frame, sql, judgement);
    return undefined;
  }

  async #later(frame: ClientFrame, oid: number): Promise<void> {
    const { core } = this.#side;
    await this.#side.settle();
    if (core.datasource.catalog?.functionByOid(oid) === undefined && core.datasource.mayRefreshCatalog())
      await core.datasource.refreshCatalog();
    const sql = textOf(core.datasource.catalog, oid);
    const judgement = sql === null ? null : await judge(core, sql);
    if (this.#side.moot()) return;
    if (sql === null || judgement === null) refuseSimple(this.#side, unknownFunction(oid), null);
    else this.#judged(frame, sql, judgement);
  }

  #judged(frame: ClientFrame, sql: string, judgement: Judgement): void {
    const { core, turn } = this.#side;
    const plan = core.plan('simple', judgement.facts, judgement.decision, sql, null);
    const error = judgement.error ?? refusedAsCall(core, sql, judgement);
    if (error !== null) return refuseSimple(this.#side, error, plan);
    this.#expect(plan);
    turn.relay(frame.buffer, frame.start, frame.end);
  }

  #expect(plan: StatementPlan): void {
    const { core } = this.#side;
    const unsettles = changesMeaning(core, plan);
    if (unsettles) core.unsettled++;
    core.flow.expect(expectReply('function-call', requestOf({ plan, unsettles })));
    if (core.mustBeDurable(plan)) this.#side.requireDurable();
    if (plan.decision.sanitiseMessages) core.sanitiseMessages = true;
    core.claims.commitSent();
  }
}

/** Null: no function with this oid is known. */
const textOf = (catalog: Catalog | null, oid: number): string | null =>
  catalog === null ? null : selectOfFunction(catalog, oid);

/** What a SELECT could have, and a message without a text cannot. */
function refusedAsCall(
  core: SessionCore,
  sql: string,
  { facts, decision, upstreamSql }: Judgement,
): GatewayError | null {
  const instead = 'call the function by its name in a SELECT';
  if (decision.hold !== null)
    return new GatewayError(
      'policy-denied',
      'the function needs approval, and an approval is bound to the text of a statement, which this message has not',
      `${instead}: that can be approved`,
      { rule: decision.hold.rule },
    );
  if (core.datasource.options.mode === 'observe') return null;
  if (facts.length === 0 || upstreamSql !== sql)
    return new GatewayError('unproven', 'what the function call would do is not understood', instead);
  const treatments = decision.treatments[0] ?? [decision.treatUnknown];
  if (treatments.some(({ kind }) => kind !== 'pass'))
    return new GatewayError('policy-denied', 'the result of the function would have to be masked', instead, {
      rule: decision.rule,
    });
  return null;
}

const unknownFunction = (oid: number): GatewayError =>
  new GatewayError('unproven', `no function with the oid ${oid} is known`, 'call the function by its name in a SELECT');
