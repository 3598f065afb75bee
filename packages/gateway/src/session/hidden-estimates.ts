import type { Decision, OutputTreatment, StatementFacts, TextEdit } from '@bailiwick/domain';

/**
 * The edits that keep the planner's estimates back where they tell of what this reader may not see: widths and numbers
 * of rows come from samples of all columns of a table, those that a statement does not even name included.
 */
export function hideEstimates(facts: readonly StatementFacts[], decision: Decision): readonly TextEdit[] {
  return facts.flatMap((one) =>
    one.withoutEstimates !== null && mayTell(one, decision) ? [one.withoutEstimates] : [],
  );
}

function mayTell({ tables, functions, unproven, names }: StatementFacts, decision: Decision): boolean {
  if (!hides(decision.treatUnknown)) return false;
  const partlyKnown = unproven.length > 0 || names.executes !== undefined || functions.some(({ safe }) => !safe);
  return partlyKnown || tables.some(({ table }) => table.oid === 0 || hides(decision.treatColumn(table.oid, 0)));
}

const hides = ({ kind }: OutputTreatment): boolean => kind === 'mask' || kind === 'constant';
