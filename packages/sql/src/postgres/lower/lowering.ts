import type { Unproven } from '@bailiwick/domain';
import type { Node, SelectStmt } from '@pgsql/types';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Query } from '../../query-form/query.ts';
import type { Cte } from '../../query-form/relation.ts';
import type { CteBinding, Scope } from './scope.ts';

/**
 * What lowering one statement needs: the names it may mean, and the way back into the parts of the lowering that
 * nest in each other. The files beside this one each lower one family of constructs and see the others through here.
 */
export interface Lowering {
  readonly catalog: Catalog;
  /** Schemas in the order in which unqualified names are looked up, pg_catalog in its place. */
  readonly path: readonly string[];
  /** How many views deep this statement is: 0 for a client's own text. */
  readonly viewDepth: number;
  /** Names of temporary relations that the session made and no catalog shows. */
  readonly temporaryRelations: ReadonlySet<string>;
  /** First arms of recursive WITH queries, lowered ahead for their columns. */
  readonly firstArms: Map<SelectStmt, Query>;
  /** Lowers an expression. */
  expression(node: Node, scope: Scope): Expression;
  /** Lowers a SELECT, VALUES or set operation; `scope` is the level around it. */
  select(node: SelectStmt, scope: Scope): Query;
  /** Lowers anything that may stand in WITH, a subquery, or on its own as a query. */
  query(node: Node, scope: Scope): Query;
  /** Notes something that could not be proven. */
  note(kind: Unproven['kind'], reason: string, offset?: number): void;
}

/** Lowered WITH queries: `bindings` for scopes, `all()` once the statement around them is lowered. */
export interface WithQueries {
  readonly bindings: ReadonlyMap<string, CteBinding>;
  all(): readonly Cte[];
}

/** Lowers several nodes; absent lists are empty. */
export const expressions = (lowering: Lowering, nodes: readonly Node[] | undefined, scope: Scope): Expression[] =>
  (nodes ?? []).map((node) => lowering.expression(node, scope));

/** Lowers a node that may be absent. */
export const optional = (lowering: Lowering, node: Node | undefined, scope: Scope): Expression | null =>
  node === undefined ? null : lowering.expression(node, scope);

/** The strings of a list of String nodes; other nodes are left out. */
export const strings = (nodes: readonly Node[] | undefined): string[] =>
  (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
