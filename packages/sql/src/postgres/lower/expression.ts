import type { Node } from '@pgsql/types';
import { call, constant, unknown } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import { lowerFunctionCall } from './calls.ts';
import { lowerCast, lowerCollate } from './casts.ts';
import { lowerColumnReference } from './column-reference.ts';
import { lowerConstant, lowerParameter, lowerValueFunction } from './constants.ts';
import {
  lowerArray,
  lowerCase,
  lowerChoice,
  lowerGroupingFunction,
  lowerIndirection,
  lowerRow,
  lowerSortBy,
} from './constructs.ts';
import {
  lowerJsonArray,
  lowerJsonArrayAggregate,
  lowerJsonArrayQuery,
  lowerJsonFunction,
  lowerJsonKeyValue,
  lowerJsonObject,
  lowerJsonObjectAggregate,
  lowerJsonParse,
  lowerJsonPredicate,
  lowerJsonScalar,
  lowerJsonValue,
  lowerXml,
  lowerXmlSerialize,
} from './json-and-xml.ts';
import { expressions, type Lowering, optional } from './lowering.ts';
import { lowerLogic, lowerOperator, lowerTest } from './operators.ts';
import type { Scope } from './scope.ts';
import { lowerMultiAssign, lowerSubLink } from './subqueries.ts';
import { TYPES } from './type-names.ts';

type KeyOf<N> = N extends N ? keyof N : never;
/** The names of the parser's node types. */
export type NodeKind = KeyOf<Node>;
/** The node of a type. */
export type NodeOf<K extends NodeKind> = Extract<Node, Record<K, unknown>>[K];

type Handlers = { readonly [K in NodeKind]?: (lowering: Lowering, node: NodeOf<K>, scope: Scope) => Expression };

/** Every expression node that is understood. What is not here is unknown, and unknown is regulated (law 1). */
const HANDLERS: Handlers = {
  A_Const: (_, node) => lowerConstant(node),
  ParamRef: (_, node) => lowerParameter(node),
  SQLValueFunction: (_, node) => lowerValueFunction(node),
  SetToDefault: () => constant(null),
  MergeSupportFunc: () => constant(null, TYPES.text),
  CurrentOfExpr: () => call([], { type: TYPES.boolean }),
  ColumnRef: lowerColumnReference,
  FuncCall: lowerFunctionCall,
  NamedArgExpr: (lowering, node, scope) => optional(lowering, node.arg, scope) ?? constant(null),
  TypeCast: lowerCast,
  CollateClause: lowerCollate,
  A_Expr: lowerOperator,
  BoolExpr: lowerLogic,
  NullTest: lowerTest,
  BooleanTest: lowerTest,
  CaseExpr: lowerCase,
  CoalesceExpr: lowerChoice,
  MinMaxExpr: lowerChoice,
  RowExpr: lowerRow,
  A_ArrayExpr: lowerArray,
  A_Indirection: lowerIndirection,
  GroupingFunc: lowerGroupingFunction,
  GroupingSet: (lowering, node, scope) => call(expressions(lowering, node.content, scope)),
  SortBy: lowerSortBy,
  List: (lowering, node, scope) => call(expressions(lowering, node.items, scope)),
  SubLink: lowerSubLink,
  MultiAssignRef: lowerMultiAssign,
  JsonValueExpr: lowerJsonValue,
  JsonKeyValue: lowerJsonKeyValue,
  JsonFuncExpr: lowerJsonFunction,
  JsonObjectConstructor: lowerJsonObject,
  JsonArrayConstructor: lowerJsonArray,
  JsonArrayQueryConstructor: lowerJsonArrayQuery,
  JsonParseExpr: lowerJsonParse,
  JsonSerializeExpr: lowerJsonParse,
  JsonScalarExpr: lowerJsonScalar,
  JsonIsPredicate: lowerJsonPredicate,
  JsonObjectAgg: lowerJsonObjectAggregate,
  JsonArrayAgg: lowerJsonArrayAggregate,
  XmlExpr: lowerXml,
  XmlSerialize: lowerXmlSerialize,
};

const dispatch = new Map<string, (lowering: Lowering, node: never, scope: Scope) => Expression>(
  Object.entries(HANDLERS),
);

/** Lowers one expression node by the table above. */
export function lowerExpression(lowering: Lowering, node: Node, scope: Scope): Expression {
  const [kind, value] = Object.entries(node)[0] ?? ['nothing', undefined];
  const handler = dispatch.get(kind);
  if (handler !== undefined) return handler(lowering, value as never, scope);
  lowering.note('construct', `the construct ${kind} is not known`);
  return unknown(`the construct ${kind} is not known`);
}
