import type { ColumnRef, DataFlow, SettingChange } from '@bailiwick/domain';
import type { LineageTracer } from '../lineage/lineage-tracer.ts';
import type { StatementReader } from '../lineage/statement-reader.ts';
import { derive, sourcesOf, type Trace } from '../lineage/trace.ts';
import type { Call, Expression } from '../query-form/expression.ts';
import type { Query } from '../query-form/query.ts';
import { builtinSafety } from './builtin-functions.ts';

/** The sources of a value that is written. Of one that could not be traced: every column that feeds the write. */
function flowSources(trace: Trace, reader: StatementReader): readonly ColumnRef[] {
  if (trace.kind !== 'unknown') return [...sourcesOf(trace)];
  return reader.columns.filter(({ place }) => place === 'source').map(({ column }) => column);
}

/** What INSERT, UPDATE and MERGE copy, one flow a target column. A column's own value in its own table is no copy. */
export function writeFlows(reader: StatementReader, tracer: LineageTracer): DataFlow[] {
  const flows = new Map<string, Set<ColumnRef>>();
  for (const { targetName, assignments } of reader.writes) {
    const table = `${targetName.schema}.${targetName.name}`;
    for (const { column, expression } of assignments) {
      const name = column === '' ? table : `${table}.${column}`;
      for (const source of flowSources(tracer.of(expression), reader)) {
        if (`${source.table.schema}.${source.table.name}.${source.name}` === name) continue;
        flows.set(name, (flows.get(name) ?? new Set()).add(source));
      }
    }
  }
  return [...flows].map(([name, sources]) => ({ sources: [...sources], target: { kind: 'table', name } }));
}

/** What the outputs of a query copy into something that takes all of them. */
export function outputFlow(
  query: Query,
  target: DataFlow['target'],
  reader: StatementReader,
  tracer: LineageTracer,
): DataFlow[] {
  const traces = query.outputs.map((_, index) => tracer.ofOutput(query, index));
  const sources = new Set(traces.flatMap((trace) => flowSources(trace, reader)));
  return sources.size === 0 ? [] : [{ sources: [...sources], target }];
}

const shortName = (name: string): string => name.slice(name.indexOf('.') + 1);

function targetOf(name: string): DataFlow['target'] {
  if (name === 'set_config') return { kind: 'setting', name };
  return { kind: name === 'pg_notify' ? 'notification' : 'other', name };
}

/** Values handed to functions of the server that keep or send them: settings, notifications, sequences, locks. */
export function callFlows(reader: StatementReader, tracer: LineageTracer): DataFlow[] {
  return reader.calls.flatMap(({ uses, operands }): DataFlow[] => {
    const [use] = uses;
    const name = shortName(use?.name ?? '');
    if (use?.builtin !== true || builtinSafety(name) !== 'state') return [];
    const trace = derive(operands.map((operand) => tracer.of(operand)));
    const sources = trace.kind === 'unknown' ? reader.columns.map(({ column }) => column) : [...sourcesOf(trace)];
    return sources.length === 0 ? [] : [{ sources, target: targetOf(name) }];
  });
}

/** The function that is SET for queries. */
export const SET_CONFIG = 'pg_catalog.set_config';
/** Where the catalog is not known, nobody can tell that another function is meant. */
const UNRESOLVED = 'set_config';

/** Changes of settings by set_config. A name or value that is no literal makes the change uncertain. */
export function callSettings(calls: readonly Call[]): SettingChange[] {
  return calls.flatMap(({ uses, operands }): SettingChange[] => {
    if (!uses.some(({ name }) => name === SET_CONFIG || name === UNRESOLVED)) return [];
    const [name, value, local] = operands.map(literal);
    return [
      {
        name: (name ?? '').toLowerCase(),
        value: value ?? null,
        scope: local === 'true' || local === 't' ? 'transaction' : 'session',
        certain: operands.length === 3 && [name, value, local].every((text) => text !== undefined && text !== null),
      },
    ];
  });
}

const literal = (expression: Expression): string | null | undefined =>
  expression.kind === 'constant' ? expression.value : undefined;
