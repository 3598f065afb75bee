import type { Refusal } from '@bailiwick/domain';
import { columnLabel } from '../bind/bound-data-map.ts';
import { UNTAGGED_RULE } from './column-verdict.ts';
import type { StatementScope } from './statement-scope.ts';
import { listed, refusal, verb } from './wording.ts';

/** Under `defaults.untagged: block` a statement may not touch a column that nobody has reviewed, unless a rule allows it. */
export function refuseUntagged(scope: StatementScope): Refusal | null {
  if (scope.ground.defaults.untagged !== 'block') return null;
  const { columns } = scope.touched;
  const unreviewed = [...columns.values()].filter((column) => hiddenAsUntagged(scope, column)).map(columnLabel);
  if (unreviewed.length === 0) return null;
  return refusal(
    'policy-denied',
    UNTAGGED_RULE,
    `${verb(scope)} touches ${listed(unreviewed)}, which the data map does not name`,
    'leave out columns that are new, or ask for the data map to be brought up to date',
    unreviewed,
  );
}

function hiddenAsUntagged(scope: StatementScope, column: Parameters<StatementScope['verdict']>[0]): boolean {
  const { treatment } = scope.verdict(column);
  return 'rule' in treatment && treatment.rule === UNTAGGED_RULE;
}
