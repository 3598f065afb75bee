import type { Node, RangeVar } from '@pgsql/types';
import { column, unknown } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { Assignment, Query, WriteQuery } from '../../query-form/query.ts';
import type { ComputedRelation, Relation, TableRelation, UnknownRelation } from '../../query-form/relation.ts';
import { expressions, type Lowering } from './lowering.ts';
import { nameOf } from './relation-names.ts';
import { type Scope, type ScopeItem, scopeItem } from './scope.ts';
import { relationNamed } from './table-relation.ts';

/** The relation that a statement writes. */
export interface WriteTarget extends Pick<WriteQuery, 'target' | 'targetName' | 'runsTriggers'> {
  readonly target: TableRelation | UnknownRelation;
  /** Its rows before the write, by alias or name. */
  readonly item: ScopeItem;
}

/** The target of a write; a WITH query of the same name is not looked at (setTargetTable). */
export function writeTarget(lowering: Lowering, node: RangeVar | undefined): WriteTarget {
  const name = node ?? {};
  const target = relationNamed(lowering, name);
  const alias = name.alias?.aliasname;
  const schema = alias === undefined && target.kind === 'table' ? target.table.schema : null;
  return {
    target,
    targetName: nameOf(lowering, name),
    runsTriggers: runsTriggers(lowering, target),
    item: scopeItem(target, alias ?? name.relname ?? '', schema),
  };
}

/** Triggers and rules of the target, and of what is behind an updatable view. */
function runsTriggers(lowering: Lowering, target: Relation): boolean {
  if (target.kind !== 'table') return false;
  if (lowering.catalog.relationByOid(target.table.oid)?.hasTriggersOrRules) return true;
  const query = target.definition?.query;
  return query?.kind === 'select' && query.relations.some((relation) => runsTriggers(lowering, relation));
}

/** `SET a = …` and ON CONFLICT DO UPDATE SET. Subscripts on the left are expressions too. */
export function lowerAssignments(lowering: Lowering, nodes: readonly Node[] | undefined, scope: Scope): Assignment[] {
  return (nodes ?? []).flatMap((node): Assignment[] => {
    if (!('ResTarget' in node)) return [];
    const { name = '', val, indirection } = node.ResTarget;
    const subscripts = (indirection ?? []).flatMap((step) =>
      'A_Indices' in step
        ? expressions(lowering, [step.A_Indices.lidx, step.A_Indices.uidx].filter(isPresent), scope)
        : [],
    );
    const value = val === undefined ? [] : [lowering.expression(val, scope)];
    return [...value, ...subscripts].map((expression) => ({ column: name, expression }));
  });
}

const isPresent = (node: Node | undefined): node is Node => node !== undefined;

/** The columns that the outputs of an INSERT source go to, in order. */
export function insertColumns(target: Relation, nodes: readonly Node[] | undefined): readonly string[] {
  if (nodes === undefined || nodes.length === 0) return target.columns.map(({ name }) => name);
  return nodes.map((node) => ('ResTarget' in node ? (node.ResTarget.name ?? '') : ''));
}

/** The values that a source query gives to the columns. */
export function sourceAssignments(columns: readonly string[], source: Query): Assignment[] {
  const { open } = source;
  if (open !== null) return columns.map((name) => ({ column: name, expression: unknown(open) }));
  return source.outputs.map(({ expression }, index) => ({ column: columns[index] ?? '', expression }));
}

/**
 * The target's rows as RETURNING sees them after the write: a column that was assigned something other than a constant
 * holds what was stored or what was assigned, so `INSERT … SELECT ssn … RETURNING k` comes from ssn.
 */
export function writtenRows({ item }: WriteTarget, assignments: readonly Assignment[]): ScopeItem {
  const { relation } = item;
  const values = relation.columns.map(({ name, type }, index): Expression => {
    const stored = column(relation, index);
    const assigned = assignments.filter(({ column: target }) => target === name).map(({ expression }) => expression);
    const parts = assigned.filter(({ kind }) => kind !== 'constant' && kind !== 'parameter');
    return parts.length === 0 ? stored : { kind: 'merged', rule: 'any', parts: [stored, ...parts], type, offset: -1 };
  });
  const written: ComputedRelation = {
    kind: 'computed',
    columns: relation.columns,
    expressions: values,
    open: relation.open,
  };
  return { ...item, relation: written };
}
