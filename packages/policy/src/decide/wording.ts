import type { ErrorCode, Refusal } from '@bailiwick/domain';
import type { StatementScope } from './statement-scope.ts';

const LISTED_MAX = 8;

/** `a`, `a and b`, `a, b and c`; long lists end in `and 3 more`. */
export function listed(names: readonly string[]): string {
  const shown =
    names.length > LISTED_MAX ? [...names.slice(0, LISTED_MAX), `${names.length - LISTED_MAX} more`] : names;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** How a statement is called in messages: its verb. */
export const verb = (scope: StatementScope): string => scope.facts.command || 'the statement';

/** A refusal, its columns sorted and named once. */
export function refusal(
  code: ErrorCode,
  rule: string,
  message: string,
  hint: string,
  columns: readonly string[] = [],
): Refusal {
  return { code, rule, message, hint, columns: [...new Set(columns)].sort() };
}
