import type { Refusal } from '@bailiwick/domain';
import { columnLabel } from '../bind/bound-data-map.ts';
import { missingClaims, whereabouts } from './reader.ts';
import { applies, dataRegionOf, type RuleHit } from './rule-hits.ts';
import type { StatementScope } from './statement-scope.ts';
import { listed, refusal, verb } from './wording.ts';

/** The first rule that blocks: by place first, because no other form of the statement gets around that. */
export function refuseByRules(hits: readonly RuleHit[], scope: StatementScope): Refusal | null {
  const blocking = hits.filter((hit) => applies(hit) && hit.rule.action.effect === 'block');
  const byPlace = blocking.filter((hit) => hit.rule.reader !== null);
  // Of the same rule in several classes the columns are the same: the first hit names them all.
  const [place] = byPlace;
  if (place !== undefined) return residencyRefusal(place, byPlace, scope);
  const [first] = blocking;
  return first === undefined ? null : deniedRefusal(first, scope);
}

function residencyRefusal(first: RuleHit, hits: readonly RuleHit[], scope: StatementScope): Refusal {
  const columns = [...new Set(hits.flatMap((hit) => hit.columns.map(columnLabel)))];
  const tables = first.relations.map((relation) => relation.label);
  const what = columns.length > 0 ? listed(columns) : tables.length > 0 ? listed(tables) : 'this datasource';
  return residencyBlocked(
    scope,
    first.rule.id,
    `${verb(scope)} touches ${what}, which ${columns.length > 1 ? 'belong' : 'belongs'} to ${dataRegionOf(first, scope)}`,
    columns,
    first.rule.tags !== null,
  );
}

/** Refuses what is regulated to a reader whose place is not known. */
export function residencyBlocked(
  scope: StatementScope,
  rule: string,
  what: string,
  columns: readonly string[],
  columnsAreAvoidable: boolean,
): Refusal {
  const missing = missingClaims(scope.reader);
  const message = `${what}; ${whereabouts(scope.reader)}${missing === null ? '' : ` (${missing})`}`;
  const remedy = missing === null ? '' : `connect with a token that names its place, or `;
  const other = columnsAreAvoidable ? leaveOut(columns, scope) : 'rephrasing will not help';
  return refusal('residency-blocked', rule, message, `${remedy}${other}`, columns);
}

/** A form that would pass: the same tables without these columns. */
export function leaveOut(columns: readonly string[], scope: StatementScope): string {
  const tables = new Map(
    [...scope.touched.columns.entries()]
      .filter(([label]) => columns.includes(label))
      .map(([, column]) => [column.relation.label, column.relation]),
  );
  const others = [...tables.values()].map((relation) => {
    const all = [...(scope.ground.map?.columns(relation).values() ?? [])];
    const free = all.filter((column) => column.tags.length === 0 && !columns.includes(columnLabel(column)));
    return free.length === 0
      ? ''
      : `, as in SELECT ${free
          .map(({ name }) => name)
          .slice(0, 6)
          .join(', ')} FROM ${relation.label}`;
  });
  return `leave ${columns.length === 1 ? 'it' : 'these columns'} out everywhere${others.find((text) => text !== '') ?? ''}`;
}

function deniedRefusal(hit: RuleHit, scope: StatementScope): Refusal {
  const columns = hit.columns.map(columnLabel);
  const tables = hit.relations.map((relation) => relation.label);
  const touched = scope.touched.relations.filter((relation) => !relation.system).map((relation) => relation.label);
  const on = hit.rule.tags !== null ? columns : tables.length > 0 ? tables : touched;
  const what = `${verb(scope)}${on.length === 0 ? '' : ` on ${listed(on)}`}`;
  const because = hit.rule.does !== null && hit.class !== null ? ` (class ${hit.class})` : '';
  const hint = hit.rule.tags !== null ? leaveOut(columns, scope) : 'rephrasing will not help';
  return refusal('policy-denied', hit.rule.id, `${what} is blocked by rule ${hit.rule.id}${because}`, hint, columns);
}
