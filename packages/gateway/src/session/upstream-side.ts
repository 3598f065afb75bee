import { GatewayError } from '@bailiwick/domain';
import {
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
  rowsOfTag,
} from '@bailiwick/postgres';
import type { FrameDecoder } from '@bailiwick/wire';
import { Delivery, type Turn } from './delivery.ts';
import { sanitiseMessage } from './message-guard.ts';
import { runsCodeOnRequest, runsUnknownCode, uncertain } from './name-changes.ts';
import { NoticeCap } from './notice-cap.ts';
import { encodeGatewayError } from './refusal-frames.ts';
import { checkReportedSetting } from './reported-settings.ts';
import type { Request } from './request.ts';
import { RowDelivery } from './row-delivery.ts';
import type { SessionCore } from './session-core.ts';
import { learnCatalog, learnWhatChanged } from './settling.ts';
import type { NamedValue, StatementPlan } from './statement-plan.ts';

type Outcome = ReplyOutcome<Request, NamedValue>;
type Expected = ExpectedReply<Request, NamedValue>;

const READY_FOR_QUERY = 0x5a;
const COMMAND_COMPLETE = 0x43;
const QUERY_CANCELED = '57014';

/** What the upstream's side asks of the session around it. */
export interface UpstreamSideHost {
  /** Writes to the client; the record of it is already with the operating system. */
  writeClient(pieces: readonly Buffer[]): void;
  /** A request has ended that later ones may have waited for. */
  settled(): void;
  /** A request has failed and the server skips everything up to the next Sync. */
  skipping(): void;
  /** What is under way has to end: the database is asked to cancel it. */
  cancelStatement(): void;
  /** One statement is over. */
  statementEnded(): void;
  /** Outside a transaction, nothing is under way, and everything is delivered. */
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
  readonly #rows: RowDelivery;
  readonly #notices: NoticeCap;

  constructor(core: SessionCore, decoder: FrameDecoder, host: UpstreamSideHost) {
    this.#core = core;
    this.#decoder = decoder;
    this.#host = host;
    this.#rows = new RowDelivery(core, this.#delivery);
    this.#notices = new NoticeCap(core.options.limits.noticesPerStatementMax);
  }

  receive(chunk: Buffer): void {
    this.#decoder.push(chunk);
    while (this.#decoder.next()) this.#frame();
    this.#commit();
    this.#host.settled();
    const { flow } = this.#core;
    if (flow.skipping) this.#host.skipping();
    // Not before everything is delivered: the session may end here.
    if (flow.transactionStatus === 0x49 && flow.underWay === 0) this.#host.idle();
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
        return this.#rows.row(buffer, start, end);
      case 'relay':
        return this.#delivery.relay(buffer, start, end);
      case 'withhold':
        return this.#delivery.withhold();
      case 'copy-row':
        return this.#rows.copyRow(buffer, start, end);
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
      case 'copy-out':
        this.#rows.beginCopy(outcome.reply);
        return this.#delivery.relay(buffer, start, end);
      case 'copy-in':
        return this.#delivery.relay(buffer, start, end);
      default:
        return outcome satisfies never;
    }
  }

  #rowDescription(reply: Expected, again: boolean, buffer: Buffer, start: number, end: number): void {
    const { fields } = decodeRowDescription(buffer.subarray(start + 5, end));
    const request = reply.plan;
    if (reply.request === 'query') {
      this.#rows.begin(reply, fields, again);
    } else if (reply.request === 'describe-portal' && request?.portal) request.portal.described = fields;
    else if (request?.statement) request.statement.columns = fields;
    if (reply.withheld) this.#delivery.withhold();
    else this.#delivery.relay(buffer, start, end);
  }

  #parameterDescription(reply: Expected, buffer: Buffer, start: number, end: number): void {
    if (reply.withheld) this.#delivery.withhold();
    else if (reply.plan?.hideParameters) this.#delivery.inject(encodeParameterDescription({ typeOids: [] }));
    else this.#delivery.relay(buffer, start, end);
  }

  #complete(outcome: Outcome & { kind: 'complete' }, type: number, buffer: Buffer, start: number, end: number): void {
    const { reply, how, statementIndex } = outcome;
    const tag = type === COMMAND_COMPLETE ? decodeCommandComplete(buffer.subarray(start + 5, end)).tag : '';
    const request = reply.plan;
    const plan = request?.plan ?? null;
    if (plan !== null) {
      this.#statementDone(plan, statementIndex, how !== 'empty');
      if (tag !== '') plan.tag = tag;
      if (plan.rows === 0) plan.rows = rowsOfTag(tag) ?? 0;
      // Also of a suspended portal and of one statement among several: effects are there from here on.
      if (plan.approval !== null) this.#core.claims.ran(plan.approval);
    }
    if (plan !== null && reply.request === 'execute') {
      if (how !== 'suspended') this.#core.outcome(plan, 'ok', tag, null);
      if (request?.unsettles) this.#settle();
    }
    // ROLLBACK TO SAVEPOINT has the tag of ROLLBACK and ends nothing.
    const effect = plan?.facts[statementIndex]?.transaction;
    if ((tag === 'COMMIT' || tag === 'ROLLBACK') && (effect === 'commit' || effect === 'rollback')) {
      this.#core.flow.transactionOver();
      this.#transactionEnded(tag === 'COMMIT');
    }
    this.#rows.leave();
    this.#statementEnded();
    if (reply.withheld) this.#delivery.withhold();
    else this.#delivery.relay(buffer, start, end);
  }

  #statementDone(plan: StatementPlan, index: number, ran: boolean): void {
    const core = this.#core;
    const facts = plan.facts[index];
    if (facts !== undefined || (ran && core.datasource.policy.hasDataMap)) learnWhatChanged(core, facts);
    if (facts !== undefined) {
      core.searchPath.complete(facts.settings, facts.transaction);
      if (runsUnknownCode([facts])) core.flow.names.mapAll(uncertain);
      if (runsCodeOnRequest(facts)) core.searchPath.lost();
    }
    this.#rows.end();
  }

  #error(outcome: Outcome & { kind: 'error' }, buffer: Buffer, start: number, end: number): void {
    const body = buffer.subarray(start + 5, end);
    const { fields } = decodeErrorResponse(body);
    const { reply, discarded } = outcome;
    const sqlState = fields.get('C') ?? null;
    const severity = fields.get('V') ?? fields.get('S');
    if (reply?.refusal) this.#delivery.inject(reply.refusal);
    else if (this.#notices.exceeded && sqlState === QUERY_CANCELED) this.#delivery.inject(this.#flooded());
    else if (this.#mustSanitise(reply)) this.#delivery.inject(sanitiseMessage('error', body));
    else this.#delivery.relay(buffer, start, end);
    if (reply?.plan?.plan)
      this.#core.outcome(reply.plan.plan, reply.refusal ? 'refused' : 'error', '', reply.refusal ? null : sqlState);
    if (reply?.plan?.plan?.approval) this.#core.claims.begun(reply.plan.plan.approval);
    for (const one of discarded) this.#discarded(one);
    this.#rows.giveUp();
    this.#notices.ended();
    if (severity === 'FATAL' || severity === 'PANIC') this.#host.upstreamFatal();
    else if (reply === null) throw new GatewayError('upstream-violation', 'an error answered no request');
  }

  /** The server skips it, or it is the one that failed and has no ReadyForQuery of its own. */
  #discarded(reply: Expected): void {
    const request = reply.plan;
    if (reply.request === 'describe-statement' && request?.statement) request.statement.describing = false;
    if (!request?.plan) return;
    this.#core.outcome(request.plan, 'error', '', null);
    if (request.unsettles) this.#settle();
  }

  #ready(outcome: Outcome & { kind: 'ready' }, buffer: Buffer, start: number, end: number): void {
    const { reply, status, failed } = outcome;
    const plan = reply.plan?.plan ?? null;
    if (plan !== null && reply.request === 'query') this.#core.outcome(plan, 'ok', plan.tag, null);
    if (status === 0x49) this.#transactionEnded(!failed);
    else if (this.#core.flow.underWay === 0) this.#core.claims.blockOpen();
    this.#core.searchPath.ready(status === 0x49);
    if (plan !== null && reply.request === 'query' && reply.plan?.unsettles) this.#settle();
    this.#delivery.relay(buffer, start, end);
    this.#statementEnded();
  }

  #transactionEnded(committed: boolean): void {
    const { claims, flow, searchPath } = this.#core;
    claims.transactionEnded(committed, (request) => flow.isUnderWay((one) => one?.plan?.approval === request));
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

  #asynchronous(type: number, buffer: Buffer, start: number, end: number): void {
    const body = buffer.subarray(start + 5, end);
    switch (String.fromCharCode(type)) {
      case 'S': {
        const { name, value } = decodeParameterStatus(body);
        checkReportedSetting(name, value);
        if (name === 'search_path') this.#core.searchPath.report(value);
        // A value that code chose could be anything, and no driver needs these two.
        if ((name === 'search_path' || name === 'application_name') && this.#mustSanitise(this.#core.flow.head ?? null))
          return this.#delivery.withhold();
        return this.#delivery.relay(buffer, start, end);
      }
      case 'A':
        if (!this.#core.datasource.policy.hasDataMap) return this.#delivery.relay(buffer, start, end);
        // A payload is an output whose origin nobody can prove.
        return this.#delivery.inject(encodeNotificationResponse({ ...decodeNotificationResponse(body), payload: '' }));
      default:
        return this.#notice(body, buffer, start, end);
    }
  }

  #notice(body: Buffer, buffer: Buffer, start: number, end: number): void {
    const verdict = this.#core.flow.underWay > 0 ? this.#notices.next() : 'within';
    if (verdict === 'over') this.#host.cancelStatement();
    if (verdict !== 'within') this.#delivery.withhold();
    else if (this.#mustSanitise(this.#core.flow.head ?? null)) this.#delivery.inject(sanitiseMessage('notice', body));
    else this.#delivery.relay(buffer, start, end);
  }

  #flooded(): Buffer {
    const max = this.#core.options.limits.noticesPerStatementMax;
    return encodeGatewayError(
      new GatewayError('notice-flood', `the statement sent more than ${max} notices and was cancelled`, 'raise fewer'),
    );
  }

  #statementEnded(): void {
    this.#notices.ended();
    this.#host.statementEnded();
  }

  #mustSanitise(reply: Expected | null): boolean {
    return this.#core.sanitiseMessages || reply?.plan?.plan?.decision.sanitiseMessages === true;
  }

  #injectLocal(): void {
    const { flow } = this.#core;
    for (const reply of flow.takeLocal())
      if (reply.answer !== null) this.#delivery.inject(reply.answer(flow.transactionStatus));
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
