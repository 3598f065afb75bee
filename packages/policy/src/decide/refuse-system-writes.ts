import type { Refusal } from '@bailiwick/domain';
import type { StatementScope } from './statement-scope.ts';
import { refusal, verb } from './wording.ts';

/** Schemas of the database's own tables: a write there changes settings, statistics or definitions behind the facts. */
const SYSTEM_SCHEMAS = new Set(['pg_catalog', 'information_schema']);

/** `UPDATE pg_settings` sets a setting, and the catalogs define what every name means: nothing there is written. */
export function refuseSystemWrites(scope: StatementScope): Refusal | null {
  if (!scope.ground.hasDataMap) return null;
  const written = scope.facts.tables.find(
    ({ access, table }) => access === 'write' && SYSTEM_SCHEMAS.has(table.schema),
  );
  if (written === undefined) return null;
  return refusal(
    'policy-denied',
    'defaults.writes',
    `${verb(scope)} writes ${written.table.schema}.${written.table.name}, which belongs to the database itself`,
    'use SET for settings and DDL for definitions; rephrasing will not help',
  );
}
