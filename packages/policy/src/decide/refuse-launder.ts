import type { DataFlow, Refusal } from '@bailiwick/domain';
import { type BoundColumn, columnLabel } from '../bind/bound-data-map.ts';
import type { StatementScope } from './statement-scope.ts';
import { listed, refusal, verb } from './wording.ts';

/** Copies of masked data to where no rule would mask it: the copy would be read by anybody (DESIGN section 5). */
export function refuseLaunder(scope: StatementScope): Refusal | null {
  if (scope.ground.defaults.launder === 'allow') return null;
  if (copiesOnServer(scope)) return refuseServerCopy(scope);
  for (const flow of scope.facts.flows) {
    const targets = targetColumns(flow, scope);
    const escaping = flow.sources
      .flatMap(({ table, attnum }) => scope.columns(table.oid, attnum))
      .filter((source) => scope.verdict(source).masked && !isCovered(source, targets));
    if (escaping.length === 0) continue;
    const columns = [...new Set(escaping.map(columnLabel))];
    return refusal(
      'launder-denied',
      'defaults.launder',
      `${verb(scope)} would copy ${listed(columns)} to ${describe(flow)}, where no rule would mask ${columns.length === 1 ? 'it' : 'them'}`,
      `leave ${columns.length === 1 ? 'it' : 'them'} out, or write to columns that the policy tags alike`,
      columns,
    );
  }
  return null;
}

/** COPY with a file or program of the server: what that holds, or does with the data, is in no data map. */
const copiesOnServer = ({ facts, ground }: StatementScope): boolean =>
  ground.hasDataMap && facts.command === 'COPY' && facts.copy === null;

const refuseServerCopy = (scope: StatementScope): Refusal =>
  refusal(
    'launder-denied',
    'defaults.launder',
    `${verb(scope)} would use a file or program of the database server, of which no rule knows what it holds`,
    'use COPY … TO STDOUT or COPY … FROM STDIN',
  );

/** The columns that may receive a flow; none: nothing that a policy could tag. */
function targetColumns({ target }: DataFlow, scope: StatementScope): readonly BoundColumn[] {
  if (target.kind !== 'table') return [];
  for (const relation of scope.touched.written) {
    const columns = [...(scope.ground.map?.columns(relation).values() ?? [])];
    if (target.name === relation.label) return columns;
    const column = columns.find((candidate) => columnLabel(candidate) === target.name);
    if (column !== undefined) return [column];
  }
  return [];
}

/** Whether every column that may receive the value is that column, or carries at least its tags. */
function isCovered(source: BoundColumn, targets: readonly BoundColumn[]): boolean {
  const covers = (target: BoundColumn) =>
    (target.relation.oid === source.relation.oid && target.attnum === source.attnum) ||
    (source.tags.length > 0 && source.tags.every((tag) => target.tags.includes(tag)));
  return targets.length > 0 && targets.every(covers);
}

function describe({ target }: DataFlow): string {
  switch (target.kind) {
    case 'table':
      return target.name;
    case 'new-table':
      return `a new table${target.name === '' ? '' : ` ${target.name}`}`;
    case 'file':
      return 'a file';
    case 'program':
      return 'a program';
    case 'setting':
      return 'a setting';
    case 'notification':
      return 'a notification';
    case 'other':
      return target.name === '' ? 'somewhere else' : target.name;
    default:
      return target.kind satisfies never;
  }
}
