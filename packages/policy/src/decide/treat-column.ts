import type { OutputTreatment } from '@bailiwick/domain';
import type { BoundColumn } from '../bind/bound-data-map.ts';
import { judgeColumn } from './column-verdict.ts';
import { asDerived, strictest, treatUnknown } from './output-treatments.ts';
import type { Reader } from './reader.ts';
import { isUnplaced } from './refuse-unknown-reader.ts';
import { ClassContext, selectsColumn } from './rule-voice.ts';
import type { DecisionGround, StatementScope } from './statement-scope.ts';

/**
 * The treatment of a bare output that the wire says comes from a base column: the second opinion on lineage. Oid 0 is
 * an expression, of which the wire says nothing. A column that a rule would have blocked becomes a constant.
 */
export function treatColumn(
  scopes: readonly StatementScope[],
  ground: DecisionGround,
  reader: Reader,
): (tableOid: number, attnum: number) => OutputTreatment {
  const known = new Map<string, OutputTreatment>();
  const treat = (tableOid: number, attnum: number): OutputTreatment => {
    if (tableOid === 0) return { kind: 'pass' };
    const columns = ground.map?.resolve(tableOid, attnum) ?? null;
    if (columns === null) return treatUnknown(ground.hasDataMap);
    const treatments = columns.map((column) => treatBare(column, scopes, ground, reader));
    return strictest(attnum === 0 ? treatments.map(asDerived) : treatments);
  };
  return (tableOid, attnum) => {
    const key = `${tableOid}/${attnum}`;
    const treatment = known.get(key) ?? treat(tableOid, attnum);
    known.set(key, treatment);
    return treatment;
  };
}

function treatBare(
  column: BoundColumn,
  scopes: readonly StatementScope[],
  ground: DecisionGround,
  reader: Reader,
): OutputTreatment {
  if (scopes.length === 0) {
    const context = new ClassContext(reader, ground.regions, 'READ', { tables: [], tags: [] });
    return judgeColumn(column, [context], ground).treatment;
  }
  return strictest(scopes.map((scope) => blocked(column, scope) ?? scope.verdict(column).treatment));
}

function blocked(column: BoundColumn, scope: StatementScope): OutputTreatment | null {
  if (isUnplaced(column, scope)) return { kind: 'constant', rule: 'defaults.unknown_reader' };
  for (const rule of scope.ground.rules) {
    if (rule.dryRun || rule.action.effect !== 'block') continue;
    if (selectsColumn(rule, column, scope.ground.regions) === 'no') continue;
    const speaks = scope.contexts.some((context) => {
      const { certainty, excepted } = context.voice(rule);
      return certainty !== 'no' && !excepted;
    });
    if (speaks) return { kind: 'constant', rule: rule.id };
  }
  return null;
}
