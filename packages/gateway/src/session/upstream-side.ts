import { GatewayError } from '@bailiwick/domain';
import {
  decodeCommandComplete,
  decodeCopyInResponse,
  decodeCopyOutResponse,
  decodeDataRow,
  decodeErrorResponse,
  decodeParameterDescription,
  decodeRowDescription,
  type ExpectedReply,
  encodeParameterDescription,
  messageName,
  type ReplyOutcome,
} from '@bailiwick/postgres';
import type { FrameDecoder } from '@bailiwick/wire';
import { CopyDelivery } from './copy-delivery.ts';
import { Delivery, type Turn } from './delivery.ts';
import { placeError, placeOf } from './error-place.ts';
import { sanitiseMessage } from './message-guard.ts';
import { NoticeCap } from './notice-cap.ts';
import type { Request } from './request.ts';
import { RowDelivery } from './row-delivery.ts';
import type { SessionCore } from './session-core.ts';
import { StatementEnds } from './statement-ends.ts';
import type { NamedValue } from './statement-plan.ts';
import { UnaskedMessages } from './unasked-messages.ts';

type Outcome = ReplyOutcome<Request, NamedValue>;
type Expected = ExpectedReply<Request, NamedValue>;

const IDLE = 0x49;
const READY_FOR_QUERY = 0x5a;
const COMMAND_COMPLETE = 0x43;
const QUERY_CANCELED = '57014';
const SQL_STATE = /^[0-9A-Z]{5}$/;

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
  readonly #copies: CopyDelivery;
  readonly #notices: NoticeCap;
  readonly #ends: StatementEnds;
  readonly #unasked: UnaskedMessages;

  constructor(core: SessionCore, decoder: FrameDecoder, host: UpstreamSideHost) {
    this.#core = core;
    this.#decoder = decoder;
    this.#host = host;
    this.#rows = new RowDelivery(core, this.#delivery);
    this.#copies = new CopyDelivery(core, this.#delivery);
    this.#ends = new StatementEnds(core, host);
    this.#notices = new NoticeCap(core.options.limits.noticesPerStatementMax);
    this.#unasked = new UnaskedMessages(core, this.#delivery, this.#notices, () => host.cancelStatement());
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
        if (this.#core.flow.head?.plan?.ask) return this.#answered(buffer.subarray(start + 5, end));
        return this.#rows.row(buffer, start, end);
      case 'relay':
        return this.#delivery.relay(buffer, start, end);
      case 'withhold':
        return this.#delivery.withhold();
      case 'copy-row':
        return this.#copies.data(buffer, start, end);
      case 'copy-done':
        this.#copies.done();
        return this.#delivery.relay(buffer, start, end);
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
        return this.#unasked.receive(type, { buffer, start, end });
      case 'copy-out':
        this.#copies.begin(outcome.reply, decodeCopyOutResponse(buffer.subarray(start + 5, end)));
        return this.#delivery.relay(buffer, start, end);
      case 'copy-in':
        decodeCopyInResponse(buffer.subarray(start + 5, end));
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
    decodeParameterDescription(buffer.subarray(start + 5, end));
    if (reply.withheld) this.#delivery.withhold();
    else if (reply.plan?.hideParameters) this.#delivery.inject(encodeParameterDescription({ typeOids: [] }));
    else this.#delivery.relay(buffer, start, end);
  }

  #complete(outcome: Outcome & { kind: 'complete' }, type: number, buffer: Buffer, start: number, end: number): void {
    const tag = type === COMMAND_COMPLETE ? decodeCommandComplete(buffer.subarray(start + 5, end)).tag : '';
    this.#rows.end();
    this.#copies.complete(tag);
    this.#ends.completed(outcome, tag);
    this.#rows.leave();
    this.#statementEnded();
    if (outcome.reply.withheld) this.#delivery.withhold();
    else this.#delivery.relay(buffer, start, end);
  }

  #error(outcome: Outcome & { kind: 'error' }, buffer: Buffer, start: number, end: number): void {
    const { reply } = outcome;
    const place = placeOf(reply?.plan ?? null);
    const received = buffer.subarray(start + 5, end);
    const placed = place === null ? null : placeError(received, place);
    const body = placed === null ? received : placed.subarray(5);
    const { fields } = decodeErrorResponse(body);
    const sqlState = fields.get('C') ?? null;
    const severity = fields.get('V') ?? fields.get('S');
    if (sqlState === null || !SQL_STATE.test(sqlState))
      throw new GatewayError('upstream-violation', 'an error of the database has no SQLSTATE');
    if (reply?.plan?.ask === 'alone') this.#delivery.withhold();
    else if (reply?.refusal) this.#delivery.inject(reply.refusal);
    else if (this.#notices.exceeded && sqlState === QUERY_CANCELED) this.#delivery.inject(this.#unasked.flooded());
    else if (this.#core.mustSanitise(reply?.plan?.plan ?? null)) this.#delivery.inject(sanitiseMessage('error', body));
    else if (placed !== null) this.#delivery.inject(placed);
    else this.#delivery.relay(buffer, start, end);
    this.#ends.failed(outcome, sqlState);
    this.#rows.giveUp();
    this.#copies.giveUp();
    this.#notices.ended();
    if (severity === 'FATAL' || severity === 'PANIC') this.#host.upstreamFatal();
    else if (reply === null) throw new GatewayError('upstream-violation', 'an error answered no request');
  }

  #ready(outcome: Outcome & { kind: 'ready' }, buffer: Buffer, start: number, end: number): void {
    this.#ends.ready(outcome);
    if (outcome.reply.withheld) this.#delivery.withhold();
    else this.#delivery.relay(buffer, start, end);
    this.#statementEnded();
  }

  /** What the gateway itself has asked for. */
  #answered(row: Buffer): void {
    const { flow, searchPath } = this.#core;
    const idle = flow.transactionStatus === IDLE && flow.head?.plan?.ask === 'alone';
    for (const cell of decodeDataRow(row)) if (cell !== null) searchPath.answer(cell.toString('utf8'), idle);
    this.#delivery.withhold();
  }

  #statementEnded(): void {
    this.#notices.ended();
    this.#host.statementEnded();
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
