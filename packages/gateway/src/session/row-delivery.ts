import { GatewayError } from '@bailiwick/domain';
import { checkDataRow, type ExpectedReply, type RowField, rewriteDataRow } from '@bailiwick/postgres';
import { FRAME_HEADER_LENGTH } from '@bailiwick/wire';
import type { Delivery } from './delivery.ts';
import type { Request } from './request.ts';
import { type RowTreatment, type TreatmentMeans, treatRows } from './row-treatment.ts';
import type { SessionCore } from './session-core.ts';
import type { NamedValue, StatementPlan } from './statement-plan.ts';
import { TreatmentCache } from './treatment-cache.ts';

type Expected = ExpectedReply<Request, NamedValue>;

/** The rows of whatever result is under way: described, masked, delivered and counted. */
export class RowDelivery {
  readonly #core: SessionCore;
  readonly #delivery: Delivery;
  readonly #treatments = new TreatmentCache();
  /** Null: there is no result under way, or its rows are relayed unseen. */
  #treatment: RowTreatment | null = null;
  /** The request that the treatment belongs to. */
  #of: Expected | null = null;
  #count = 0;

  constructor(core: SessionCore, delivery: Delivery) {
    this.#core = core;
    this.#delivery = delivery;
  }

  /** A Query's result set begins. @param again it is not the statement's first: of unknown origin. */
  begin(reply: Expected, fields: readonly RowField[], again: boolean): void {
    const plan = reply.plan?.plan ?? null;
    this.#of = reply;
    this.#treatment = plan === null ? null : this.#treat(plan, reply.statementIndex, fields, again);
    this.#countMismatches();
  }

  /** One DataRow of the head request. */
  row(buffer: Buffer, start: number, end: number): void {
    const head = this.#core.flow.head;
    if (head !== undefined && head !== this.#of) this.#beginRows(head);
    const plan = head?.plan?.plan;
    if (plan) plan.rows++;
    this.#count++;
    const treatment = this.#treatment;
    if (treatment === null) {
      checkDataRow(buffer, start + FRAME_HEADER_LENGTH, end, announcedCells(buffer, start, end));
      return this.#delivery.relay(buffer, start, end);
    }
    if (treatment.deliver === null && treatment.record === null) {
      checkDataRow(buffer, start + FRAME_HEADER_LENGTH, end, treatment.columns);
      return this.#delivery.relay(buffer, start, end);
    }
    const { deliver, record } = treatment;
    const rewrites = deliver ?? treatment.nothing;
    this.#delivery.rewrite(
      (out) => rewriteDataRow(buffer, start, end, rewrites, out),
      record === null ? null : (out) => void rewriteDataRow(buffer, start, end, record, out),
    );
  }

  /** The statement has completed: what was masked of it is counted. */
  end(): void {
    const { telemetry, info } = this.#core;
    for (const mask of this.#treatment?.masks ?? [])
      if (mask !== null && this.#count > 0)
        telemetry.count('masked_values_total', { datasource: info.datasource, mask }, this.#count);
    this.#treatment = null;
    this.#count = 0;
  }

  /** The request under way is over; the next one's rows begin anew. */
  leave(): void {
    this.#of = null;
  }

  /** The result under way has failed. */
  giveUp(): void {
    this.#of = null;
    this.#treatment = null;
    this.#count = 0;
  }

  /** Rows of an Execute begin without a description of their own: the statement's counts, under Bind's formats. */
  #beginRows(head: Expected): void {
    this.#of = head;
    this.#treatment = null;
    const request = head.plan;
    if (head.request !== 'execute' || !request?.plan) return;
    const described = request.portal?.described ?? request.statement?.columns ?? null;
    if (described !== null) {
      const formats = request.portal?.resultFormats ?? null;
      this.#treatment = this.#treatments.forExecute(request.plan, described, formats, this.#means());
      this.#countMismatches();
    } else if (this.#core.datasource.policy.hasDataMap)
      throw new GatewayError('upstream-violation', 'rows came for a statement that was never described');
  }

  #treat(plan: StatementPlan, index: number, fields: Parameters<typeof treatRows>[3], again: boolean): RowTreatment {
    const facts = plan.facts[index];
    return treatRows(facts, plan.decision, index, fields, again || facts === undefined, this.#means());
  }

  #means(): TreatmentMeans {
    return { keys: this.#core.options.maskKeys, catalog: this.#core.datasource.catalog, shown: this.#core.shown };
  }

  #countMismatches(): void {
    const count = this.#treatment?.mismatches ?? 0;
    if (count === 0) return;
    const datasource = this.#core.info.datasource;
    this.#core.telemetry.count('lineage_mismatch_total', { datasource }, count);
    this.#core.record({
      type: 'alert',
      alert: 'lineage-mismatch',
      reason: 'the database described a column otherwise than the statement was understood',
    });
  }
}

/** What a row itself says, where nothing else tells how many cells it has. */
const announcedCells = (buffer: Buffer, start: number, end: number): number =>
  end - start < FRAME_HEADER_LENGTH + 2 ? 0 : buffer.readUInt16BE(start + FRAME_HEADER_LENGTH);
