import type { Call, Column, Constant, Expression } from '../query-form/expression.ts';
import type { Query } from '../query-form/query.ts';
import { SET_CONFIG } from './data-flows.ts';

/**
 * `SELECT set_config(name, 'value', false) FROM pg_settings WHERE name = 'setting'`, as pg_dump sets what older servers
 * do not have: with the name that the condition leaves, and nothing else. The server compares these names byte for byte.
 */
export function withSettingNamed(query: Query): Query {
  if (query.kind !== 'select' || query.where === null) return query;
  const filter = settingFilter(query.where);
  if (filter === null) return query;
  const outputs = query.outputs.map((output) => ({ ...output, expression: named(output.expression, filter) }));
  return { ...query, outputs };
}

interface SettingFilter {
  readonly column: Column;
  readonly name: Constant;
}

function settingFilter(where: Expression): SettingFilter | null {
  if (where.kind !== 'call' || where.comparison !== 'equality' || where.uses.length > 0) return null;
  const [column, name] = where.operands;
  if (column?.kind !== 'column' || name?.kind !== 'constant') return null;
  const { relation, index } = column;
  if (relation.kind !== 'table' || relation.references[index]?.name !== 'name') return null;
  const { schema, name: table } = relation.table;
  return schema === 'pg_catalog' && table === 'pg_settings' ? { column, name } : null;
}

function named(output: Expression, { column, name }: SettingFilter): Expression {
  if (output.kind !== 'call' || output.uses[0]?.name !== SET_CONFIG) return output;
  const [first, ...rest] = output.operands;
  const isColumn = first?.kind === 'column' && first.relation === column.relation && first.index === column.index;
  if (!isColumn || !rest.every(({ kind }) => kind === 'constant')) return output;
  const call: Call = { ...output, operands: [name, ...rest], uses: output.uses.map((use) => ({ ...use, safe: true })) };
  return call;
}
