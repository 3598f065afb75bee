import { type Decision, GatewayError, type StatementFacts } from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';
import { outcomeOf } from './column-types.ts';

/**
 * Refuses a statement one of whose masked columns could get no legal value, before it runs; null: there is none. Only
 * columns that are shown as they are count: an expression takes NULL.
 */
export function refuseIllegalMask(
  facts: readonly StatementFacts[],
  decision: Decision,
  catalog: Catalog | null,
): GatewayError | null {
  for (const [index, { outputs }] of facts.entries()) {
    for (const [at, { lineage }] of (outputs ?? []).entries()) {
      const treatment = decision.treatments[index]?.[at];
      if (treatment === undefined || treatment.kind === 'pass' || treatment.kind === 'exempt') continue;
      if (lineage.kind !== 'base') continue;
      const { table, attnum, name } = lineage.column;
      const column = catalog?.relationByOid(table.oid)?.columns.find((one) => one.attnum === attnum);
      if (column === undefined) continue;
      const outcome = outcomeOf(catalog, column.typeOid, 0, -1, column.notNull);
      if (outcome.kind !== 'none') continue;
      return new GatewayError(
        'policy-denied',
        `column ${table.schema}.${table.name}.${name} has to be masked, and ${outcome.why}`,
        'leave the column out',
        { rule: treatment.rule, columns: [`${table.schema}.${table.name}.${name}`] },
      );
    }
  }
  return null;
}
