import type {
  JsonAggConstructor,
  JsonArrayAgg,
  JsonArrayConstructor,
  JsonArrayQueryConstructor,
  JsonFuncExpr,
  JsonIsPredicate,
  JsonKeyValue,
  JsonObjectAgg,
  JsonObjectConstructor,
  JsonParseExpr,
  JsonScalarExpr,
  JsonSerializeExpr,
  JsonValueExpr,
  Node,
  XmlExpr,
  XmlSerialize,
} from '@pgsql/types';
import { call, constant } from '../../query-form/build.ts';
import type { Aggregate, Expression } from '../../query-form/expression.ts';
import { type Lowering, optional } from './lowering.ts';
import type { Scope } from './scope.ts';
import { TYPES, underDomains } from './type-names.ts';
import { lowerWindow } from './windows.ts';

/** SQL/JSON and XML constructors and queries: computed from their operands by the server's own code alone. */
function construct(
  lowering: Lowering,
  nodes: readonly (Node | undefined)[],
  scope: Scope,
  type: number,
  { total = false } = {},
): Expression {
  const operands = present(nodes).map((node) => lowering.expression(node, scope));
  return call(operands, { type, fallible: total ? [] : operands });
}

const present = (nodes: readonly (Node | undefined)[]): Node[] => nodes.filter((node) => node !== undefined);

/** A value with FORMAT. */
export const lowerJsonValue = (lowering: Lowering, node: JsonValueExpr, scope: Scope): Expression =>
  optional(lowering, node.raw_expr, scope) ?? constant(null);

/** `key: value`. */
export const lowerJsonKeyValue = (lowering: Lowering, node: JsonKeyValue, scope: Scope): Expression =>
  construct(lowering, [node.key, node.value?.raw_expr], scope, 0);

/** JSON_EXISTS, JSON_QUERY, JSON_VALUE: context, path, PASSING and the defaults. */
export function lowerJsonFunction(lowering: Lowering, node: JsonFuncExpr, scope: Scope): Expression {
  const passing = (node.passing ?? []).map((item) => ('JsonArgument' in item ? item.JsonArgument.val?.raw_expr : item));
  const parts = [node.context_item?.raw_expr, node.pathspec, ...passing, node.on_empty?.expr, node.on_error?.expr];
  return construct(lowering, parts, scope, 0);
}

/** JSON_OBJECT. */
export const lowerJsonObject = (lowering: Lowering, node: JsonObjectConstructor, scope: Scope): Expression =>
  construct(lowering, node.exprs ?? [], scope, 0);

/** JSON_ARRAY over values. */
export const lowerJsonArray = (lowering: Lowering, node: JsonArrayConstructor, scope: Scope): Expression =>
  construct(lowering, node.exprs ?? [], scope, 0, { total: true });

/** JSON_ARRAY over a query. */
export function lowerJsonArrayQuery(lowering: Lowering, node: JsonArrayQueryConstructor, scope: Scope): Expression {
  if (node.query === undefined) return constant(null);
  const query = lowering.query(node.query, scope);
  return {
    kind: 'subquery',
    form: 'array',
    query,
    output: 0,
    operands: [],
    uses: [],
    fallible: false,
    type: 0,
    offset: -1,
  };
}

/** JSON(), JSON_SCALAR(), JSON_SERIALIZE(), IS JSON. */
export const lowerJsonParse = (lowering: Lowering, node: JsonParseExpr | JsonSerializeExpr, scope: Scope): Expression =>
  construct(lowering, [node.expr?.raw_expr], scope, 0);

/** JSON_SCALAR(). */
export const lowerJsonScalar = (lowering: Lowering, node: JsonScalarExpr, scope: Scope): Expression =>
  construct(lowering, [node.expr], scope, TYPES.json, { total: true });

/** `value IS JSON`. */
export const lowerJsonPredicate = (lowering: Lowering, node: JsonIsPredicate, scope: Scope): Expression =>
  construct(lowering, [node.expr], scope, TYPES.boolean, { total: true });

/** JSON_OBJECTAGG. */
export const lowerJsonObjectAggregate = (lowering: Lowering, node: JsonObjectAgg, scope: Scope): Expression =>
  aggregate(lowering, node.constructor, [node.arg?.key, node.arg?.value?.raw_expr], scope);

/** JSON_ARRAYAGG. */
export const lowerJsonArrayAggregate = (lowering: Lowering, node: JsonArrayAgg, scope: Scope): Expression =>
  aggregate(lowering, node.constructor, [node.arg?.raw_expr], scope);

function aggregate(
  lowering: Lowering,
  details: JsonAggConstructor | undefined,
  nodes: readonly (Node | undefined)[],
  scope: Scope,
): Aggregate {
  const order = (details?.agg_order ?? []).map((node) => lowering.expression(node, scope));
  const operands = present(nodes).map((node) => lowering.expression(node, scope));
  return {
    kind: 'aggregate',
    operands,
    uses: [],
    // A key that is null makes it fail; what has no key takes anything.
    fallible: operands.length > 1 ? operands : [],
    filter: optional(lowering, details?.agg_filter, scope),
    order,
    distinct: false,
    window: details?.over === undefined ? null : lowerWindow(lowering, details.over, scope),
    type: 0,
    offset: details?.location ?? -1,
  };
}

/** XMLELEMENT, XMLFOREST, XMLCONCAT, XMLPARSE, XMLPI, XMLROOT, IS DOCUMENT. */
export function lowerXml(lowering: Lowering, node: XmlExpr, scope: Scope): Expression {
  const named = (node.named_args ?? [])
    .map((item) => ('ResTarget' in item ? item.ResTarget.val : item))
    .filter((item) => item !== undefined);
  const type = node.op === 'IS_DOCUMENT' ? TYPES.boolean : TYPES.xml;
  const operands = [...named, ...present(node.args ?? [])].map((item) => lowering.expression(item, scope));
  const total =
    ONLY_LOOKING.has(node.op ?? '') ||
    (ESCAPING.has(node.op ?? '') &&
      operands.every((operand) => HAS_XML.has(underDomains(lowering.catalog, operand.type)?.oid ?? 0)));
  return call(operands, { type, fallible: total ? [] : operands });
}

const ONLY_LOOKING = new Set<string>(['IS_DOCUMENT', 'IS_XMLCONCAT']);
/** They escape what they are given, but have no way to write dates without end. */
const ESCAPING = new Set<string>(['IS_XMLELEMENT', 'IS_XMLFOREST']);
const HAS_XML = new Set<number>([
  TYPES.text,
  TYPES.name,
  TYPES.unknown,
  1042,
  1043,
  TYPES.xml,
  TYPES.integer,
  TYPES.numeric,
]);

/** XMLSERIALIZE. */
export const lowerXmlSerialize = (lowering: Lowering, node: XmlSerialize, scope: Scope): Expression =>
  construct(lowering, [node.expr], scope, TYPES.text);
