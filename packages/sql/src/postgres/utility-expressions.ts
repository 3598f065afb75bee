import type { ColumnPlace, DataFlow } from '@bailiwick/domain';
import { sourcesOf } from '../lineage/trace.ts';
import type { Analysis } from './analysis.ts';
import { lookUpRelation, nameOf } from './lower/relation-names.ts';
import { childScope, EMPTY_SCOPE, type Scope, scopeItem } from './lower/scope.ts';
import { tableRelation } from './lower/table-relation.ts';
import { tableLabel } from './new-table.ts';
import type { ExpressionPlace, UtilityExpression } from './utility/utility-statement.ts';

/** Values that are computed and kept or passed on are sources; what only has to be true, or only orders, is a predicate. */
const PLACES: Readonly<Record<ExpressionPlace, ColumnPlace>> = {
  argument: 'source',
  default: 'source',
  generated: 'source',
  using: 'source',
  check: 'predicate',
  'domain-check': 'predicate',
  index: 'predicate',
  key: 'predicate',
  partition: 'predicate',
  policy: 'predicate',
  filter: 'predicate',
  'parameter-default': 'source',
};

/** Reads the expressions of a utility statement; the result is what `USING` and generated columns copy. */
export function readExpressions(expressions: readonly UtilityExpression[], analysis: Analysis): readonly DataFlow[] {
  return expressions.flatMap((item): DataFlow[] => {
    const expression = analysis.lowering.expression(item.node, scopeOf(item, analysis));
    analysis.reader.readExpression(expression, PLACES[item.place]);
    if (item.scope === undefined || item.column === undefined) return [];
    const name = `${tableLabel(nameOf(analysis.lowering, item.scope))}.${item.column}`;
    const sources = [...sourcesOf(analysis.tracer.of(expression))].filter(
      (source) => `${tableLabel(source.table)}.${source.name}` !== name,
    );
    return sources.length === 0 ? [] : [{ sources, target: { kind: 'table', name } }];
  });
}

/** The columns of the relation that an expression is about; those of one that is about to be made may be anything. */
function scopeOf({ scope, place }: UtilityExpression, { lowering }: Analysis): Scope {
  if (place === 'domain-check') return openScope('VALUE', 'it is the value that a domain checks');
  if (scope === undefined) return EMPTY_SCOPE;
  const known = lookUpRelation(lowering, scope);
  const name = scope.alias?.aliasname ?? scope.relname ?? '';
  if (known !== undefined) return childScope(null, [scopeItem(tableRelation(lowering, known), name, known.schema)]);
  return openScope(name, `${name} is not a table yet`);
}

/** Any column may be named; none of it is stored. */
const openScope = (name: string, reason: string): Scope =>
  childScope(null, [scopeItem({ kind: 'unknown', columns: [], open: reason, reason }, name)]);
