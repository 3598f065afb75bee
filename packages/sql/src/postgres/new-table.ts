import type { ColumnUse, DataFlow, Lineage, StatementClass, TableRef } from '@bailiwick/domain';
import type { Node, RangeVar } from '@pgsql/types';
import { Analysis, type StatementParts } from './analysis.ts';
import type { Environment } from './environment.ts';
import { unresolvedName } from './lower/relation-names.ts';
import { EMPTY_SCOPE } from './lower/scope.ts';

/** What creating something from the outputs of a query copies into it; untraced outputs copy whatever was read. */
export function copiedFrom(
  { outputs, columns }: Pick<StatementParts, 'outputs' | 'columns'>,
  target: DataFlow['target'],
): DataFlow[] {
  const traced = (outputs ?? []).flatMap(({ lineage }: { lineage: Lineage }) =>
    lineage.kind === 'unknown' ? [] : lineage.sources,
  );
  const all = outputs === null || outputs.some(({ lineage }) => lineage.kind === 'unknown');
  const sources = new Set([...traced, ...(all ? columns.map(({ column }) => column) : [])]);
  return sources.size === 0 ? [] : [{ sources: [...sources], target }];
}

/** What reached the client as output feeds a write instead. */
export const asSource = (columns: readonly ColumnUse[]): readonly ColumnUse[] =>
  columns.map((use) => (use.place === 'output' ? { ...use, place: 'source' } : use));

/** `schema.name`, as flows name a table. */
export const tableLabel = ({ schema, name }: TableRef): string => `${schema}.${name}`;

const CLASSES: readonly StatementClass[] = ['DDL', 'WRITE', 'READ'];

/** SELECT … INTO: a new table filled from a query. */
export function newTableParts(node: Node, into: RangeVar, command: string, environment: Environment): StatementParts {
  const analysis = new Analysis(environment);
  const query = analysis.lowering.query(node, EMPTY_SCOPE);
  analysis.reader.readQuery(query, 'source');
  const table = unresolvedName(analysis.lowering, into);
  const outputs = analysis.outputs(query);
  const flows = copiedFrom(
    { outputs, columns: analysis.reader.columns },
    { kind: 'new-table', name: tableLabel(table) },
  );
  const parts = analysis.parts(command, CLASSES, { flows, changesCatalog: true });
  return { ...parts, tables: [...parts.tables, { table, access: 'write' }] };
}
