import type { ColumnRef, TableRef } from '@bailiwick/domain';
import type { Expression } from './expression.ts';
import type { Query } from './query.ts';

/** A column as a scope sees it: its name after aliases, and its type. */
export interface RelationColumn {
  readonly name: string;
  readonly type: number;
}

interface RelationBase {
  /** Columns in order. */
  readonly columns: readonly RelationColumn[];
  /** Why there may be further columns, or null when `columns` is all of them. */
  readonly open: string | null;
}

/** What stands behind a column of a stored or named relation, when it is not simply stored. */
export type ColumnOrigin =
  /** A stored value. */
  | { readonly kind: 'stored' }
  /** An output of the view's query, or the expression of a generated column. */
  | { readonly kind: 'computed'; readonly expression: Expression }
  /** Not provable, or known to hold copies of other data. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** A table, view, sequence … of the catalog. `references[i]` and `origins[i]` belong to `columns[i]`. */
export interface TableRelation extends RelationBase {
  readonly kind: 'table';
  readonly table: TableRef;
  readonly references: readonly ColumnRef[];
  readonly origins: readonly ColumnOrigin[];
  /** The queries behind it: a view's definition. Its clauses are the owner's business, its functions are not. */
  readonly definition: ViewDefinition | null;
}

/** A view's query, understood under its own names, and what reading it entails. */
export interface ViewDefinition {
  readonly query: Query | null;
  /** Why it could not be understood; null when it was. */
  readonly failure: string | null;
  /** Its rows are kept: reading them runs nothing. */
  readonly materialized: boolean;
}

/** A subquery in FROM. */
export interface QueryRelation extends RelationBase {
  readonly kind: 'query';
  readonly query: Query;
}

/** A reference to a WITH query. */
export interface CteRelation extends RelationBase {
  readonly kind: 'cte';
  readonly cte: Cte;
}

/** A WITH query. `query` is null only while its own recursive arm is being lowered. */
export interface Cte {
  readonly name: string;
  readonly query: Query | null;
  readonly recursive: boolean;
}

/** Functions in FROM; every column is computed from all arguments. */
export interface FunctionRelation extends RelationBase {
  readonly kind: 'function';
  readonly calls: readonly Expression[];
}

/** Columns computed in scope: join aliases, EXCLUDED, the target of a write as RETURNING sees it. */
export interface ComputedRelation extends RelationBase {
  readonly kind: 'computed';
  readonly expressions: readonly Expression[];
}

/** A name that the catalog does not know. */
export interface UnknownRelation extends RelationBase {
  readonly kind: 'unknown';
  readonly reason: string;
}

/** Something with columns that a query reads. */
export type Relation =
  | TableRelation
  | QueryRelation
  | CteRelation
  | FunctionRelation
  | ComputedRelation
  | UnknownRelation;
