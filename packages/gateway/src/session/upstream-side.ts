import { GatewayError } from '@bailiwick/domain';
import {
  checkDataRowColumns,
  decodeCommandComplete,
  decodeErrorResponse,
  decodeNotificationResponse,
  decodeParameterStatus,
  decodeRowDescription,
  type ExpectedReply,
  encodeNotificationResponse,
  encodeParameterDescription,
  messageName,
  type ReplyOutcome,
  rewriteDataRow,
} from '@bailiwick/postgres';
import type { FrameDecoder } from '@bailiwick/wire';
import { Delivery, type Turn } from './delivery.ts';
import { sanitiseMessage } from './message-guard.ts';
import { runsUnknownCode, uncertain } from './name-changes.ts';
import { checkReportedSetting } from './reported-settings.ts';
import type { Request } from './request.ts';
import { type RowTreatment, treatRows } from './row-treatment.ts';
import type { SessionCore } from './session-core.ts';
import { learnWhatChanged } from './settling.ts';
import type { NamedValue, StatementPlan } from './statement-plan.ts';
import { TreatmentCache } from './treatment-cache.ts';

type Outcome = ReplyOutcome<Request, NamedValue>;
type Expected = ExpectedReply<Request, NamedValue>;

const READY_FOR_QUERY = 0x5a;
const COMMAND_COMPLETE = 0x43;
const EMPTY_COPY_DATA: Buffer = Buffer.from([0x64, 0, 0, 0, 4]);

/** What the upstream's side asks of the session around it. */
export interface UpstreamSideHost {
  /** Writes to the client; the record of it is already with the operating system. */
  writeClient(pieces: readonly Buffer[]): void;
  /** A request has ended that later ones may have waited for. */
  settled(): void;
  /** One statement is over. */
  statementEnded(): void;
  /** ReadyForQuery outside a transaction with nothing under way. */
  idle(): void;
  /** The database has ended the session with an error of its own. */
  upstreamFatal(): void;
  fail(error: unknown): void;
}

/** The way of the database's frames: which request is this the answer to? mask, sanitise, record, then to the client. */
export class UpstreamSide {
  readonly #core: SessionCore;
  readonly #host: UpstreamSideHost;
  readonly #decoder: FrameDecoder;
  readonly #delivery: Delivery = new Delivery();
  readonly #treatments: TreatmentCache;
  /** Of the result set under way; null: none, or its rows are relayed unseen. */
  #rows: RowTreatment | null = null;
  #rowsOf: Expected | null = null;

  constructor(core: SessionCore, decoder: FrameDecoder, host: UpstreamSideHost) {
    this.#core = core;
    this.#decoder = decoder;
    this.#host = host;
    this.#treatments = new TreatmentCache(core.options.maskKeys);
  }

  receive(chunk: Buffer): void {
    this.#decoder.push(chunk);
    while (this.#decoder.next()) this.#frame();
    this.#commit();
  }

  /** Frames of the gateway's own, between those of the database. */
  deliverNow(frames: Buffer): void {
    this.#delivery.inject(frames);
    this.#commit();
  }

  /** The client's last message. What was being put together for it is given up: it may hold half a frame. */
  deliverLast(frames: Buffer): void {
    this.#delivery.abandon();
    this.deliverNow(frames);
  }

  /** Answers of the gateway's own whose turn has come. */
  deliverLocal(): void {
    this.#injectLocal();
    this.#commit();
  }

  #frame(): void {
    const { type, buffer, start, end } = this.#decoder;
    const { flow } = this.#core;
    const status = type === READY_FOR_QUERY ? transactionStatus(buffer, start, end) : 0;
    this.#delivery.receive(buffer, start, end);
    const outcome = flow.receive(type, messageName('backend', type), status);
    this.#deliver(outcome, type, buffer, start, end);
    this.#injectLocal();
  }

  #deliver(outcome: Outcome, type: number, buffer: Buffer, start: number, end: number): void {
    switch (outcome.kind) {
      case 'row':
        return this.#row(buffer, start, end);
      case 'relay':
        return this.#delivery.relay(buffer, start, end);
      case 'withhold':
        return this.#delivery.withhold();
      case 'copy-row':
        return this.#copyRow(buffer, start, end);
      case 'row-description':
        return this.#rowDescription(outcome.reply, outcome.again, buffer, start, end);
      case 'parameter-description':
        return this.#parameterDescription(outcome.reply, buffer, start, end);
      case 'no-data':
        if (outcome.reply.plan?.statement) outcome.reply.plan.statement.columns = [];
        // A stored statement that is run by a Query is described for the rows alone.
        if (outcome.reply.withheld || outcome.reply.plan?.silentNoData === true) return this.#delivery.withhold();
        return this.#delivery.relay(buffer, start, end);
      case 'complete':
        return this.#complete(outcome, type, buffer, start, end);
      case 'error':
        return this.#error(outcome, buffer, start, end);
      case 'ready':
        return this.#ready(outcome, buffer, start, end);
      case 'asynchronous':
        return this.#asynchronous(type, buffer, start, end);
      case 'copy-in':
      case 'copy-out':
        return this.#delivery.relay(buffer, start, end);
      default:
        return outcome satisfies never;
    }
  }

  #row(buffer: Buffer, start: number, end: number): void {
    const head = this.#core.flow.head;
    if (head !== undefined && head !== this.#rowsOf) this.#beginRows(head);
    const plan = head?.plan?.plan;
    if (plan) plan.rows++;
    const treatment = this.#rows;
    if (treatment === null) return this.#delivery.relay(buffer, start, end);
    if (treatment.deliver === null && treatment.record === null) {
      checkDataRowColumns(buffer, start, end, treatment.columns);
      return this.#delivery.relay(buffer, start, end);
    }
    const { deliver, record } = treatment;
    const rewrites = deliver ?? treatment.nothing;
    this.#delivery.rewrite(
      (out) => rewriteDataRow(buffer, start, end, rewrites, out),
      record === null ? null : (out) => void rewriteDataRow(buffer, start, end, record, out),
    );
  }

  /** Rows of an Execute begin without a description of their own: the statement's counts, under Bind's formats. */
  #beginRows(head: Expected): void {
    this.#rowsOf = head;
    this.#rows = null;
    const request = head.plan;
    if (head.request !== 'execute' || !request?.plan) return;
    const described = request.portal?.described ?? request.statement?.columns ?? null;
    if (described !== null) {
      this.#rows = this.#treatments.forExecute(request.plan, described, request.portal?.resultFormats ?? null);
      this.#countMismatches();
    } else if (this.#core.datasource.policy.hasDataMap)
      throw new GatewayError('upstream-violation', 'rows came for a statement that was never described');
  }

  #rowDescription(reply: Expected, again: boolean, buffer: Buffer, start: number, end: number): void {
    const { fields } = decodeRowDescription(buffer.subarray(start + 5, end));
    const request = reply.plan;
    if (reply.request === 'query') {
      this.#rowsOf = reply;
      this.#rows = request?.plan ? this.#treat(request.plan, reply.statementIndex, fields, again) : null;
      this.#countMismatches();
    } else if (reply.request === 'describe-portal' && request?.portal) request.portal.described = fields;
    else if (request?.statement) request.statement.columns = fields;
    if (reply.withheld) this.#delivery.withhold();
    else this.#delivery.relay(buffer, start, end);
  }

  #treat(plan: StatementPlan, index: number, fields: Parameters<typeof treatRows>[3], again: boolean): RowTreatment {
    const facts = plan.facts[index];
    return treatRows(facts, plan.decision, index, fields, again || facts === undefined, this.#core.options.maskKeys);
  }

  #parameterDescription(reply: Expected, buffer: Buffer, start: number, end: number): void {
    if (reply.withheld) this.#delivery.withhold();
    else if (reply.plan?.hideParameters) this.#delivery.inject(encodeParameterDescription({ typeOids: [] }));
    else this.#delivery.relay(buffer, start, end);
  }

  #copyRow(buffer: Buffer, start: number, end: number): void {
    const head = this.#core.flow.head;
    const plan = head?.plan?.plan;
    if (plan) plan.rows++;
    const exempt = plan?.decision.treatments[head?.statementIndex ?? 0]?.some(({ kind }) => kind === 'exempt');
    if (exempt !== true) return this.#delivery.relay(buffer, start, end);
    this.#delivery.rewrite(
      (out) => out.copy(buffer, start, end),
      (out) => out.copy(EMPTY_COPY_DATA, 0, EMPTY_COPY_DATA.length),
    );
  }

  #complete(outcome: Outcome & { kind: 'complete' }, type: number, buffer: Buffer, start: number, end: number): void {
    const { reply, how, statementIndex } = outcome;
    const tag = type === COMMAND_COMPLETE ? decodeCommandComplete(buffer.subarray(start + 5, end)).tag : '';
    const request = reply.plan;
    const plan = request?.plan ?? null;
    if (plan !== null) this.#statementDone(plan, statementIndex, tag);
    if (plan !== null && reply.request === 'execute' && how !== 'suspended') {
      if (plan.approval !== null) this.#core.claims.ended(plan.approval, true);
      this.#core.outcome(plan, 'ok', tag, null);
      if (request?.unsettles) this.#settle(plan, true);
    }
    if (tag === 'COMMIT' || tag === 'ROLLBACK') this.#transactionEnded(tag === 'COMMIT');
    this.#rowsOf = null;
    this.#host.statementEnded();
    if (reply.withheld) this.#delivery.withhold();
    else this.#delivery.relay(buffer, start, end);
  }

  #statementDone(plan: StatementPlan, index: number, tag: string): void {
    const core = this.#core;
    const facts = plan.facts[index];
    if (facts !== undefined) {
      const inTransaction = core.flow.transactionStatus !== 0x49 || plan.facts.length > 1 || tag === 'BEGIN';
      core.searchPath.complete(facts.settings, facts.transaction, inTransaction);
      if (runsUnknownCode([facts])) core.flow.names.mapAll(uncertain);
    }
    const datasource = core.info.datasource;
    for (const mask of this.#rows?.masks ?? [])
      if (mask !== null && plan.rows > 0) core.telemetry.count('masked_values_total', { datasource, mask }, plan.rows);
    this.#rows = null;
  }

  #error(outcome: Outcome & { kind: 'error' }, buffer: Buffer, start: number, end: number): void {
    const body = buffer.subarray(start + 5, end);
    const { fields } = decodeErrorResponse(body);
    const { reply, discarded } = outcome;
    const sqlState = fields.get('C') ?? null;
    const severity = fields.get('V') ?? fields.get('S');
    if (reply?.refusal) this.#delivery.inject(reply.refusal);
    else if (this.#mustSanitise(reply)) this.#delivery.inject(sanitiseMessage('error', body));
    else this.#delivery.relay(buffer, start, end);
    if (reply?.plan?.plan)
      this.#core.outcome(reply.plan.plan, reply.refusal ? 'refused' : 'error', '', reply.refusal ? null : sqlState);
    for (const one of discarded.length > 0 ? discarded : reply === null ? [] : [reply]) this.#failed(one);
    this.#rowsOf = null;
    this.#rows = null;
    if (severity === 'FATAL' || severity === 'PANIC') this.#host.upstreamFatal();
    else if (reply === null) throw new GatewayError('upstream-violation', 'an error answered no request');
  }

  #failed(reply: Expected): void {
    const request = reply.plan;
    if (request?.plan?.approval) this.#core.claims.ended(request.plan.approval, false);
    if (request?.unsettles && request.plan !== null && reply.request !== 'query') this.#settle(request.plan, false);
  }

  #ready(outcome: Outcome & { kind: 'ready' }, buffer: Buffer, start: number, end: number): void {
    const { reply, status, failed } = outcome;
    const plan = reply.plan?.plan ?? null;
    if (plan !== null && reply.request === 'query') {
      if (plan.approval !== null && !failed) this.#core.claims.ended(plan.approval, true);
      this.#core.outcome(plan, 'ok', plan.facts[0]?.command ?? '', null);
    }
    if (status === 0x49) this.#transactionEnded(!failed);
    if (plan !== null && reply.request === 'query' && reply.plan?.unsettles) this.#settle(plan, !failed);
    this.#delivery.relay(buffer, start, end);
    this.#host.statementEnded();
    if (status === 0x49 && this.#core.flow.underWay === 0) this.#host.idle();
  }

  #transactionEnded(committed: boolean): void {
    this.#core.claims.transactionEnded(committed);
    this.#core.searchPath.endTransaction(committed);
  }

  #settle(plan: StatementPlan, ok: boolean): void {
    learnWhatChanged(this.#core, plan, ok).then(
      () => {
        this.#core.unsettled--;
        this.#host.settled();
      },
      (error: unknown) => this.#host.fail(error),
    );
  }

  #asynchronous(type: number, buffer: Buffer, start: number, end: number): void {
    const body = buffer.subarray(start + 5, end);
    switch (String.fromCharCode(type)) {
      case 'S': {
        const { name, value } = decodeParameterStatus(body);
        checkReportedSetting(name, value);
        if (name === 'search_path') this.#core.searchPath.report(value);
        return this.#delivery.relay(buffer, start, end);
      }
      case 'A':
        if (!this.#core.datasource.policy.hasDataMap) return this.#delivery.relay(buffer, start, end);
        // A payload is an output whose origin nobody can prove.
        return this.#delivery.inject(encodeNotificationResponse({ ...decodeNotificationResponse(body), payload: '' }));
      default:
        if (this.#mustSanitise(this.#core.flow.head ?? null)) this.#delivery.inject(sanitiseMessage('notice', body));
        else this.#delivery.relay(buffer, start, end);
    }
  }

  #mustSanitise(reply: Expected | null): boolean {
    return this.#core.sanitiseMessages || reply?.plan?.plan?.decision.sanitiseMessages === true;
  }

  #injectLocal(): void {
    const { flow } = this.#core;
    for (const reply of flow.takeLocal())
      if (reply.answer !== null) this.#delivery.inject(reply.answer(flow.transactionStatus));
  }

  #countMismatches(): void {
    const count = this.#rows?.mismatches ?? 0;
    if (count === 0) return;
    const datasource = this.#core.info.datasource;
    this.#core.telemetry.count('lineage_mismatch_total', { datasource }, count);
    this.#core.record({
      type: 'alert',
      alert: 'lineage-mismatch',
      reason: 'the database described a column otherwise than the statement was understood',
    });
  }

  #commit(): void {
    const turn = this.#delivery.take();
    if (turn.received.length === 0 && turn.outgoing.length === 0) return;
    this.#record(turn);
    this.#core.transcript.flush();
    if (turn.outgoing.length > 0) this.#host.writeClient(turn.outgoing);
  }

  #record(turn: Turn): void {
    this.#core.transcript.frames({
      from: 'upstream',
      headers: turn.headers,
      clientSide: turn.outgoing,
      upstreamSide: turn.changed ? turn.received : null,
      recorded: turn.recorded === null ? null : [turn.recorded],
    });
  }
}

function transactionStatus(buffer: Buffer, start: number, end: number): number {
  const status = end - start === 6 ? buffer.readUInt8(start + 5) : 0;
  if (status !== 0x49 && status !== 0x54 && status !== 0x45)
    throw new GatewayError('upstream-violation', 'ReadyForQuery names no transaction status');
  return status;
}
