import type { ColumnRef, OutputColumn, OutputTreatment } from '@bailiwick/domain';
import { stricterTreatment } from './column-verdict.ts';
import type { StatementScope } from './statement-scope.ts';

/** Rule that covers what is not proven, where anything is regulated (law 1). */
export const UNPROVEN_RULE = 'defaults.unproven';

const PASS: OutputTreatment = { kind: 'pass' };
const UNPROVEN: OutputTreatment = { kind: 'constant', rule: UNPROVEN_RULE };

/** For cells whose origin is not proven: a constant wherever there is a data map. */
export const treatUnknown = (hasDataMap: boolean): OutputTreatment => (hasDataMap ? UNPROVEN : PASS);

/** One treatment per output column of a statement; null: it returns no rows, or nobody knows which columns. */
export function outputTreatments(scope: StatementScope): readonly OutputTreatment[] | null {
  return scope.facts.outputs?.map((output) => outputTreatment(output, scope)) ?? null;
}

function outputTreatment({ lineage }: OutputColumn, scope: StatementScope): OutputTreatment {
  switch (lineage.kind) {
    case 'unknown':
      return treatUnknown(scope.ground.hasDataMap);
    case 'base': {
      const bare = lineage.column.attnum !== 0;
      const refs = [lineage.column, ...lineage.sources];
      return strictest(refs.map((ref) => sourceTreatment(ref, bare && ref.attnum !== 0, scope)));
    }
    case 'derived':
      return strictest(lineage.sources.map((ref) => sourceTreatment(ref, false, scope)));
    default:
      return lineage satisfies never;
  }
}

/** What one source asks of an output. Only an unmodified column keeps a revealing mask (SEMANTICS 15). */
function sourceTreatment(ref: ColumnRef, bare: boolean, scope: StatementScope): OutputTreatment {
  const { ground } = scope;
  const columns = ground.map?.resolve(ref.table.oid, ref.attnum) ?? null;
  if (columns === null) return treatUnknown(ground.hasDataMap);
  const treatments = columns.map((column) => scope.verdict(column).treatment);
  return strictest(bare ? treatments : treatments.map(asDerived));
}

/** A treatment once the value was computed with, or is one of several in a row. */
export function asDerived(treatment: OutputTreatment): OutputTreatment {
  return treatment.kind === 'mask' ? { kind: 'constant', rule: treatment.rule } : treatment;
}

/** The strictest of all; pass of none. */
export function strictest(treatments: readonly OutputTreatment[]): OutputTreatment {
  return treatments.reduce(stricterTreatment, PASS);
}
