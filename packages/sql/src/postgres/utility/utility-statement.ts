import type { NameEffects, SettingChange, StatementClass, StatementFacts, TransactionEffect } from '@bailiwick/domain';
import type { Node, RangeVar } from '@pgsql/types';

/**
 * Which rows may reach the client.
 * `none`: never any.
 * `setting`: SHOW, one text column (SHOW ALL three) that no column of a table feeds.
 * `plan`: EXPLAIN, one column of plan text; what it tells is judged as predicates are (SEMANTICS 16).
 * `inner`: those of the COPY … TO STDOUT query in `inner`, as CopyData.
 * `relation`: those of the table in `relations`, COPY table TO STDOUT; `copyColumns` are the columns.
 * `prepared`, `cursor`: those of the statement or cursor that `names` says.
 * `unknown`: rows may come and nothing is known about them.
 */
export type UtilityRows = 'none' | 'setting' | 'plan' | 'inner' | 'relation' | 'prepared' | 'cursor' | 'unknown';

/** A relation that the statement names outside of an inner query or expression. */
export interface UtilityRelation {
  /** As written; made up, with no location, where the grammar has a list of names. */
  readonly range: RangeVar;
  readonly access: 'read' | 'write';
  /**
   * `optional`: the statement may succeed without it (it is created, or IF EXISTS), so that a name unknown to the
   * catalog proves nothing and is no use of a table.
   */
  readonly presence: 'required' | 'optional';
}

/** Why a statement is inside of another. */
export type InnerUse =
  /** PREPARE: kept, not run. `parameterTypes` are its declared types. */
  | 'prepare'
  /** DECLARE: run by FETCH; the cursor's facts. */
  | 'declare'
  /** EXPLAIN: planned, not run; planning calls its immutable functions all the same (SEMANTICS 2). */
  | 'explain'
  /** EXPLAIN ANALYZE: run, its rows thrown away. */
  | 'explain-analyze'
  /** COPY (query) TO: its rows leave, to the client or to `flowTarget`. */
  | 'copy-out'
  /** CREATE TABLE AS, SELECT INTO: its rows are written into `target`, a new table. */
  | 'create-table-as'
  /** CREATE VIEW: kept, not run. */
  | 'create-view'
  /** Its rows are written into `target`, and again at each REFRESH. */
  | 'create-materialized-view';

/**
 * A statement inside of another. `node` is a query, or a utility statement, to be read by `readUtility` in turn:
 * EXECUTE inside of EXPLAIN and CREATE TABLE AS, and DECLARE, CREATE TABLE AS and REFRESH inside of EXPLAIN, whose
 * `names` have no effect there, EXECUTE's apart.
 */
export interface UtilityInner {
  readonly node: Node;
  readonly as: InnerUse;
  /** The relation that receives or defines the rows. */
  readonly target?: RangeVar;
  /** Its columns where the statement names them. */
  readonly columns?: readonly string[];
  /** Declared parameter types of PREPARE. */
  readonly parameterTypes?: readonly Node[];
}

/** What an expression of a utility statement is for. */
export type ExpressionPlace =
  /** EXECUTE and CALL: computed now. */
  | 'argument'
  /** A DEFAULT: computed for new rows, and now where rows exist (ADD COLUMN). */
  | 'default'
  /** GENERATED ALWAYS AS: its value is copied into `column`. */
  | 'generated'
  /** ALTER COLUMN … TYPE … USING: computed now over every row and copied into `column`. */
  | 'using'
  | 'check'
  /** CHECK of a domain: VALUE, a column to the grammar, is the value checked. */
  | 'domain-check'
  /** Index keys and predicates, EXCLUDE, CREATE STATISTICS: computed now over every row. */
  | 'index'
  /**
   * A column that must be unique, not null, of another type, or found in another table, from now on: whether the statement
   * succeeds tells of all its values.
   */
  | 'key'
  /** PARTITION BY keys and partition bounds. */
  | 'partition'
  /** CREATE and ALTER POLICY. */
  | 'policy'
  /** WHERE of COPY FROM and of a publication. */
  | 'filter'
  /** DEFAULT of a function's parameter. */
  | 'parameter-default';

export interface UtilityExpression {
  readonly node: Node;
  readonly place: ExpressionPlace;
  /** The relation whose columns are in scope; none: no column can be named. It may not exist yet. */
  readonly scope?: RangeVar;
  /** The column that takes the value (`generated`, `using`, `default`). */
  readonly column?: string;
}

/** `NameEffects`, without the facts that only the reader of the inner statement has. */
export interface UtilityNames {
  readonly prepares?: string;
  readonly executes?: string;
  readonly deallocates?: NonNullable<NameEffects['deallocates']>;
  readonly declares?: { readonly name: string; readonly holdable: boolean };
  readonly fetches?: string;
  readonly closes?: NonNullable<NameEffects['closes']>;
  /** SHOW name; null is ALL. */
  readonly shows?: { readonly name: string | null };
}

/** A relation or column that gets another name or schema: what a data map says of it by name no longer holds. */
export interface UtilityRename {
  readonly range: RangeVar;
  /** Null: the relation itself. */
  readonly column: string | null;
  /** The new name, or the new schema. */
  readonly to: string;
}

/** Where COPY sends data, or NOTIFY its payload, beside the client; also where COPY FROM takes it. */
export interface FlowTarget {
  readonly kind: 'file' | 'program' | 'notification';
  /** Path or channel; empty for a program, whose command line can hold anything. */
  readonly name: string;
}

/** What a statement that is not a query does, as far as its own words say; names are not resolved here. */
export interface UtilityStatement {
  /**
   * The server's name of the command, as the tag of CommandComplete begins; that of EXECUTE, CREATE TABLE AS and
   * CREATE MATERIALIZED VIEW begins with the verb of what ran.
   */
  readonly command: string;
  /**
   * Without those that inner statements, prepared statements and functions in expressions add. Empty where these alone
   * decide: PREPARE, EXECUTE, DECLARE, and EXPLAIN, which is MISC where its inner statement only reads and does not run.
   */
  readonly classes: readonly StatementClass[];
  readonly settings: readonly SettingChange[];
  readonly transaction: TransactionEffect;
  readonly copy: StatementFacts['copy'];
  /** COPY table (columns): null is all columns. */
  readonly copyColumns: readonly string[] | null;
  readonly changesCatalog: boolean;
  readonly rows: UtilityRows;
  readonly relations: readonly UtilityRelation[];
  readonly renames: readonly UtilityRename[];
  readonly inner: readonly UtilityInner[];
  readonly expressions: readonly UtilityExpression[];
  readonly names: UtilityNames;
  /** The procedure of CALL as written, schema first; null elsewhere. */
  readonly procedure: readonly string[] | null;
  /** Code runs now that is in no catalog or was not read: DO, CALL, LOAD, COPY … PROGRAM, extension scripts. */
  readonly runsUnknownCode: boolean;
  readonly flowTarget: FlowTarget | null;
  /** Reasons why this is not all that the statement does: unproven `construct`s. */
  readonly unproven: readonly string[];
}
