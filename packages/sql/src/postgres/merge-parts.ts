import type { FunctionUse, StatementFacts } from '@bailiwick/domain';
import type { StatementParts } from './analysis.ts';

/** What one statement within another does, as the outer one's. */
export type Shared = Pick<
  StatementFacts,
  | 'tables'
  | 'columns'
  | 'comparisons'
  | 'functions'
  | 'settings'
  | 'flows'
  | 'given'
  | 'unproven'
  | 'classes'
  | 'changesCatalog'
>;

/** Two statements' doings as one's. Outputs, names and the command are the first's. */
export function merge(outer: StatementParts, inner: Shared): StatementParts {
  return {
    ...outer,
    classes: [...new Set([...outer.classes, ...inner.classes])],
    tables: distinct(
      [...outer.tables, ...inner.tables],
      ({ table, access }) => `${access} ${table.schema}.${table.name}`,
    ),
    columns: distinct(
      [...outer.columns, ...inner.columns],
      ({ column, place, form }) => `${column.table.schema}.${column.table.name}.${column.name} ${place} ${form}`,
    ),
    comparisons: [...outer.comparisons, ...inner.comparisons],
    functions: stricter([...outer.functions, ...inner.functions]),
    settings: [...outer.settings, ...inner.settings],
    flows: [...outer.flows, ...inner.flows],
    given: [...outer.given, ...inner.given],
    unproven: distinct([...outer.unproven, ...inner.unproven], ({ kind, reason }) => `${kind} ${reason}`),
    changesCatalog: outer.changesCatalog || inner.changesCatalog,
  };
}

function distinct<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

function stricter(uses: readonly FunctionUse[]): readonly FunctionUse[] {
  const byName = new Map<string, FunctionUse>();
  for (const use of uses) if (byName.get(use.name)?.safe !== false) byName.set(use.name, use);
  return [...byName.values()];
}
