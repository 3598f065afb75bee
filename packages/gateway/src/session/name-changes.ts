import type { StatementFacts } from '@bailiwick/domain';
import type { NameChange } from '@bailiwick/postgres';
import { type NamedValue, portalOf, preparedOf } from './statement-plan.ts';

/**
 * What one statement of SQL does to the names that it shares with the wire, once it has succeeded (F13).
 * @param alone whether it is the only statement of its message: ReadyForQuery then tells whether the transaction ended.
 */
export function nameChanges(sql: string, facts: StatementFacts, alone: boolean): readonly NameChange<NamedValue>[] {
  const changes: NameChange<NamedValue>[] = [];
  const { prepares, deallocates, declares, closes } = facts.names;
  if (prepares !== undefined)
    changes.push({
      what: 'statement',
      name: prepares.name,
      value: preparedOf({ sql: Buffer.from(sql).subarray(facts.start, facts.end).toString(), origin: 'sql' }),
    });
  if (deallocates !== undefined) changes.push({ what: 'statement', name: deallocates.name, value: null });
  if (declares !== undefined)
    changes.push({
      what: 'portal',
      name: declares.name,
      value: portalOf({ facts: declares.facts, holdable: declares.holdable }),
    });
  if (closes !== undefined) changes.push({ what: 'portal', name: closes.name, value: null });
  if (!alone && ENDS.has(facts.transaction)) changes.push({ what: 'transaction', name: null, value: null });
  return changes;
}

const ENDS: ReadonlySet<StatementFacts['transaction']> = new Set(['commit', 'rollback', 'prepare']);

/** After code ran that was not analysed, names may stand for something else: nothing is assumed of them any more. */
export const uncertain = (_what: 'statement' | 'portal', value: NamedValue): NamedValue => ({
  ...value,
  uncertain: true,
});

/**
 * Something in the statement runs code that was not analysed: a function, a block, triggers and rules of the tables it
 * writes to, or those that were put off until now.
 */
export const runsUnknownCode = (facts: readonly StatementFacts[]): boolean =>
  facts.some((one) => one.functions.some((used) => !used.safe && !used.builtin) || RUN_CODE.has(one.command));

const RUN_CODE: ReadonlySet<string> = new Set(['DO', 'CALL', 'SET CONSTRAINTS']);
