import type { FunctionUse } from '@bailiwick/domain';
import type { Call, Column, Constant, Expression, Unknown } from './expression.ts';
import type { Output, SelectQuery } from './query.ts';
import type { Relation } from './relation.ts';

/** A literal without a known text. */
export const constant = (value: string | null, type = 0, offset = -1): Constant => ({
  kind: 'constant',
  value,
  type,
  offset,
});

/** A value that nothing is known about; `operands` still count as read. */
export const unknown = (reason: string, operands: readonly Expression[] = [], offset = -1): Unknown => ({
  kind: 'unknown',
  reason,
  operands,
  type: 0,
  offset,
});

/** Column `index` of a relation. */
export const column = (relation: Relation, index: number, offset = -1): Column => ({
  kind: 'column',
  relation,
  index,
  type: relation.columns[index]?.type ?? 0,
  offset,
});

/** All columns of a relation, as a star expands them. */
export const columnsOf = (relation: Relation): Output[] =>
  relation.columns.map(({ name }, index) => ({ name, expression: column(relation, index) }));

/** What a call may say beyond its operands. */
interface CallDetails {
  readonly syntax?: Call['syntax'];
  readonly uses?: readonly FunctionUse[];
  readonly type?: number;
  readonly offset?: number;
  readonly comparison?: Call['comparison'];
  readonly returnsSet?: boolean;
  readonly resultOfArguments?: boolean;
  readonly lazy?: boolean;
  /** Default: all operands. */
  readonly fallible?: readonly Expression[];
}

/** A construct of the grammar, or a function, over operands. */
export const call = (operands: readonly Expression[], details: CallDetails = {}): Call => ({
  kind: 'call',
  operands,
  syntax: details.syntax ?? 'construct',
  uses: details.uses ?? [],
  type: details.type ?? 0,
  offset: details.offset ?? -1,
  comparison: details.comparison ?? null,
  returnsSet: details.returnsSet ?? false,
  resultOfArguments: details.resultOfArguments ?? false,
  fallible: details.fallible ?? operands,
  lazy: details.lazy ?? false,
});

/** What every kind of query has, all of it absent; spread and override what differs. */
export const emptyQuery: Pick<SelectQuery, 'outputs' | 'open' | 'ctes' | 'ordering' | 'limits'> = {
  outputs: [],
  open: null,
  ctes: [],
  ordering: [],
  limits: [],
};

/** A SELECT of nothing from nowhere; spread and override what differs. */
export const emptySelect: SelectQuery = {
  ...emptyQuery,
  kind: 'select',
  relations: [],
  joins: [],
  where: null,
  grouping: [],
  having: null,
  distinct: 'all',
  windows: [],
  rowArguments: [],
  locks: false,
};
