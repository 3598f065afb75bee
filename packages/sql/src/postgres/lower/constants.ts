import type { A_Const, ParamRef, SQLValueFunction, SQLValueFunctionOp } from '@pgsql/types';
import { call, constant } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import { TYPES } from './type-names.ts';

const INTEGER_TEXT = /^-?\d{1,18}$/;

/** A literal with its text and the type that the server first gives it. */
export function lowerConstant(node: A_Const): Expression {
  const offset = node.location ?? -1;
  if (node.isnull) return constant(null, TYPES.unknown, offset);
  if (node.sval !== undefined) return constant(node.sval.sval ?? '', TYPES.unknown, offset);
  if (node.ival !== undefined) return constant(String(node.ival.ival ?? 0), TYPES.integer, offset);
  if (node.boolval !== undefined) return constant(node.boolval.boolval ? 'true' : 'false', TYPES.boolean, offset);
  if (node.bsval !== undefined) return constant(node.bsval.bsval ?? '', TYPES.bit, offset);
  const digits = node.fval?.fval ?? '';
  return constant(digits, INTEGER_TEXT.test(digits) ? TYPES.bigint : TYPES.numeric, offset);
}

/** `$n`: a literal of no type yet, so that comparison takes the other operand's. */
export const lowerParameter = (node: ParamRef): Expression => ({
  kind: 'parameter',
  number: node.number ?? 0,
  type: TYPES.unknown,
  offset: node.location ?? -1,
});

const VALUE_TYPES: Partial<Record<SQLValueFunctionOp, number>> = {
  SVFOP_CURRENT_DATE: TYPES.date,
  SVFOP_CURRENT_TIMESTAMP: TYPES.timestamptz,
  SVFOP_CURRENT_TIMESTAMP_N: TYPES.timestamptz,
  SVFOP_CURRENT_ROLE: TYPES.name,
  SVFOP_CURRENT_USER: TYPES.name,
  SVFOP_USER: TYPES.name,
  SVFOP_SESSION_USER: TYPES.name,
  SVFOP_CURRENT_CATALOG: TYPES.name,
  SVFOP_CURRENT_SCHEMA: TYPES.name,
};

/** CURRENT_DATE, CURRENT_USER and the like: of the clock or the session, of no column. */
export function lowerValueFunction(node: SQLValueFunction): Expression {
  const type = node.op === undefined ? 0 : (VALUE_TYPES[node.op] ?? 0);
  return call([], { type, offset: node.location ?? -1 });
}
