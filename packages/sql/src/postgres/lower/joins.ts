import type { JoinExpr } from '@pgsql/types';
import { call } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Output } from '../../query-form/query.ts';
import type { ComputedRelation } from '../../query-form/relation.ts';
import { equals } from './constructs.ts';
import { type FromItem, lowerFromItem } from './from-clause.ts';
import { type Lowering, optional, strings } from './lowering.ts';
import { itemOutputs, type Scope, type ScopeItem, scopeItem } from './scope.ts';

interface MergedColumns {
  /** USING columns first, then the rest of the left and of the right side. */
  readonly outputs: readonly Output[];
  /** How many of them are USING columns. */
  readonly count: number;
  readonly conditions: readonly Expression[];
}

/** JOIN, after transformFromClauseItem: its columns hide those of its sides, an alias hides their names as well. */
export function lowerJoin(lowering: Lowering, node: JoinExpr, scope: Scope): FromItem {
  const left = side(lowering, node.larg, scope);
  const right = side(lowering, node.rarg, { ...scope, items: [...scope.items, ...left.items] });
  const merged = mergeColumns(lowering, node, left.whole, right.whole);
  const both = [...left.items, ...right.items];
  const quals = optional(lowering, node.quals, { ...scope, items: both });
  const relation: ComputedRelation = {
    kind: 'computed',
    columns: merged.outputs.map(({ name, expression }) => ({ name, type: expression.type })),
    expressions: merged.outputs.map(({ expression }) => expression),
    open: left.whole.relation.open ?? right.whole.relation.open,
  };
  const named = aliased(relation, strings(node.alias?.colnames));
  const whole = scopeItem(named, node.alias?.aliasname ?? null);
  const hidden = node.alias === undefined ? both.map((item): ScopeItem => ({ ...item, columnsVisible: false })) : [];
  return {
    items: [whole, ...hidden, ...usingAlias(node, relation, merged.count)],
    whole,
    relations: [...left.relations, ...right.relations],
    joins: [...left.joins, ...right.joins, ...merged.conditions, ...(quals === null ? [] : [quals])],
    rowArguments: [...left.rowArguments, ...right.rowArguments],
  };
}

function side(lowering: Lowering, node: JoinExpr['larg'], scope: Scope): FromItem {
  if (node !== undefined) return lowerFromItem(lowering, node, scope);
  lowering.note('construct', 'a join without one of its sides');
  return lowerFromItem(lowering, {} as never, scope);
}

function mergeColumns(lowering: Lowering, node: JoinExpr, left: ScopeItem, right: ScopeItem): MergedColumns {
  const leftOutputs = itemOutputs(left);
  const rightOutputs = itemOutputs(right);
  const using = node.isNatural ? shared(leftOutputs, rightOutputs) : strings(node.usingClause);
  const unknowable = node.isNatural || using.length > 0 ? (left.relation.open ?? right.relation.open) : null;
  if (unknowable !== null) lowering.note('construct', `columns of a join are not known: ${unknowable}`);
  const merged: Output[] = [];
  const conditions: Expression[] = [];
  for (const name of using) {
    const [l, r] = [leftOutputs, rightOutputs].map((outputs) => outputs.find((output) => output.name === name));
    if (l === undefined || r === undefined) {
      if (unknowable === null) lowering.note('column', `the join column ${name} is not on both sides`);
      continue;
    }
    conditions.push(equals(lowering, l.expression, r.expression, -1));
    merged.push({ name, expression: mergedColumn(node.jointype, l.expression, r.expression) });
  }
  const rest = [...leftOutputs, ...rightOutputs].filter(({ name }) => !using.includes(name));
  return { outputs: [...merged, ...rest], count: merged.length, conditions };
}

const shared = (left: readonly Output[], right: readonly Output[]): string[] =>
  left.map(({ name }) => name).filter((name) => right.some((output) => output.name === name));

/** In an inner or left join the value is the left one, in a right join the right one, else COALESCE of both. */
function mergedColumn(type: JoinExpr['jointype'], left: Expression, right: Expression): Expression {
  if (type === 'JOIN_FULL') return call([left, right], { type: left.type, fallible: [] });
  const parts = type === 'JOIN_RIGHT' ? [right, left] : [left, right];
  return { kind: 'merged', rule: 'first', parts, type: parts[0]?.type ?? 0, offset: -1 };
}

function aliased(relation: ComputedRelation, names: readonly string[]): ComputedRelation {
  if (names.length === 0) return relation;
  return {
    ...relation,
    columns: relation.columns.map((item, index) => ({ ...item, name: names[index] ?? item.name })),
  };
}

/** `JOIN … USING (…) AS alias`: a name for the merged columns only. */
function usingAlias(node: JoinExpr, relation: ComputedRelation, count: number): ScopeItem[] {
  const name = node.join_using_alias?.aliasname;
  if (name === undefined) return [];
  const columns = relation.columns.slice(0, count);
  return [{ ...scopeItem({ ...relation, columns, open: null }, name), columnsVisible: false }];
}
