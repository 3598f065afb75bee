import type { FunctionUse } from '@bailiwick/domain';
import type { Query } from './query.ts';
import type { Relation } from './relation.ts';

/** What every expression carries. */
interface ExpressionBase {
  /** The dialect's type id of the value, 0 where it is not known. */
  readonly type: number;
  /** Byte offset in the statement's text, -1 where it has none (expanded stars, view definitions). */
  readonly offset: number;
}

/** A literal. `value` is its text, null for SQL NULL. */
export interface Constant extends ExpressionBase {
  readonly kind: 'constant';
  readonly value: string | null;
}

/** A bound parameter. */
export interface Parameter extends ExpressionBase {
  readonly kind: 'parameter';
  /** Which: 1 is the first. */
  readonly number: number;
}

/** Column number `index` (0-based) of a relation in scope, unmodified. */
export interface Column extends ExpressionBase {
  readonly kind: 'column';
  readonly relation: Relation;
  readonly index: number;
}

/** A relation's row as one value. */
export interface WholeRow extends ExpressionBase {
  readonly kind: 'whole-row';
  readonly relation: Relation;
}

/** A column that the engine keeps beside the declared ones (ctid, xmin, tableoid): carries no stored value. */
export interface SystemColumn extends ExpressionBase {
  readonly kind: 'system-column';
  readonly relation: Relation;
  readonly name: string;
}

/**
 * One value that several columns stand for. `first`: the value is the first's and the others are equal to it (USING
 * in an inner or one-sided join). `any`: the value is that of any one of them (the arms of a set operation).
 */
export interface Merged extends ExpressionBase {
  readonly kind: 'merged';
  readonly rule: 'first' | 'any';
  readonly parts: readonly Expression[];
}

/** AND, OR, NOT: the positions in which a comparison is a condition of its own. */
export interface Logic extends ExpressionBase {
  readonly kind: 'logic';
  readonly operator: 'and' | 'or' | 'not';
  readonly operands: readonly Expression[];
}

/** A function, an operator, a cast, or a construct of the grammar that computes its value from its operands. */
export interface Call extends ExpressionBase {
  readonly kind: 'call';
  readonly syntax: 'function' | 'operator' | 'cast' | 'construct';
  readonly operands: readonly Expression[];
  /** Functions that run: unsafe when any of them is. Empty for constructs that call nothing of their own. */
  readonly uses: readonly FunctionUse[];
  /** `equality` is `a = b`; `membership` is `a IN (…)` or `a = ANY (array)`: the first operand against the rest. */
  readonly comparison: 'equality' | 'membership' | null;
  /** Its result may be several rows or none: arguments decide how many, as a predicate does. */
  readonly returnsSet: boolean;
  /** Operands whose values decide whether it fails. */
  readonly fallible: readonly Expression[];
  /** It leaves operands after the first uncomputed once it knows its value, as AND and OR do. */
  readonly lazy: boolean;
  /** An unsafe function whose result nevertheless is made of its arguments alone (nextval, pg_sleep, set_config). */
  readonly resultOfArguments: boolean;
}

/** CASE: conditions choose among results. */
export interface Case extends ExpressionBase {
  readonly kind: 'case';
  readonly conditions: readonly Expression[];
  readonly results: readonly Expression[];
}

/** A query used as a value. `operands` are compared with its rows (`x IN (SELECT …)`). */
export interface Subquery extends ExpressionBase {
  readonly kind: 'subquery';
  readonly form: 'scalar' | 'exists' | 'comparison' | 'array';
  readonly query: Query;
  /** Which output a scalar stands for: multi-column assignment takes them one by one. */
  readonly output: number;
  readonly operands: readonly Expression[];
  readonly uses: readonly FunctionUse[];
  /** Comparing operands and rows may fail for some of their values. */
  readonly fallible: boolean;
}

/** ROW(…) and ARRAY[…]. */
export interface Composite extends ExpressionBase {
  readonly kind: 'composite';
  readonly form: 'row' | 'array';
  readonly elements: readonly Expression[];
}

/** `(base).name`. */
export interface Field extends ExpressionBase {
  readonly kind: 'field';
  readonly base: Expression;
  readonly name: string;
}

/** `base[…]`. */
export interface Subscript extends ExpressionBase {
  readonly kind: 'subscript';
  readonly base: Expression;
  readonly indices: readonly Expression[];
}

/** What a window function ranges over. */
export interface Window {
  readonly partition: readonly Expression[];
  readonly order: readonly Expression[];
  /** Offsets of the frame. */
  readonly bounds: readonly Expression[];
}

/** An aggregate or window function. */
export interface Aggregate extends ExpressionBase {
  readonly kind: 'aggregate';
  readonly operands: readonly Expression[];
  readonly uses: readonly FunctionUse[];
  /** Operands whose values decide whether it fails. */
  readonly fallible: readonly Expression[];
  readonly filter: Expression | null;
  readonly order: readonly Expression[];
  /** DISTINCT compares its arguments. */
  readonly distinct: boolean;
  readonly window: Window | null;
}

/** Something the lowering does not know: regulated, and its parts count as read. */
export interface Unknown extends ExpressionBase {
  readonly kind: 'unknown';
  readonly reason: string;
  readonly operands: readonly Expression[];
}

/** A value in the dialect-neutral query form (SEMANTICS 6). Both dialects lower into this; lineage sees only this. */
export type Expression =
  | Constant
  | Parameter
  | Column
  | WholeRow
  | SystemColumn
  | Merged
  | Logic
  | Call
  | Case
  | Subquery
  | Composite
  | Field
  | Subscript
  | Aggregate
  | Unknown;
