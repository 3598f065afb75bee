import type { CommonTableExpr, Node, WithClause } from '@pgsql/types';
import { emptySelect } from '../../query-form/build.ts';
import type { Query } from '../../query-form/query.ts';
import type { Cte, RelationColumn } from '../../query-form/relation.ts';
import { UnparsedError } from '../../understand.ts';
import { type Lowering, strings, type WithQueries } from './lowering.ts';
import { type CteBinding, childScope, type Scope } from './scope.ts';
import { relationColumn } from './table-relation.ts';

type Columns = ReturnType<CteBinding['resolve']>;
type MutableCte = { -readonly [K in keyof Cte]: Cte[K] };

/** Each sees those before it, so that the work grows with the square of their number. */
const WITH_QUERIES_MAX = 500;

/**
 * WITH. In WITH RECURSIVE every query sees every other, so each is lowered when its name is first needed; otherwise
 * each sees those before it. A query that refers to itself takes its columns from the first arm of its UNION.
 */
export function lowerWith(lowering: Lowering, node: WithClause | undefined, outer: Scope): WithQueries {
  const bindings = new Map<string, CteBinding>();
  const resolvers: CteBinding[] = [];
  if ((node?.ctes?.length ?? 0) > WITH_QUERIES_MAX)
    throw new UnparsedError('the statement has too many WITH queries', -1);
  for (const item of node?.ctes ?? []) {
    if (!('CommonTableExpr' in item)) continue;
    const scope = childScope(outer, [], node?.recursive ? bindings : new Map(bindings));
    const binding = bind(lowering, item.CommonTableExpr, scope, node?.recursive ?? false);
    bindings.set(binding.name, binding);
    resolvers.push(binding);
  }
  return { bindings, all: () => resolvers.map((binding) => binding.resolve().cte) };
}

function bind(lowering: Lowering, node: CommonTableExpr, scope: Scope, recursive: boolean): CteBinding {
  const name = node.ctename ?? '';
  const cte: MutableCte = { name, query: null, recursive: false };
  const aliases = strings(node.aliascolnames);
  let columns: Columns | undefined;
  let lowered: Query | undefined;
  const resolve = (): Columns => {
    if (columns !== undefined) {
      if (lowered === undefined) cte.recursive = true;
      return columns;
    }
    columns = { cte, columns: [], open: `the WITH query ${name} refers to itself before its columns are known` };
    const first = recursive ? firstArm(lowering, node.ctequery, scope) : undefined;
    if (first !== undefined) columns = described(cte, first, node, aliases);
    lowered = node.ctequery === undefined ? emptySelect : lowering.query(node.ctequery, scope);
    columns = described(cte, lowered, node, aliases);
    cte.query = withExtraColumns(lowered, node);
    return columns;
  };
  return { name, resolve };
}

/** The arm of `UNION` that a recursive query starts from; lowered once, the set operation finds it again. */
function firstArm(lowering: Lowering, node: Node | undefined, scope: Scope): Query | undefined {
  if (node === undefined || !('SelectStmt' in node)) return undefined;
  const { op, larg, withClause } = node.SelectStmt;
  if (op !== 'SETOP_UNION' || larg === undefined || withClause !== undefined) return undefined;
  const query = lowering.select(larg, scope);
  lowering.firstArms.set(larg, query);
  return query;
}

/** Names after the alias list, and the columns that SEARCH and CYCLE add. */
function described(cte: Cte, query: Query, node: CommonTableExpr, aliases: readonly string[]): Columns {
  const columns = query.outputs.map((output, index): RelationColumn => {
    const { name, type } = relationColumn(output);
    return { name: aliases[index] ?? name, type };
  });
  return { cte, columns: [...columns, ...extraColumns(node).map((name) => ({ name, type: 0 }))], open: query.open };
}

function extraColumns({ search_clause, cycle_clause }: CommonTableExpr): string[] {
  const names = [search_clause?.search_seq_column, cycle_clause?.cycle_mark_column, cycle_clause?.cycle_path_column];
  return names.filter((name) => name !== undefined);
}

/** SEARCH and CYCLE columns are made of rows of the query: derived from all of them. */
function withExtraColumns(query: Query, node: CommonTableExpr): Query {
  const names = extraColumns(node);
  if (names.length === 0) return query;
  const elements = query.outputs.map(({ expression }) => expression);
  const row = { kind: 'composite', form: 'row', elements, type: 0, offset: -1 } as const;
  const outputs = [...query.outputs, ...names.map((name) => ({ name, expression: row }))];
  return { ...query, outputs };
}
