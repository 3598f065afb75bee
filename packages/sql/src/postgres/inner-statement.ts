import type { ColumnRef, ColumnUse, OutputColumn, StatementFacts, Unproven } from '@bailiwick/domain';
import type { StatementParts } from './analysis.ts';
import { doubtful } from './doubtful-settings.ts';
import type { Environment } from './environment.ts';
import { unresolvedName } from './lower/relation-names.ts';
import { merge } from './merge-parts.ts';
import { asSource, copiedFrom, tableLabel } from './new-table.ts';
import { isQuery, queryParts } from './query-facts.ts';
import { statementParts } from './statement-parts.ts';
import type { UtilityInner, UtilityStatement } from './utility/utility-statement.ts';

/** Adds what a statement within a statement does, as far as the outer one makes it happen. */
export function innerParts(
  outer: StatementParts,
  inner: UtilityInner,
  utility: UtilityStatement,
  environment: Environment,
): StatementParts {
  const exact = partsOf(inner, environment);
  const parts = { ...exact, settings: doubtful(exact.settings) };
  switch (inner.as) {
    case 'prepare':
      return {
        ...merge(outer, parts),
        names: { prepares: { name: utility.names.prepares ?? '', facts: asFacts(exact) } },
      };
    case 'declare': {
      const { name = '', holdable = false } = utility.names.declares ?? {};
      return { ...merge(outer, parts), names: { declares: { name, holdable, facts: asFacts(parts) } } };
    }
    case 'explain':
    case 'explain-analyze':
      return explained(outer, parts, inner.as === 'explain-analyze');
    case 'copy-out':
      return {
        ...merge(outer, parts),
        outputs: parts.outputs,
        outputsUnknown: parts.outputsUnknown || parts.outputs === null,
      };
    case 'create-table-as':
    case 'create-view':
    case 'create-materialized-view':
      return created(outer, parts, inner, environment);
  }
}

/**
 * What a new table is filled with is read as what INSERT copies: nothing that is not to be seen goes where nobody knows
 * of it. Of a prepared statement only its outputs are known.
 */
function partsOf({ node, as }: UtilityInner, environment: Environment): StatementParts {
  if (as !== 'create-table-as') return statementParts(node, environment);
  if (isQuery(node)) return queryParts(node, environment, 'source');
  const parts = statementParts(node, environment);
  const untraced = (parts.outputs ?? []).flatMap(({ lineage }): Unproven[] =>
    lineage.kind === 'unknown' ? [{ kind: 'construct', reason: lineage.reason, offset: -1 }] : [],
  );
  return { ...parts, unproven: [...parts.unproven, ...untraced] };
}

/** As prepared statements and cursors are kept; the span and text are those of the statement around, set at its end. */
const asFacts = (parts: StatementParts): StatementFacts => ({
  ...parts,
  dialect: 'postgres',
  start: 0,
  end: 0,
  withoutEstimates: null,
  normalisedSql: '',
});

/**
 * EXPLAIN: estimates and row counts are judged as predicates are (SEMANTICS 16), so the plan's text comes from every
 * column that decides something. What is only returned is not read without ANALYZE; with it, its size is told.
 */
function explained(outer: StatementParts, inner: StatementParts, runs: boolean): StatementParts {
  const columns = inner.columns.flatMap((use): ColumnUse[] => {
    if (use.place !== 'output') return [use];
    return runs ? [{ ...use, place: 'predicate' }] : [];
  });
  const sources = [
    ...new Map(columns.map(({ column }) => [`${tableLabel(column.table)}.${column.name}`, column])).values(),
  ];
  const reads = inner.classes.every((name) => name === 'READ' || name === 'MISC');
  const effects = runs ? inner : { ...inner, flows: [], changesCatalog: false };
  const { executes } = inner.names;
  return {
    ...merge(outer, { ...effects, columns, classes: reads && !runs ? ['MISC'] : inner.classes }),
    names: executes === undefined ? {} : { executes },
    outputs: [planOutput(sources, inner)],
  };
}

/** Planning folds calls of immutable functions into constants that the plan prints. */
function planOutput(sources: readonly ColumnRef[], { functions, unproven }: StatementParts): OutputColumn {
  const provable = functions.every(({ safe }) => safe) && unproven.length === 0;
  const reason = 'the plan of a statement that is not proven may print anything';
  return { name: 'QUERY PLAN', lineage: provable ? { kind: 'derived', sources } : { kind: 'unknown', reason } };
}

/** CREATE TABLE AS and views: what the query gives goes into a new relation. */
function created(
  outer: StatementParts,
  inner: StatementParts,
  { target, as }: UtilityInner,
  environment: Environment,
): StatementParts {
  const table = unresolvedName(environment, target ?? {});
  const flows = copiedFrom(inner, { kind: 'new-table', name: tableLabel(table) });
  const ran = as === 'create-view' ? inner.classes.filter((name) => name !== 'READ') : inner.classes;
  const merged = merge(outer, { ...inner, classes: ran, columns: asSource(inner.columns) });
  const { executes } = inner.names;
  return {
    ...merged,
    names: executes === undefined ? {} : { executes },
    tables: [...merged.tables, { table, access: 'write' }],
    flows: [...merged.flows, ...flows],
  };
}
