/** The classes pgaudit uses. SEMANTICS 7 and 8 say what falls where. */
export type StatementClass = 'READ' | 'WRITE' | 'FUNCTION' | 'ROLE' | 'DDL' | 'MISC';

/** A table, view, materialised view or other relation, named as the catalog names it. */
export interface TableRef {
  readonly schema: string;
  readonly name: string;
  /** PostgreSQL oid; 0 where the catalog has none. */
  readonly oid: number;
}

/** A column of a relation. `attnum` is 1-based as in pg_attribute; 0 stands for the whole row. */
export interface ColumnRef {
  readonly table: TableRef;
  readonly name: string;
  readonly attnum: number;
}

/**
 * Where in a statement a column is read. `output` reaches the client; `source` feeds a write; the others can be
 * probed: predicate (WHERE, HAVING, CASE conditions, LIMIT, arguments of set-returning functions), grouping
 * (GROUP BY, DISTINCT, set operations that compare), ordering, join, evaluation (by what fails for some values and not for
 * others: division, a cast to a number).
 */
export type ColumnPlace = 'output' | 'source' | 'predicate' | 'grouping' | 'ordering' | 'join' | 'evaluation';

export interface ColumnUse {
  readonly column: ColumnRef;
  readonly place: ColumnPlace;
  /**
   * For `predicate` and `join`: whether the column itself is only compared by `=` or `IN` with constants or
   * parameters (`constant-equality`), or is used in any other way (`other`). `other` elsewhere.
   */
  readonly form: 'constant-equality' | 'other';
}

/** A bare column compared by `=` or IN with constants or parameters: each is a guess at the column's values. */
export interface ConstantComparison {
  /** The column with everything it comes through (views, subqueries); null: not traced, so it may be any. */
  readonly columns: readonly ColumnRef[] | null;
  /** How many constants it is compared with, those in `arrays` apart. */
  readonly constants: number;
  /** Numbers (from 1) of parameters that are arrays, with each of whose elements it is compared: their values tell how many. */
  readonly arrays: readonly number[];
}

/** What a write gives to one column as it is: literals of the text, and bound parameters. */
export interface GivenValues {
  /** The column, with those behind it where it is a view's. */
  readonly columns: readonly ColumnRef[];
  readonly literals: readonly string[];
  /** Numbers, from 1. */
  readonly parameters: readonly number[];
}

export interface TableUse {
  readonly table: TableRef;
  readonly access: 'read' | 'write';
}

/** Where the values of one output column come from. `sources` lists base columns and, through views, view columns. */
export type Lineage =
  /** An unmodified column: the only kind that gets a revealing mask (SEMANTICS 15). */
  | { readonly kind: 'base'; readonly column: ColumnRef; readonly sources: readonly ColumnRef[] }
  /** Computed from these columns (possibly none: constants, now(), count(*)). */
  | { readonly kind: 'derived'; readonly sources: readonly ColumnRef[] }
  /** Not proven: regulated wherever anything is (law 1). */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface OutputColumn {
  readonly name: string;
  readonly lineage: Lineage;
}

export interface FunctionUse {
  /** `schema.name` as resolved, or as written where it was not. */
  readonly name: string;
  readonly builtin: boolean;
  /** False when calling it may write, read by name, sleep, or do what was not analysed. */
  readonly safe: boolean;
  readonly volatility: 'immutable' | 'stable' | 'volatile' | 'unknown';
}

/** A change of a session setting by SET, RESET, set_config or similar. */
export interface SettingChange {
  readonly name: string;
  /** Null for RESET or DEFAULT, and where the value is not a literal (`certain` is then false). */
  readonly value: string | null;
  readonly scope: 'session' | 'transaction';
  readonly certain: boolean;
}

/** What a statement does to the transaction. */
export type TransactionEffect =
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'rollback-to'
  | 'release'
  | 'prepare'
  | null;

/** Names that a statement creates, uses or drops in the namespace that SQL shares with the wire (F13). */
export interface NameEffects {
  /** PREPARE name AS …: the facts of the inner statement. */
  readonly prepares?: { readonly name: string; readonly facts: StatementFacts };
  /** EXECUTE name. */
  readonly executes?: string;
  /** DEALLOCATE name; null is ALL. */
  readonly deallocates?: { readonly name: string | null };
  /** DECLARE name CURSOR FOR …: the facts of the inner query. */
  readonly declares?: { readonly name: string; readonly facts: StatementFacts; readonly holdable: boolean };
  /** FETCH or MOVE from a cursor. */
  readonly fetches?: string;
  /** CLOSE name; null is ALL. */
  readonly closes?: { readonly name: string | null };
}

/** Something the analysis could not prove, with where and why: law 1 makes it regulated. */
export interface Unproven {
  readonly reason: string;
  /** `relation` and `column` mean that the catalog does not know a name: a newer catalog may. */
  readonly kind: 'relation' | 'column' | 'function' | 'construct' | 'catalog' | 'name';
  /** Byte offset in the statement text, -1 where unknown. */
  readonly offset: number;
}

/** Data that a write would copy from `sources` into `target` (laundering, DESIGN section 5). */
export interface DataFlow {
  readonly sources: readonly ColumnRef[];
  readonly target: {
    readonly kind: 'table' | 'new-table' | 'file' | 'program' | 'setting' | 'notification' | 'other';
    readonly name: string;
  };
}

/** Bytes `start` to `end` of a packet's text are replaced by `text`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A COPY between a table or query and the client. */
export type CopyFacts =
  | { readonly direction: 'in'; readonly format: CopyFormatName }
  | { readonly direction: 'out'; readonly format: CopyFormatName; readonly layout: CopyLayout | CopyDoubt };

export type CopyFormatName = 'text' | 'csv' | 'binary';

/** How rows are written, by the statement's own words. The characters are one byte each; binary has none of it. */
export interface CopyLayout {
  readonly delimiter: string;
  readonly nullText: string;
  /** Names of columns come ahead of the rows. */
  readonly header: boolean;
  readonly quote: string;
  readonly escape: string;
  /** Output columns whose values are always quoted. */
  readonly forceQuote: readonly string[] | 'all';
}

/** Why it cannot be told for certain how the rows are written; continues "it has …". */
export interface CopyDoubt {
  readonly doubt: string;
}

/** What one statement does, whatever its dialect; policy-free: nothing here knows about tags or rules. */
export interface StatementFacts {
  readonly dialect: 'postgres' | 'mysql';
  /** The verb as the command tag has it, upper case: SELECT, INSERT, CREATE TABLE, SHOW, COPY … */
  readonly command: string;
  readonly classes: readonly StatementClass[];
  /** Byte span of this statement in the text it came from. */
  readonly start: number;
  readonly end: number;
  readonly tables: readonly TableUse[];
  readonly columns: readonly ColumnUse[];
  /** Every comparison that is a `constant-equality` of some column. */
  readonly comparisons: readonly ConstantComparison[];
  /** Null: the statement returns no rows. A column list otherwise, in order, `*` expanded. */
  readonly outputs: readonly OutputColumn[] | null;
  /** Set when rows may come back although their columns are not known: every cell is then `unknown`. */
  readonly outputsUnknown: boolean;
  readonly functions: readonly FunctionUse[];
  readonly settings: readonly SettingChange[];
  readonly transaction: TransactionEffect;
  readonly names: NameEffects;
  readonly flows: readonly DataFlow[];
  /** One for each column that is given any: a column of other data, or computed, is not here. */
  readonly given: readonly GivenValues[];
  readonly unproven: readonly Unproven[];
  /** COPY … FROM STDIN or TO STDOUT, with the format of its data; null otherwise. */
  readonly copy: CopyFacts | null;
  /** EXPLAIN: the edit after which its plan has no estimates, which tell of the data. Null: it prints no plan. */
  readonly withoutEstimates: TextEdit | null;
  /** Whether the catalog changes when this succeeds. */
  readonly changesCatalog: boolean;
  /** The text of the statement with every literal replaced by `$n`: safe for an index (law 3). */
  readonly normalisedSql: string;
}
