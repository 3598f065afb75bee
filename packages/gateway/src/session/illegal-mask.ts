import { type Decision, GatewayError, type MaskSpec, type StatementFacts } from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';
import { outcomeOf, rulesOf } from './column-types.ts';

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
      const needsConstant = treatment.kind === 'constant' || givesConstant(treatment.mask);
      const rules = rulesOf(catalog, table.oid, attnum);
      const outcome = outcomeOf(
        catalog,
        { ...column, format: 0, typeModifier: column.typeModifier ?? -1 },
        rules,
        needsConstant,
      );
      if (outcome.kind !== 'none') continue;
      return new GatewayError(
        'policy-denied',
        `column ${table.schema}.${table.name}.${name} has to be masked, and ${outcome.why}`,
        'leave the column out; whoever writes the policy can mask it by constant, token or hash instead',
        { rule: treatment.rule, columns: [`${table.schema}.${table.name}.${name}`] },
      );
    }
  }
  return null;
}

/** Whether a mask gives nothing but the constant of the type, or NULL. What others give is the policy's choice (SEMANTICS 19). */
export const givesConstant = ({ name }: MaskSpec): boolean => name === 'redact' || name === 'null';
