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

/** What passes where a condition cannot take a use's place. */
const WAYS: Readonly<Partial<Record<ColumnUse['place'], string>>> = {
  grouping: 'group by columns that are not masked',
  ordering: 'order by columns that are not masked',
  join: 'join by columns that are not masked',
  evaluation: 'select it without arithmetic or casts',
};

interface Probe {
  readonly use: ColumnUse['place'];
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
      : `${passingForm(first.column)}${otherWays(probes)}`,
    columns,
  );
}

/** What may be written with a column where equality is allowed. */
function passingForm({ name }: BoundColumn): string {
  const written = /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  return `in WHERE, ${written} = $1 and ${written} IN ($1, $2) pass, with constants or parameters and the column as it stands`;
}

/** What to do about uses that no condition can stand for. */
function otherWays(probes: readonly Probe[]): string {
  const ways = probes.flatMap(({ use }) => WAYS[use] ?? []);
  return ways.length === 0 ? '' : `; ${[...new Set(ways)].join('; ')}`;
}

function probesOf(use: ColumnUse, scope: StatementScope): readonly Probe[] {
  const place = PLACES[use.place];
  if (place === null) return [];
  const equality = use.place === 'predicate' && use.form === 'constant-equality' && use.column.attnum !== 0;
  return scope.columns(use.column.table.oid, use.column.attnum).flatMap((column) => {
    const verdict = scope.verdict(column);
    const passes = !verdict.masked || verdict.inference === 'allow' || (verdict.inference === 'equality' && equality);
    return passes ? [] : [{ use: use.place, column, verdict, place }];
  });
}
