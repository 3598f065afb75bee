import type { Node, RangeSubselect, RangeTableSample, RangeVar } from '@pgsql/types';
import { call } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { CteRelation, QueryRelation, Relation } from '../../query-form/relation.ts';
import { lowerJoin } from './joins.ts';
import { expressions, type Lowering, optional, strings } from './lowering.ts';
import { findCte, type Scope, type ScopeItem, scopeItem } from './scope.ts';
import { lowerJsonTable, lowerRangeFunction, lowerXmlTable } from './table-functions.ts';
import { aliasColumns, relationColumn, relationNamed, renamed } from './table-relation.ts';

/** What one entry of FROM brings: names, and what is read. */
export interface FromItem {
  /** Names that it makes visible, in the order of `*`. */
  readonly items: readonly ScopeItem[];
  /** The whole of it as one relation: what a join around it sees. */
  readonly whole: ScopeItem;
  readonly relations: readonly Relation[];
  readonly joins: readonly Expression[];
  /** Expressions that decide how many rows there are. */
  readonly rowArguments: readonly Expression[];
}

/** One relation as an entry of FROM. */
export const single = (item: ScopeItem, rowArguments: readonly Expression[] = []): FromItem => ({
  items: [item],
  whole: item,
  relations: [item.relation],
  joins: [],
  rowArguments,
});

/** FROM a, b, …: each entry sees those before it where it is LATERAL or a function. */
export function lowerFrom(
  lowering: Lowering,
  nodes: readonly Node[] | undefined,
  scope: Scope,
): { readonly scope: Scope; readonly from: Omit<FromItem, 'whole'> } {
  let items: readonly ScopeItem[] = scope.items;
  const entries = (nodes ?? []).map((node) => {
    const entry = lowerFromItem(lowering, node, { ...scope, items });
    items = [...items, ...entry.items];
    return entry;
  });
  return {
    scope: { ...scope, items },
    from: {
      items,
      relations: entries.flatMap(({ relations }) => relations),
      joins: entries.flatMap(({ joins }) => joins),
      rowArguments: entries.flatMap(({ rowArguments }) => rowArguments),
    },
  };
}

/** One entry of FROM; `scope` has the entries that it may refer to when it is LATERAL. */
export function lowerFromItem(lowering: Lowering, node: Node, scope: Scope): FromItem {
  if ('RangeVar' in node) return single(lowerRangeVar(lowering, node.RangeVar, scope));
  if ('JoinExpr' in node) return lowerJoin(lowering, node.JoinExpr, scope);
  if ('RangeSubselect' in node) return single(lowerRangeSubselect(lowering, node.RangeSubselect, scope));
  if ('RangeFunction' in node) return single(lowerRangeFunction(lowering, node.RangeFunction, scope));
  if ('RangeTableFunc' in node) return single(lowerXmlTable(lowering, node.RangeTableFunc, scope));
  if ('JsonTable' in node) return single(lowerJsonTable(lowering, node.JsonTable, scope));
  if ('RangeTableSample' in node) return lowerTableSample(lowering, node.RangeTableSample, scope);
  const reason = `${Object.keys(node)[0] ?? 'nothing'} in FROM is not known`;
  lowering.note('construct', reason);
  return single(scopeItem({ kind: 'unknown', columns: [], open: reason, reason }, null));
}

/** A table or a WITH query by name. */
function lowerRangeVar(lowering: Lowering, node: RangeVar, scope: Scope): ScopeItem {
  const alias = node.alias?.aliasname;
  const name = node.relname ?? '';
  const binding = node.schemaname === undefined ? findCte(scope, name) : undefined;
  if (binding !== undefined) {
    const relation: CteRelation = { kind: 'cte', ...binding.resolve() };
    return scopeItem(renamed(relation, aliasColumns(node.alias)), alias ?? name);
  }
  const relation = relationNamed(lowering, node);
  const schema = relation.kind === 'table' ? relation.table.schema : (node.schemaname ?? null);
  return scopeItem(renamed(relation, aliasColumns(node.alias)), alias ?? name, alias === undefined ? schema : null);
}

/** `(SELECT …) alias`; only LATERAL sees the entries before it. */
function lowerRangeSubselect(lowering: Lowering, node: RangeSubselect, scope: Scope): ScopeItem {
  const around = node.lateral ? scope : { ...scope, items: [] };
  const query = node.subquery === undefined ? undefined : lowering.query(node.subquery, around);
  if (query === undefined) {
    const reason = 'a subquery in FROM without a query';
    return scopeItem({ kind: 'unknown', columns: [], open: reason, reason }, null);
  }
  const columns = query.outputs.map(relationColumn);
  const relation: QueryRelation = { kind: 'query', query, columns, open: query.open };
  return scopeItem(renamed(relation, aliasColumns(node.alias)), node.alias?.aliasname ?? null);
}

/** TABLESAMPLE: how many rows come depends on its arguments; its method is PostgreSQL's own or a function. */
function lowerTableSample(lowering: Lowering, node: RangeTableSample, scope: Scope): FromItem {
  const inner = node.relation === undefined ? undefined : lowerFromItem(lowering, node.relation, scope);
  const repeatable = optional(lowering, node.repeatable, scope);
  const operands = [...expressions(lowering, node.args, scope), ...(repeatable === null ? [] : [repeatable])];
  const method = strings(node.method).join('.');
  const own = /^(?:pg_catalog\.)?(?:bernoulli|system)$/i.test(method);
  const uses = own ? [] : [{ name: method, builtin: false, safe: false, volatility: 'unknown' as const }];
  const sampled = inner ?? single(scopeItem({ kind: 'unknown', columns: [], open: method, reason: method }, null));
  return { ...sampled, rowArguments: [...sampled.rowArguments, call(operands, { syntax: 'function', uses })] };
}
