import type { WindowDef } from '@pgsql/types';
import { column } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Output } from '../../query-form/query.ts';
import type { Cte, Relation } from '../../query-form/relation.ts';

/** A relation as names find it, after PostgreSQL's namespace items (parse_relation.c). */
export interface ScopeItem {
  /** The alias, or the relation's own name; null for a join without alias. */
  readonly name: string | null;
  /** The schema by which `schema.name` finds it: only a table without alias. */
  readonly schema: string | null;
  readonly relation: Relation;
  readonly relationVisible: boolean;
  readonly columnsVisible: boolean;
}

/** A WITH query as names find it: lowered when first needed. */
export interface CteBinding {
  readonly name: string;
  resolve(): { readonly cte: Cte; readonly columns: Relation['columns']; readonly open: string | null };
}

/** One query level. Names are looked for here, then in `parent`, as the server does. */
export interface Scope {
  readonly parent: Scope | null;
  readonly items: readonly ScopeItem[];
  readonly ctes: ReadonlyMap<string, CteBinding>;
  /** Definitions of the WINDOW clause of this level. */
  readonly windows?: ReadonlyMap<string, WindowDef>;
}

const NO_CTES: ReadonlyMap<string, CteBinding> = new Map();

/** A scope without any name. */
export const EMPTY_SCOPE: Scope = { parent: null, items: [], ctes: NO_CTES };

/** A level below `parent`. */
export const childScope = (
  parent: Scope | null,
  items: readonly ScopeItem[] = [],
  ctes: ReadonlyMap<string, CteBinding> = NO_CTES,
): Scope => ({ parent, items, ctes });

/** The item of a relation with an alias or its own name. */
export const scopeItem = (relation: Relation, name: string | null, schema: string | null = null): ScopeItem => ({
  name,
  schema,
  relation,
  relationVisible: name !== null,
  columnsVisible: true,
});

/** Column `index` of an item; those of a join are what they stand for. */
export function itemColumn({ relation }: ScopeItem, index: number, offset = -1): Expression {
  const computed = relation.kind === 'computed' ? relation.expressions[index] : undefined;
  return computed ?? column(relation, index, offset);
}

/** Every column of an item, as `item.*` expands. */
export const itemOutputs = (item: ScopeItem): Output[] =>
  item.relation.columns.map(({ name }, index) => ({ name, expression: itemColumn(item, index) }));

/** What a name means in a scope. `open`: it may be a column that the catalog does not know. */
export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'open'; readonly reason: string }
  | { readonly kind: 'none' };

const NONE: Found<never> = { kind: 'none' };

/** Column `name` of one item (scanNSItemForColumn). */
export function findInItem(item: ScopeItem, name: string, offset: number): Found<Expression> {
  const { columns, open } = item.relation;
  const first = columns.findIndex((candidate) => candidate.name === name);
  if (first < 0) return open === null ? NONE : { kind: 'open', reason: open };
  if (columns.findIndex((candidate, index) => index > first && candidate.name === name) >= 0)
    return { kind: 'ambiguous' };
  if (open !== null && item.relation.kind !== 'table') return { kind: 'open', reason: open };
  return { kind: 'found', value: itemColumn(item, first, offset) };
}

/** An unqualified column name, innermost level first (colNameToVar). */
export function findColumn(scope: Scope, name: string, offset: number): Found<Expression> {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    let found: Found<Expression> = NONE;
    let open: Found<Expression> = NONE;
    for (const item of level.items) {
      if (!item.columnsVisible) continue;
      const here = findInItem(item, name, offset);
      if (here.kind === 'ambiguous' || (here.kind === 'found' && found.kind === 'found')) return { kind: 'ambiguous' };
      if (here.kind === 'found') found = here;
      if (here.kind === 'open') open = here;
    }
    if (found.kind === 'found') return found;
    if (open.kind === 'open') return open;
  }
  return NONE;
}

/** A relation by its alias or name (refnameNamespaceItem); `schema` finds only tables without alias. */
export function findItem(scope: Scope, schema: string | null, name: string): Found<ScopeItem> {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const here = level.items.filter(
      (item) => item.relationVisible && item.name === name && (schema === null || item.schema === schema),
    );
    if (here.length > 1) return { kind: 'ambiguous' };
    if (here[0] !== undefined) return { kind: 'found', value: here[0] };
  }
  return NONE;
}

/** A WITH query by name, innermost level first. */
export function findCte(scope: Scope, name: string): CteBinding | undefined {
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const binding = level.ctes.get(name);
    if (binding !== undefined) return binding;
  }
  return undefined;
}
