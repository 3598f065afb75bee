import { type ApprovalRequest, GatewayError } from '@bailiwick/domain';
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
  encodeSync,
  expectReply,
} from '@bailiwick/postgres';
import { arrayLengths, chargeProbes } from './charge-probes.ts';
import type { ClientSide } from './client-side.ts';
import { type Judgement, judge, meaningOf } from './judgement.ts';
import { nameChanges } from './name-changes.ts';
import { errorOf, OWN_NAMES } from './refusal-frames.ts';
import { refuseMaskedValues } from './refuse-masked-values.ts';
import { requestOf } from './request.ts';
import { changesMeaning } from './settling.ts';
import { beyondRollback } from './simple-requests.ts';
import { type ApprovedRun, portalOf, type StatementPlan } from './statement-plan.ts';

const CALL = /^\s*call\s+bailiwick\s*\.\s*run\s*\(\s*'(req_[a-z0-9]+)'\s*\)\s*;?\s*$/i;
/** Names of the gateway's own, for the length of one run. */
const RUN_NAME: string = `${OWN_NAMES}run`;

/** The request id of `CALL bailiwick.run('req_…')`; null: the text is something else. */
export const findRun = (sql: string): string | null => CALL.exec(sql)?.[1] ?? null;

/** An approved request of this identity, judged anew and claimed for this session. */
export interface ClaimedRun {
  readonly request: ApprovalRequest;
  readonly run: ApprovedRun;
  readonly judgement: Judgement;
}

/** Finds an approved request of the session's own identity. Throws `GatewayError`; unknown and foreign ids look alike. */
export async function findApproved(side: ClientSide, id: string): Promise<ApprovedRun> {
  const { core } = side;
  await side.settle();
  const request = await core.options.approvals.get(id);
  if (
    request === null ||
    request.subject.identityKey !== core.info.identity.key ||
    request.subject.datasource !== core.info.datasource
  )
    throw new GatewayError(
      'approval-unknown',
      `there is no request ${id} of yours`,
      'SHOW bailiwick.requests lists them',
      {
        request: id,
      },
    );
  if (request.status === 'pending')
    throw new GatewayError('approval-pending', `request ${id} still waits for a reviewer`, 'try again later', {
      request: id,
    });
  if (request.status !== 'approved')
    throw new GatewayError('approval-unusable', `request ${id} is ${request.status}`, 'send the statement again', {
      request: id,
    });
  const { sql, mode, parameters } = request.subject.statement;
  return {
    request: id,
    sql,
    mode,
    parameterFormats: parameters.map(({ format }) => format),
    parameterTypeOids: parameters.map(({ typeOid }) => typeOid),
    parameters: parameters.map(({ value }) => (value === null ? null : Buffer.from(value))),
  };
}

/** Judges the stored statement under the session's present state; refuses where it was approved under another. */
export async function judgeRun(side: ClientSide, run: ApprovedRun): Promise<Judgement> {
  const { core } = side;
  const request = await core.options.approvals.get(run.request);
  const then = request?.subject.settings ?? {};
  if (request?.subject.role !== core.info.role || then.search_path !== meaningOf(core, []).search_path)
    throw new GatewayError(
      'approval-unusable',
      `request ${run.request} was approved under another role or search_path`,
      `set search_path to ${then.search_path ?? 'what it was'} first`,
      { request: run.request },
    );
  const judgement = refuseMaskedValues(core, await judge(core, run.sql), run);
  if (judgement.error !== null) throw judgement.error;
  if (then.relations !== meaningOf(core, judgement.facts).relations)
    throw new GatewayError(
      'approval-unusable',
      `the names in request ${run.request} do not stand for the same tables any more`,
      'send the statement again',
      { request: run.request },
    );
  return judgement;
}

/** Takes the approval for one run. Throws where somebody else has it. */
export async function claimRun(side: ClientSide, run: ApprovedRun): Promise<void> {
  const { core } = side;
  if (!(await core.claims.take(run.request)))
    throw new GatewayError(
      'approval-unusable',
      `request ${run.request} is not usable any more`,
      'send the statement again',
      {
        request: run.request,
      },
    );
  core.record({ type: 'approval', request: run.request, what: 'released', by: null });
}

/**
 * `CALL bailiwick.run` as a Query: runs the stored statement with its stored values, answered as that statement would
 * be. Gives the refusal instead, where there is one.
 */
export async function sendStoredQuery(
  side: ClientSide,
  id: string,
  expectQuery: (sql: string, plan: StatementPlan) => void,
): Promise<GatewayError | null> {
  const { core, turn } = side;
  try {
    const run = await findApproved(side, id);
    const judgement = await judgeRun(side, run);
    const { error } = chargeProbes(core, judgement, arrayLengths(judgement.facts, run));
    if (error !== null) return error;
    await claimRun(side, run);
    const { refusal } = core.decide(judgement.facts);
    if (refusal !== null || side.moot()) {
      await core.claims.giveBack(run.request);
      return refusal === null ? null : errorOf(refusal);
    }
    const plan = core.plan(run.mode, judgement.facts, judgement.decision, judgement.upstreamSql, run.request);
    if (run.mode === 'simple') {
      expectQuery(run.sql, plan);
      turn.send(encodeQuery({ sql: judgement.upstreamSql }));
    } else sendStoredBind(side, run, plan);
    return null;
  } catch (error) {
    if (error instanceof GatewayError && error.form.severity === 'ERROR') return error;
    throw error;
  }
}

/** The stored statement with its values, by the extended protocol; the client sees only what a Query would show. */
function sendStoredBind(side: ClientSide, run: ApprovedRun, plan: StatementPlan): void {
  const { core, turn } = side;
  const { flow } = core;
  const [facts] = plan.facts;
  const unsettles = changesMeaning(core, plan);
  if (unsettles) core.unsettled++;
  const request = (): ReturnType<typeof requestOf> => requestOf({ plan });
  const withheld = { withheld: true };
  const portal = portalOf({ plan, facts: facts ?? null, resultFormats: [] });
  flow.expect(expectReply('parse', request(), withheld));
  flow.expect(expectReply('bind', request(), withheld));
  flow.expect(expectReply('describe-portal', requestOf({ plan, portal, silentNoData: true })));
  const changes = facts === undefined ? [] : [nameChanges(run.sql, facts, false)];
  flow.expect(expectReply('execute', requestOf({ plan, portal, unsettles }), { changes }));
  flow.expect(expectReply('close', request(), withheld));
  flow.expect(expectReply('close', request(), withheld));
  flow.expect(expectReply('sync', request()));
  turn.send(encodeParse({ statement: RUN_NAME, sql: plan.upstreamSql, parameterTypeOids: run.parameterTypeOids }));
  turn.send(
    encodeBind({
      portal: RUN_NAME,
      statement: RUN_NAME,
      parameterFormats: run.parameterFormats,
      parameters: run.parameters,
      resultFormats: [],
    }),
  );
  turn.send(encodeDescribe({ kind: 'portal', name: RUN_NAME }));
  turn.send(encodeExecute({ portal: RUN_NAME, rowsMax: 0 }));
  turn.send(encodeClose({ kind: 'statement', name: RUN_NAME }));
  turn.send(encodeClose({ kind: 'portal', name: RUN_NAME }));
  turn.send(encodeSync());
  side.requireDurable();
  if (plan.decision.sanitiseMessages) core.sanitiseMessages = true;
  core.claims.queued(run.request, beyondRollback(plan));
  core.claims.commitSent();
}
