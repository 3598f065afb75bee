import type { GatewayError } from '@bailiwick/domain';
import type { Judgement } from './judgement.ts';

/** A judgement that what only a run tells (values, budgets) has turned into a refusal. */
export function refusedJudgement(judgement: Judgement, error: GatewayError): Judgement {
  const { code, message, hint, details } = error;
  const { rule = '', columns = [] } = details;
  const refusal = { code, message, hint, rule, columns };
  return { ...judgement, error, decision: { ...judgement.decision, effect: 'block', rule, refusal, hold: null } };
}
