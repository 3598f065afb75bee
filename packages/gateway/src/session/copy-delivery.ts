import { GatewayError } from '@bailiwick/domain';
import { type CopyFormat, CopyRewriter, type ExpectedReply, rowsOfTag } from '@bailiwick/postgres';
import { FRAME_HEADER_LENGTH } from '@bailiwick/wire';
import { type CopyTreatment, treatCopy } from './copy-treatment.ts';
import type { Delivery } from './delivery.ts';
import type { Request } from './request.ts';
import type { SessionCore } from './session-core.ts';
import type { NamedValue, StatementPlan } from './statement-plan.ts';

type Expected = ExpectedReply<Request, NamedValue>;

/** A row of which nothing may be recorded. */
const EMPTY_COPY_DATA: Buffer = Buffer.from([0x64, 0, 0, 0, 4]);

/** The rows of whatever COPY TO STDOUT is under way: masked, delivered and counted. */
export class CopyDelivery {
  readonly #core: SessionCore;
  readonly #delivery: Delivery;
  #plan: StatementPlan | null = null;
  #treatment: CopyTreatment | null = null;
  /** Null: its messages are relayed one by one, as they are. */
  #rewriter: CopyRewriter | null = null;
  /** The rows are relayed, and the transcript does not keep them. */
  #exempt = false;
  #count = 0;

  constructor(core: SessionCore, delivery: Delivery) {
    this.#core = core;
    this.#delivery = delivery;
  }

  /** CopyOutResponse. Only a COPY that was understood, and decided on as such, may begin where anything is regulated. */
  begin({ plan: request, statementIndex }: Expected, response: CopyFormat): void {
    this.#end();
    const plan = request?.plan ?? null;
    if (plan === null) return;
    this.#plan = plan;
    const { treatUnknown, treatments } = plan.decision;
    const planned = treatments[statementIndex] ?? [treatUnknown];
    this.#exempt = planned.some(({ kind }) => kind === 'exempt');
    const facts = plan.facts[statementIndex];
    if (facts?.copy?.direction !== 'out') {
      if (treatUnknown.kind === 'pass' || treatUnknown.kind === 'exempt') return;
      throw violation('the database copies out for a statement that was no COPY TO STDOUT');
    }
    const means = {
      keys: this.#core.options.maskKeys,
      catalog: this.#core.datasource.catalog,
      shown: this.#core.shown,
    };
    const treatment = treatCopy(facts, plan.decision, statementIndex, means);
    if (treatment === null) return;
    if (treatment instanceof GatewayError) throw violation(treatment.message);
    this.#rewrite(treatment, response);
  }

  /** One CopyData of the head request. */
  data(buffer: Buffer, start: number, end: number): void {
    const { deliver, record } = this.#treatment ?? NOTHING;
    const rewriter = this.#rewriter;
    if (rewriter === null) return this.#relay(buffer, start, end);
    // What becomes of it may be nothing yet, one row, or several.
    this.#delivery.withhold();
    rewriter.receive(buffer, start + FRAME_HEADER_LENGTH, end, (piece) => {
      if (piece.kind === 'row') this.#counted();
      this.#delivery.rewrite(
        (out) => rewriter.write(piece, deliver, out),
        record === null ? null : (out) => rewriter.write(piece, record, out),
      );
    });
  }

  /** CopyDone. */
  done(): void {
    this.#rewriter?.finish();
  }

  /** A statement has completed: if it was a COPY, the database says how many rows there were. */
  complete(tag: string): void {
    const { telemetry, info } = this.#core;
    for (const mask of this.#treatment?.masks ?? [])
      if (mask !== null && this.#count > 0)
        telemetry.count('masked_values_total', { datasource: info.datasource, mask }, this.#count);
    // Relayed messages were counted, and not all of them are rows.
    if (this.#plan !== null) this.#plan.rows += (rowsOfTag(tag) ?? this.#count) - this.#count;
    this.#end();
  }

  /** The statement under way has failed. */
  giveUp(): void {
    this.#end();
  }

  #rewrite(treatment: CopyTreatment, { format, columnFormats }: CopyFormat): void {
    const binary = treatment.options.format === 'binary';
    const columns = treatment.deliver.length;
    if (columnFormats.length !== columns || (format === 1) !== binary || columnFormats.some((one) => one !== format))
      throw violation('the database copies out in another form than the statement asked for');
    this.#treatment = treatment;
    this.#rewriter = new CopyRewriter(treatment.options, columns, this.#core.options.limits.frameBytesMax);
  }

  #relay(buffer: Buffer, start: number, end: number): void {
    this.#counted();
    if (!this.#exempt) return this.#delivery.relay(buffer, start, end);
    this.#delivery.rewrite(
      (out) => out.copy(buffer, start, end),
      (out) => out.copy(EMPTY_COPY_DATA, 0, EMPTY_COPY_DATA.length),
    );
  }

  #counted(): void {
    this.#count++;
    if (this.#plan !== null) this.#plan.rows++;
  }

  #end(): void {
    this.#plan = null;
    this.#treatment = null;
    this.#rewriter = null;
    this.#exempt = false;
    this.#count = 0;
  }
}

const NOTHING: Pick<CopyTreatment, 'deliver' | 'record'> = { deliver: [], record: null };

const violation = (why: string): GatewayError => new GatewayError('upstream-violation', why);
