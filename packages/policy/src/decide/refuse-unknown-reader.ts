import type { Refusal } from '@bailiwick/domain';
import { type BoundColumn, columnLabel } from '../bind/bound-data-map.ts';
import { UNKNOWN_READER_RULE } from '../regions/residency-series.ts';
import { residencyBlocked } from './refuse-rules.ts';
import { selectsColumn } from './rule-voice.ts';
import type { StatementScope } from './statement-scope.ts';
import { listed, verb } from './wording.ts';

/** A reader whose place is unknown is refused tagged columns, unless a rule about places spoke for certain. */
export function refuseUnknownReader(scope: StatementScope): Refusal | null {
  const columns = unplacedColumns(scope).map(columnLabel);
  if (columns.length === 0) return null;
  const what = `${verb(scope)} touches ${listed(columns)}, and it is not known where they would go`;
  return residencyBlocked(scope, UNKNOWN_READER_RULE, what, columns, true);
}

/** The tagged columns of a statement that `defaults.unknown_reader` keeps from this reader. */
export function unplacedColumns(scope: StatementScope): readonly BoundColumn[] {
  return [...scope.touched.columns.values()].filter((column) => isUnplaced(column, scope));
}

/** Whether `defaults.unknown_reader` keeps a column from this reader. */
export function isUnplaced(column: BoundColumn, scope: StatementScope): boolean {
  const { ground, reader } = scope;
  if (!reader.placeUnknown || ground.defaults.unknownReader === 'allow' || column.tags.length === 0) return false;
  return !scope.contexts.every((context) =>
    ground.rules.some((rule) => {
      if (rule.reader === null || rule.dryRun || selectsColumn(rule, column, ground.regions) !== 'yes') return false;
      const { certainty, excepted } = context.voice(rule);
      // An excepted rule allows the transfer wherever the reader is, so its doubt is about nothing.
      return certainty === 'yes' || (certainty === 'maybe' && excepted);
    }),
  );
}
