import type { TableRef } from '@bailiwick/domain';
import type { Expression, Window } from './expression.ts';
import type { Cte, Relation, TableRelation, UnknownRelation } from './relation.ts';

/** One output column of a query. */
export interface Output {
  readonly name: string;
  readonly expression: Expression;
}

interface QueryBase {
  /** Output columns in order, stars expanded. */
  readonly outputs: readonly Output[];
  /** Why further or other output columns may exist; null when `outputs` is exact. */
  readonly open: string | null;
  /** WITH queries, in order, referenced or not. */
  readonly ctes: readonly Cte[];
  readonly ordering: readonly Expression[];
  /** LIMIT, OFFSET and FETCH expressions. */
  readonly limits: readonly Expression[];
}

/** SELECT … FROM … */
export interface SelectQuery extends QueryBase {
  readonly kind: 'select';
  /** Every relation of FROM, those inside joins too. */
  readonly relations: readonly Relation[];
  readonly joins: readonly Expression[];
  readonly where: Expression | null;
  readonly grouping: readonly Expression[];
  readonly having: Expression | null;
  /** `all` keeps duplicates, `rows` compares whole output rows, else the expressions of DISTINCT ON. */
  readonly distinct: 'all' | 'rows' | readonly Expression[];
  readonly windows: readonly Window[];
  /** Relations' arguments and other places where the number of rows is decided (TABLESAMPLE). */
  readonly rowArguments: readonly Expression[];
  /** FOR UPDATE, FOR SHARE and the like. */
  readonly locks: boolean;
}

/** UNION, INTERSECT, EXCEPT. */
export interface SetOperationQuery extends QueryBase {
  readonly kind: 'set-operation';
  readonly arms: readonly Query[];
  /** False for UNION ALL: nothing is compared. */
  readonly compares: boolean;
  readonly locks: boolean;
}

/** VALUES rows. */
export interface ValuesQuery extends QueryBase {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
}

/** A value written into a column of the target; `column` is its name. */
export interface Assignment {
  readonly column: string;
  readonly expression: Expression;
}

/** INSERT, UPDATE, DELETE, MERGE; `outputs` are those of RETURNING. */
export interface WriteQuery extends QueryBase {
  readonly kind: 'write';
  readonly action: 'insert' | 'update' | 'delete' | 'merge';
  readonly target: TableRelation | UnknownRelation;
  readonly targetName: TableRef;
  readonly returning: boolean;
  /** The rows of INSERT. */
  readonly source: Query | null;
  readonly relations: readonly Relation[];
  readonly joins: readonly Expression[];
  /** WHERE, WHEN … AND, ON CONFLICT … WHERE. */
  readonly conditions: readonly Expression[];
  /** Target columns whose stored values decide by comparison what happens (ON CONFLICT arbiters). */
  readonly arbiters: readonly Expression[];
  readonly assignments: readonly Assignment[];
  /** Triggers or rules on the target that may do more than the statement says. */
  readonly runsTriggers: boolean;
}

/** A query in the dialect-neutral form (SEMANTICS 6). */
export type Query = SelectQuery | SetOperationQuery | ValuesQuery | WriteQuery;
