import type { HoldTerms } from '@bailiwick/domain';
import type { StatementScope } from './statement-scope.ts';

/** Statements whose body is code that nobody has analysed: it may copy anything to anywhere. */
const BRINGS_CODE = /^(CREATE (FUNCTION|PROCEDURE|TRIGGER|EVENT TRIGGER|RULE)|DO)$/;

/**
 * Code over regulated data copies it where no rule speaks, at once or whenever a trigger fires (laundering). It is held
 * for a reviewer, who can read the body, also where writes are allowed; `defaults.launder: allow` lifts that. A hold and
 * not a refusal, so that a rule that holds DDL does not loosen anything.
 */
export function holdOpaqueCode({ facts, ground }: StatementScope): HoldTerms | null {
  if (!ground.hasDataMap || ground.defaults.launder === 'allow' || !BRINGS_CODE.test(facts.command)) return null;
  return { rule: 'defaults.launder', by: [], min: 1, mode: 'hold_then_ticket' };
}
