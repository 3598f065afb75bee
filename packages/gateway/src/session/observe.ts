import type { Decision, OutputTreatment } from '@bailiwick/domain';

const PASS: OutputTreatment = { kind: 'pass' };

/**
 * `mode: observe` (SEMANTICS 27): the decision is recorded as it would have been and nothing is held, refused or masked.
 * The record of rows is left out, because they are regulated and this reader was never exempted by a rule.
 */
export function observed(decision: Decision): Decision {
  const exempt = (rule: string): OutputTreatment => ({ kind: 'exempt', rule });
  const loosen = (treatment: OutputTreatment): OutputTreatment =>
    treatment.kind === 'pass' || treatment.kind === 'exempt' ? treatment : exempt(treatment.rule);
  return {
    ...decision,
    refusal: null,
    hold: null,
    treatments: decision.treatments.map((outputs) => outputs?.map(loosen) ?? null),
    treatColumn: (tableOid, attnum) => loosen(decision.treatColumn(tableOid, attnum)),
    treatUnknown: decision.treatUnknown.kind === 'pass' ? PASS : exempt(decision.rule),
    sanitiseMessages: false,
  };
}
