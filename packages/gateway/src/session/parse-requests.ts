import { GatewayError } from '@bailiwick/domain';
import { decodeParse, encodeParse, expectReply, type NameChange } from '@bailiwick/postgres';
import { findApproved, findRun, judgeRun } from './approved-run.ts';
import type { ClientFrame, ClientSide } from './client-side.ts';
import { describeForUs, refuseParse } from './extended-refusal.ts';
import { type Judgement, judge, judgeNow } from './judgement.ts';
import { localAnswer } from './local-answers.ts';
import type { LocalRequests } from './local-requests.ts';
import { encodeGatewayError, reservedName } from './refusal-frames.ts';
import { requestOf } from './request.ts';
import { type NamedValue, type PreparedStatement, preparedOf } from './statement-plan.ts';

/** Parse: what no bound value can change is refused here, the rest waits for Bind. */
export class ParseRequests {
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
    if (reserved !== null) return refuseParse(this.#side, message.statement, encodeGatewayError(reserved), null);
    const local = localAnswer(message.sql, {
      session: core.info,
      approvals: core.options.approvals,
      lastDecision: () => core.lastDecision,
    });
    if (local !== null) return this.#local.parse(message.statement, message.sql, local);
    const run = findRun(message.sql);
    if (run !== null) return this.#parseRun(message.statement, run);
    if (core.mustSettle) return this.#parseLater(frame);
    const judgement = judgeNow(core, message.sql);
    if (judgement === null) return this.#parseLater(frame);
    this.#parsed(frame, judgement);
    return undefined;
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
      return void refuseParse(this.#side, message.statement, encodeGatewayError(judgement.error), plan);
    }
    const statement = preparedOf({
      sql: message.sql,
      upstreamSql: judgement.upstreamSql || message.sql,
      place: judgement.place ?? null,
      parameterTypeOids: message.parameterTypeOids,
    });
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
    if (core.datasource.policy.hasDataMap) describeForUs(this.#side, name, statement);
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
      const statement = preparedOf({
        sql: run.sql,
        upstreamSql: judgement.upstreamSql,
        parameterTypeOids: run.parameterTypeOids,
        run,
      });
      const { parameterTypeOids } = run;
      this.#sendParse(name, statement, () =>
        turn.send(encodeParse({ statement: name, sql: judgement.upstreamSql, parameterTypeOids })),
      );
    } catch (error) {
      if (!(error instanceof GatewayError) || error.form.severity !== 'ERROR') throw error;
      if (this.#side.moot()) return;
      const plan = core.plan('extended', [], core.decide([]), '', null);
      refuseParse(this.#side, name, encodeGatewayError(error), plan);
    }
  }
}
