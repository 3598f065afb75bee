import type { Decision } from '@bailiwick/domain';
import { formatOf, type RowField } from '@bailiwick/postgres';
import { type RowTreatment, type TreatmentMeans, treatRows } from './row-treatment.ts';
import type { StatementPlan } from './statement-plan.ts';

interface Entry {
  readonly columns: readonly RowField[];
  readonly formats: string;
  readonly treatment: RowTreatment;
  readonly catalog: TreatmentMeans['catalog'];
}

/** Row treatments of prepared statements, so that executing one again compiles no masks. One session's own. */
export class TreatmentCache {
  readonly #entries = new WeakMap<Decision, Entry>();

  /** @param formats Bind's result formats; null: the description tells the formats (it is the portal's own). */
  forExecute(
    plan: StatementPlan,
    columns: readonly RowField[],
    formats: readonly (0 | 1)[] | null,
    means: TreatmentMeans,
  ): RowTreatment {
    const key = formats === null ? 'described' : formats.join('');
    const known = this.#entries.get(plan.decision);
    const { catalog } = means;
    if (known?.columns === columns && known.formats === key && known.catalog === catalog) return known.treatment;
    const fields =
      formats === null ? columns : columns.map((field, index) => ({ ...field, format: formatOf(formats, index) }));
    const treatment = treatRows(plan.facts[0], plan.decision, 0, fields, plan.facts.length !== 1, means);
    this.#entries.set(plan.decision, { columns, formats: key, treatment, catalog });
    return treatment;
  }
}
