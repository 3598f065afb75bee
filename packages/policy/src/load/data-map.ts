import type { Place } from '@bailiwick/domain';
import { parseTableName, type TableName, tableLabel } from '../bind/table-name.ts';
import type { Jurisdictions } from '../regions/jurisdictions.ts';
import type { FaultList } from './fault.ts';
import { nearestName } from './nearest-name.ts';
import { isMapping, isTable } from './shape.ts';
import { type SourceFile, step } from './source-file.ts';

/** What a policy says of one table. */
export interface MappedTable extends TableName {
  /** Canonical; null: the datasource's. */
  readonly region: Place | null;
  /** Tags by column name. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/** Mapped tables by datasource and label. */
export type DataMap = ReadonlyMap<string, ReadonlyMap<string, MappedTable>>;

/** Merges the data maps of all files: the same table may be mapped in several, which can only add tags. */
export function mergeDataMaps(
  sources: readonly SourceFile[],
  regions: Jurisdictions,
  datasources: readonly string[] | null,
  faults: FaultList,
): DataMap {
  const merged = new Map<string, Map<string, MappedTable>>();
  for (const source of sources) {
    const data = isMapping(source.value) && isMapping(source.value.data) ? source.value.data : {};
    for (const [datasource, tables] of Object.entries(data)) {
      const pointer = step('/data', datasource);
      checkDatasource(datasource, datasources, (message) => faults.add(source.keyAt(pointer), message));
      if (!isMapping(tables)) continue;
      const into = merged.get(datasource) ?? new Map<string, MappedTable>();
      merged.set(datasource, into);
      for (const [written, table] of Object.entries(tables)) {
        const at = step(pointer, written);
        const name = parseTableName(written);
        if (name === null) faults.add(source.keyAt(at), `"${written}" is not of the form schema.table`);
        else if (isTable(table)) {
          const region = readRegion(source, at, table.region, regions, faults);
          const mapped = { ...name, region, columns: new Map(Object.entries(table.columns ?? {})) };
          const earlier = into.get(tableLabel(name));
          if (earlier && earlier.region !== null && region !== null && earlier.region !== region) {
            faults.add(
              source.valueAt(step(at, 'region')),
              `${written} has two regions: ${earlier.region} and ${region}`,
            );
          }
          into.set(tableLabel(name), earlier ? union(earlier, mapped) : mapped);
        }
      }
    }
  }
  return merged;
}

/** Reports a datasource that the configuration does not have; a null list knows none to compare with. */
export function checkDatasource(
  name: string,
  datasources: readonly string[] | null,
  report: (message: string) => void,
): void {
  if (datasources === null || datasources.includes(name)) return;
  const guess = nearestName(name, datasources);
  report(`there is no datasource "${name}"${guess === null ? '' : `; did you mean ${guess}?`}`);
}

function readRegion(
  source: SourceFile,
  pointer: string,
  region: string | undefined,
  regions: Jurisdictions,
  faults: FaultList,
): Place | null {
  if (region === undefined) return null;
  const problem = regions.problem(region);
  if (problem !== null) faults.add(source.valueAt(step(pointer, 'region')), problem);
  return regions.canonical(region);
}

function union(one: MappedTable, other: MappedTable): MappedTable {
  const columns = new Map(one.columns);
  for (const [column, tags] of other.columns)
    columns.set(column, [...new Set([...(columns.get(column) ?? []), ...tags])]);
  return { ...one, region: one.region ?? other.region, columns };
}
