import type { FunctionUse } from '@bailiwick/domain';
import type { FuncCall } from '@pgsql/types';
import { isConstant } from '../../lineage/condition.ts';
import { call, unknown } from '../../query-form/build.ts';
import type { Aggregate, Call, Expression, WholeRow } from '../../query-form/expression.ts';
import { lowerCastTo } from './casts.ts';
import { fallibleArguments } from './fallible.ts';
import { expressions, type Lowering, optional, strings } from './lowering.ts';
import { type ResolvedFunction, resolveFunction } from './resolve-function.ts';
import type { Scope } from './scope.ts';
import { lookUpTypeByName, TYPES, underDomains } from './type-names.ts';
import { lowerWindow } from './windows.ts';

/** State functions that do no more than a listed statement would while all arguments are literals or parameters. */
const SAFE_WITH_CONSTANTS = new Set([
  'pg_advisory_unlock_all',
  'pg_try_advisory_xact_lock',
  'pg_try_advisory_xact_lock_shared',
]);

/**
 * State functions whose result tells nothing that is stored: a number drawn, a lock taken, the argument given back.
 * Reading what one of them has kept (currval, current_setting) is another matter.
 */
const RESULT_OF_ARGUMENTS =
  /^(?:nextval|setval|set_config|pg_notify|pg_sleep(?:_for|_until)?|pg_(?:try_)?advisory_\w+|txid_current|pg_current_xact_id)$/;

/** A call by name: function, aggregate, window function, cast written as a call, or column of a row. */
export function lowerFunctionCall(lowering: Lowering, node: FuncCall, scope: Scope): Expression {
  const names = strings(node.funcname);
  const name = names.at(-1) ?? '';
  const schema = names.length > 1 ? (names.at(-2) ?? null) : null;
  const offset = node.location ?? -1;
  const operands = expressions(lowering, node.args, scope);
  const order = expressions(lowering, node.agg_order, scope);
  // Named arguments stand in any order.
  const named = (node.args ?? []).some((argument) => 'NamedArgExpr' in argument);
  const counted = node.agg_within_group ? [...operands, ...order] : operands;
  const resolved = resolveFunction(
    lowering,
    schema,
    name,
    counted.map(({ type }) => type),
  );
  if (resolved === undefined) return notAFunction(lowering, node, names, operands, offset);
  const decorated = node.agg_filter !== undefined || node.over !== undefined || order.length > 0 || node.agg_star;
  if (!resolved.aggregate && !decorated && !node.agg_distinct)
    return functionCall(lowering, resolved, operands, offset, named);
  const aggregate: Aggregate = {
    kind: 'aggregate',
    operands,
    uses: [resolved.use],
    fallible: resolved.use.safe && !named ? fallibleArguments(lowering.catalog, name, counted) : counted,
    filter: optional(lowering, node.agg_filter, scope),
    order,
    distinct: node.agg_distinct ?? false,
    window: node.over === undefined ? null : lowerWindow(lowering, node.over, scope),
    type: resolved.type,
    offset,
  };
  return aggregate;
}

function functionCall(
  lowering: Lowering,
  resolved: ResolvedFunction,
  operands: readonly Expression[],
  offset: number,
  named = false,
): Call {
  const { name, builtin } = resolved.use;
  const short = name.slice(name.indexOf('.') + 1);
  const use = withConstants(lowering, resolved.use, short, operands);
  const details = { syntax: 'function', uses: [use], type: resolved.type, offset } as const;
  if (builtin && short === 'unnest' && operands.every(isSettingList))
    return call(operands, { ...details, fallible: [] });
  return call(operands, {
    ...details,
    fallible: use.safe && !named ? fallibleArguments(lowering.catalog, short, operands) : operands,
    returnsSet: resolved.returnsSet,
    resultOfArguments: builtin && RESULT_OF_ARGUMENTS.test(short),
  });
}

/** Settings kept for a role or database, which pg_dump reads one a row: how many there are is no secret, unlike their values. */
function isSettingList(operand: Expression): boolean {
  if (operand.kind !== 'column' || operand.relation.kind !== 'table') return false;
  const { table, references } = operand.relation;
  const isKept = table.schema === 'pg_catalog' && table.name === 'pg_db_role_setting';
  return isKept && references[operand.index]?.name === 'setconfig';
}

/** `set_config` with three literals is SET; an advisory lock on constants carries no value. */
function withConstants(_: Lowering, use: FunctionUse, name: string, operands: readonly Expression[]): FunctionUse {
  if (!use.builtin || use.safe) return use;
  const literal = name === 'set_config' && operands.every(({ kind }) => kind === 'constant');
  return literal || (SAFE_WITH_CONSTANTS.has(name) && operands.every(isConstant)) ? { ...use, safe: true } : use;
}

/** A function of a relation's row: `c.ident` where `ident` is no column (ParseFuncOrColumn). */
export function callOnRow(lowering: Lowering, name: string, row: WholeRow, offset: number): Expression {
  const resolved = resolveFunction(lowering, null, name, [0]);
  if (resolved !== undefined) return functionCall(lowering, resolved, [row], offset);
  const reason = `no column ${name} is known here`;
  lowering.note('column', reason, offset);
  return unknown(reason, [row], offset);
}

/** `name(row)` for a column of the row, `type(value)` for a cast, or a function that the catalog does not know. */
function notAFunction(
  lowering: Lowering,
  node: FuncCall,
  names: readonly string[],
  operands: readonly Expression[],
  offset: number,
): Expression {
  const [operand] = operands;
  const name = names.at(-1) ?? '';
  const plain = node.agg_filter === undefined && node.over === undefined && !node.agg_star && !node.agg_distinct;
  if (operand !== undefined && operands.length === 1 && plain) {
    const type = lookUpTypeByName(lowering, names.length > 1 ? (names.at(-2) ?? null) : null, name);
    if (type !== undefined) return lowerCastTo(lowering, operand, type, offset);
    if (names.length === 1) {
      const projected = projection(lowering, operand, name, offset);
      if (projected !== undefined) return projected;
    }
  }
  lowering.note('function', `no function ${names.join('.')} with these arguments is known`, offset);
  const use: FunctionUse = { name: names.join('.'), builtin: false, safe: false, volatility: 'unknown' };
  return call(operands, { syntax: 'function', uses: [use], offset, returnsSet: true });
}

/** The column `name` of a row value, where the value may be a row. */
export function projection(lowering: Lowering, base: Expression, name: string, offset: number): Expression | undefined {
  if (base.kind === 'whole-row') {
    const index = base.relation.columns.findIndex((candidate) => candidate.name === name);
    if (index < 0) return undefined;
    return { kind: 'column', relation: base.relation, index, type: base.relation.columns[index]?.type ?? 0, offset };
  }
  const type = base.type === 0 ? undefined : lowering.catalog.typeByOid(base.type);
  if (base.type === TYPES.unknown || (type !== undefined && type.kind !== 'composite' && type.kind !== 'domain')) {
    return undefined;
  }
  const columns = type === undefined ? undefined : lowering.catalog.relationByOid(type.relationOid)?.columns;
  const field = columns?.find((candidate) => candidate.name === name);
  if (columns !== undefined && field === undefined) return undefined;
  return { kind: 'field', base, name, type: field?.typeOid ?? 0, offset };
}

/** The field names of a row value; undefined where its type does not tell them. */
export function fieldNames({ catalog }: Lowering, row: Expression): readonly string[] | undefined {
  if (row.kind === 'whole-row') return row.relation.columns.map(({ name }) => name);
  const type = row.type === 0 ? undefined : underDomains(catalog, row.type);
  return catalog.relationByOid(type?.relationOid ?? 0)?.columns.map(({ name }) => name);
}
