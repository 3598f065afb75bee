import type { Choices } from './choices.ts';
import type { Column, Table } from './random-schema.ts';
import type { ValueType } from './value-types.ts';

/** A piece of SQL that stands for a value; whole in itself: no operator beside it takes it apart. */
export interface Piece {
  readonly sql: string;
  /** A secret column is somewhere in it. */
  readonly secret: boolean;
}

/** Something in FROM. `alias` is null for what can only be named by its columns (those that USING merges). */
export interface Source {
  readonly alias: string | null;
  readonly columns: readonly Column[];
}

/** What an expression may name. */
export interface Scope {
  readonly sources: readonly Source[];
  /** The level around: LATERAL and correlated subqueries see it. */
  readonly outer: Scope | null;
  /** WITH queries in sight, by their names. */
  readonly ctes: readonly Table[];
  /** With GROUP BY: all that may be named outside aggregates. */
  readonly grouped: readonly Reference[] | null;
  /** Which calls may stand here, beside plain ones. */
  readonly calls: { readonly aggregates: boolean; readonly windows: boolean };
}

/** A column as it is written. */
export interface Reference extends Piece {
  readonly type: ValueType;
}

/** Where a value goes: to the client, or where it decides something. It only steers how often secrets are taken. */
export type Place = 'output' | 'probe';

/** A query and the columns that it gives. */
export interface RandomQuery {
  readonly sql: string;
  readonly columns: readonly Column[];
}

export interface QueryOptions {
  readonly depth: number;
  readonly place: Place;
  /** The types of its columns; absent: any. */
  readonly types?: readonly ValueType[];
}

/** What the parts of the generator share, and the way back into those that nest in each other. */
export interface Generation {
  readonly choices: Choices;
  readonly tables: readonly Table[];
  /** Values of parameters so far, as text; null where there can be none. */
  readonly parameters: string[] | null;
  /** A name that no other part of the statement has. */
  name(prefix: string): string;
  expression(scope: Scope, type: ValueType, place: Place, depth: number): Piece;
  query(scope: Scope, options: QueryOptions): RandomQuery;
}

export const NO_CALLS: Scope['calls'] = { aggregates: false, windows: false };
export const EMPTY_SCOPE: Scope = { sources: [], outer: null, ctes: [], grouped: null, calls: NO_CALLS };

/** All that may be named at a level, and, where asked for, what the levels around it offer. */
export function references(scope: Scope, withOuter: boolean): readonly Reference[] {
  const own = scope.grouped ?? scope.sources.flatMap(referencesTo);
  return withOuter && scope.outer !== null ? [...own, ...references(scope.outer, true)] : own;
}

/** The columns of a source, qualified. */
export const referencesTo = ({ alias, columns }: Source): readonly Reference[] =>
  columns.map(({ name, type, secret }) => ({ sql: alias === null ? name : `${alias}.${name}`, type, secret }));
