import type { ColumnUse, Refusal } from '@bailiwick/domain';
import { type BoundColumn, columnLabel } from '../bind/bound-data-map.ts';
import type { ColumnVerdict } from './column-verdict.ts';
import type { StatementScope } from './statement-scope.ts';
import { listed, refusal, verb } from './wording.ts';

const PLACES: Readonly<Record<ColumnUse['place'], string | null>> = {
  output: null,
  source: null,
  predicate: 'a condition',
  grouping: 'grouping, DISTINCT or a set operation',
  ordering: 'ordering',
  join: 'a join condition',
  evaluation: 'an expression that fails for some values and not for others',
};

interface Probe {
  readonly column: BoundColumn;
  readonly verdict: ColumnVerdict;
  readonly place: string;
}

/** Uses of masked columns that would let their values be guessed, as far as rules and `defaults.inference` allow them. */
export function refuseInference(scope: StatementScope): Refusal | null {
  const probes = scope.facts.columns.flatMap((use) => probesOf(use, scope));
  const [first] = probes;
  if (first === undefined) return null;
  const columns = [...new Set(probes.map(({ column }) => columnLabel(column)))];
  const places = [...new Set(probes.map(({ place }) => place))];
  const denied = probes.some(({ verdict }) => verdict.inference === 'deny');
  return refusal(
    'inference-denied',
    first.verdict.inferenceRule,
    `${verb(scope)} uses ${listed(columns)} in ${listed(places)}, where masked values could be guessed`,
    denied
      ? `use ${columns.length === 1 ? 'it' : 'them'} in the select list only, without arithmetic or casts; rephrasing the condition will not help`
      : 'compare with = or IN to constants or parameters in WHERE, or use the select list only, without arithmetic or casts',
    columns,
  );
}

function probesOf(use: ColumnUse, scope: StatementScope): readonly Probe[] {
  const place = PLACES[use.place];
  if (place === null) return [];
  const equality = use.place === 'predicate' && use.form === 'constant-equality' && use.column.attnum !== 0;
  return scope.columns(use.column.table.oid, use.column.attnum).flatMap((column) => {
    const verdict = scope.verdict(column);
    const passes = !verdict.masked || verdict.inference === 'allow' || (verdict.inference === 'equality' && equality);
    return passes ? [] : [{ column, verdict, place }];
  });
}
