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
  /** EXPLAIN: planned, not run; its kinds of class count all the same. */
  | 'explain'
  /** EXPLAIN ANALYZE: run, its rows thrown away. */
  | 'explain-analyze'
  /** COPY (query) TO: its rows leave, to the client or to `flowTarget`. */
  | 'copy-out'
  /** CREATE TABLE AS, SELECT INTO: its rows are written into `target`, a new table. */
  | 'create-table-as'
  | 'create-view'
  | 'create-materialized-view'
  /** An action of CREATE RULE: kept, sees `old` and `new`, runs on later statements. */
  | 'rule'
  /** An element of CREATE SCHEMA, run now. */
  | 'schema-element';

/**
 * A statement inside of another. `node` is a query, or (EXPLAIN, CREATE TABLE AS EXECUTE, CREATE SCHEMA, CREATE RULE)
 * a utility statement, to be read by `readUtility` in turn.
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
  /** CHECK, and domain constraints. */
  | 'check'
  /** Index keys and predicates, EXCLUDE, CREATE STATISTICS: computed now over every row. */
  | 'index'
  /** PARTITION BY keys and partition bounds. */
  | 'partition'
  /** CREATE and ALTER POLICY. */
  | 'policy'
  /** WHEN of a trigger, WHERE of a rule: sees `old` and `new`. */
  | 'trigger'
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

/** Where COPY sends data, or NOTIFY its payload, beside the client. */
export interface FlowTarget {
  readonly kind: 'file' | 'program' | 'notification';
  readonly name: string;
}

/** What a statement that is not a query does, as far as its own words say; names are not resolved here. */
export interface UtilityStatement {
  /** As the tag of CommandComplete begins; EXECUTE's and EXPLAIN's own word, not that of what they run. */
  readonly command: string;
  /** Without those that inner statements and functions in expressions add. */
  readonly classes: readonly StatementClass[];
  readonly settings: readonly SettingChange[];
  readonly transaction: TransactionEffect;
  readonly copy: StatementFacts['copy'];
  /** COPY table (columns): null is all columns. */
  readonly copyColumns: readonly string[] | null;
  readonly changesCatalog: boolean;
  readonly rows: UtilityRows;
  readonly relations: readonly UtilityRelation[];
  readonly inner: readonly UtilityInner[];
  readonly expressions: readonly UtilityExpression[];
  readonly names: UtilityNames;
  /** DO and CALL: code runs that is in no catalog, or that was not read. */
  readonly runsUnknownCode: boolean;
  readonly flowTarget: FlowTarget | null;
  /** Reasons why this is not all that the statement does: unproven `construct`s. */
  readonly unproven: readonly string[];
}
