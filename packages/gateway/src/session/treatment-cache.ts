import type { Decision } from '@bailiwick/domain';
import type { MaskKeys } from '@bailiwick/masking';
import { formatOf, type RowField } from '@bailiwick/postgres';
import { type RowTreatment, treatRows } from './row-treatment.ts';
import type { StatementPlan } from './statement-plan.ts';

interface Entry {
  readonly columns: readonly RowField[];
  readonly formats: string;
  readonly treatment: RowTreatment;
}

/** Row treatments of prepared statements, so that executing one again compiles no masks. One session's own. */
export class TreatmentCache {
  readonly #keys: MaskKeys;
  readonly #entries = new WeakMap<Decision, Entry>();

  constructor(keys: MaskKeys) {
    this.#keys = keys;
  }

  /** @param formats Bind's result formats; null: the description tells the formats (it is the portal's own). */
  forExecute(plan: StatementPlan, columns: readonly RowField[], formats: readonly (0 | 1)[] | null): RowTreatment {
    const key = formats === null ? 'described' : formats.join('');
    const known = this.#entries.get(plan.decision);
    if (known !== undefined && known.columns === columns && known.formats === key) return known.treatment;
    const fields =
      formats === null ? columns : columns.map((field, index) => ({ ...field, format: formatOf(formats, index) }));
    const treatment = treatRows(plan.facts[0], plan.decision, 0, fields, plan.facts.length !== 1, this.#keys);
    this.#entries.set(plan.decision, { columns, formats: key, treatment });
    return treatment;
  }
}
