import type { EpochMs } from '@bailiwick/domain';

export type RelationKind =
  | 'table'
  | 'partitioned-table'
  | 'view'
  | 'materialized-view'
  | 'foreign-table'
  | 'sequence'
  | 'composite-type'
  | 'index'
  | 'toast';

export interface CatalogColumn {
  readonly name: string;
  /** pg_attribute.attnum, 1-based; dropped columns are absent, so numbers may have gaps. */
  readonly attnum: number;
  readonly typeOid: number;
  /** pg_attribute.atttypmod: the length of varchar(n), the precision of numeric(p,s); absent or -1: none. */
  readonly typeModifier?: number;
  readonly notNull: boolean;
  /** CHECK constraints of its table that look at it, as pg_get_expr prints them; absent: there are none. */
  readonly checks?: readonly string[];
  /** The expression of a generated column as pg_get_expr prints it; null otherwise. */
  readonly generatedFrom: string | null;
}

export interface CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  readonly columns: readonly CatalogColumn[];
  /** pg_get_viewdef under an empty search_path (every name qualified), for views and materialized views. */
  readonly definition: string | null;
  /** Oids of direct parents by inheritance or partitioning. */
  readonly parents: readonly number[];
  /** Triggers or rules other than a view's own SELECT rule: writes here may do more than they say. */
  readonly hasTriggersOrRules: boolean;
  /** Created by initdb or in pg_catalog / information_schema. */
  readonly system: boolean;
}

export interface CatalogFunction {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  readonly argumentTypes: readonly number[];
  /** The last argument is VARIADIC. */
  readonly variadic: boolean;
  readonly defaultsCount: number;
  readonly returnType: number;
  readonly returnsSet: boolean;
  /** Names of OUT and TABLE columns in order; null where there are none. */
  readonly outputNames: readonly string[] | null;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly language: string;
  readonly securityDefiner: boolean;
  /** True for functions of initdb's own (oid below 16384, schema pg_catalog or information_schema). */
  readonly builtin: boolean;
  /** The extension that it belongs to; null: none. */
  readonly extension: string | null;
}

/** How a value of one type becomes one of another where the server does more than to print and read it. */
export interface CatalogCast {
  readonly source: number;
  readonly target: number;
  /** 0: no function runs, the bytes stay or go through the types' own output and input. */
  readonly functionOid: number;
}

export interface CatalogOperator {
  readonly schema: string;
  readonly name: string;
  /** Type oids; 0 for the missing side of a prefix operator. */
  readonly left: number;
  readonly right: number;
  readonly functionOid: number;
  readonly builtin: boolean;
}

export interface CatalogType {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'base' | 'composite' | 'domain' | 'enum' | 'pseudo' | 'range' | 'multirange';
  /** The relation of a composite type, 0 otherwise. */
  readonly relationOid: number;
  /** Element type of an array, 0 otherwise. */
  readonly elementOid: number;
  /** Base type of a domain, 0 otherwise. */
  readonly baseOid: number;
  /** pg_type.typtypmod: what a domain adds to its base type; absent or -1: nothing. */
  readonly typeModifier?: number;
  readonly enumLabels: readonly string[];
  /** A domain that takes no NULL. */
  readonly notNull?: boolean;
  /** CHECK constraints of a domain, which call the value VALUE; absent: there are none. */
  readonly checks?: readonly string[];
}

/** An immutable snapshot of the names a statement can mean. Look-ups are by exact (case-folded) name. */
export interface Catalog {
  /** Changes whenever a snapshot differs from the one before. */
  readonly version: string;
  readonly readAt: EpochMs;
  /** server_version_num, e.g. 180004. */
  readonly serverVersion: number;
  readonly database: string;
  /** The upstream user's name, for `"$user"` in a search_path. */
  readonly user: string;
  /** The upstream user's search_path setting at login, parsed, `$user` not yet replaced. */
  readonly defaultSearchPath: readonly string[];
  hasSchema(schema: string): boolean;
  relation(schema: string, name: string): CatalogRelation | undefined;
  relationByOid(oid: number): CatalogRelation | undefined;
  relations(): IterableIterator<CatalogRelation>;
  functions(schema: string, name: string): readonly CatalogFunction[];
  functionByOid(oid: number): CatalogFunction | undefined;
  operators(schema: string, name: string): readonly CatalogOperator[];
  type(schema: string, name: string): CatalogType | undefined;
  /** Undefined: there is no such entry in pg_cast. */
  cast(source: number, target: number): CatalogCast | undefined;
  typeByOid(oid: number): CatalogType | undefined;
}

/** Runs one catalog query and gives its rows as arrays of text (null is SQL NULL). Owned by whoever holds the connection. */
export interface CatalogSource {
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
}
