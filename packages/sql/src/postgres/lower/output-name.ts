import type { Node, SelectStmt, SQLValueFunctionOp, TypeName, XmlExprOp } from '@pgsql/types';
import { strings } from './lowering.ts';

/** A name and how good it is: a weak one (of a cast's type) gives way to a better one further in. */
interface Figured {
  readonly name: string;
  readonly strength: 1 | 2;
}

const strong = (name: string): Figured => ({ name, strength: 2 });

const XML_NAMES: Partial<Record<XmlExprOp, string>> = {
  IS_XMLCONCAT: 'xmlconcat',
  IS_XMLELEMENT: 'xmlelement',
  IS_XMLFOREST: 'xmlforest',
  IS_XMLPARSE: 'xmlparse',
  IS_XMLPI: 'xmlpi',
  IS_XMLROOT: 'xmlroot',
};

const JSON_NAMES = { JSON_EXISTS_OP: 'json_exists', JSON_QUERY_OP: 'json_query', JSON_VALUE_OP: 'json_value' } as const;

/** Node types that always give the same name. */
const FIXED: Readonly<Record<string, string>> = {
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
};

/** The name that the server gives an output column without AS (FigureColname, parse_target.c). */
export const outputName = (node: Node | undefined): string => figure(node)?.name ?? '?column?';

const last = (nodes: readonly Node[] | undefined): Figured | undefined => {
  const name = strings(nodes).at(-1);
  return name === undefined ? undefined : strong(name);
};

function figure(node: Node | undefined): Figured | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) return last(node.ColumnRef.fields);
  if ('A_Indirection' in node) return last(node.A_Indirection.indirection) ?? figure(node.A_Indirection.arg);
  if ('FuncCall' in node) return last(node.FuncCall.funcname);
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined;
  if ('TypeCast' in node) return betterThan(figure(node.TypeCast.arg), typeName(node.TypeCast.typeName));
  if ('CollateClause' in node) return figure(node.CollateClause.arg);
  if ('SubLink' in node) return subquery(node.SubLink.subLinkType, node.SubLink.subselect);
  if ('CaseExpr' in node) return betterThan(figure(node.CaseExpr.defresult), { name: 'case', strength: 1 });
  if ('MinMaxExpr' in node) return strong(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest');
  if ('SQLValueFunction' in node) return valueFunction(node.SQLValueFunction.op);
  if ('XmlExpr' in node) {
    const name = node.XmlExpr.op === undefined ? undefined : XML_NAMES[node.XmlExpr.op];
    return name === undefined ? undefined : strong(name);
  }
  if ('JsonFuncExpr' in node) {
    const { op } = node.JsonFuncExpr;
    return op === undefined || op === 'JSON_TABLE_OP' ? undefined : strong(JSON_NAMES[op]);
  }
  const fixed = FIXED[Object.keys(node)[0] ?? ''];
  return fixed === undefined ? undefined : strong(fixed);
}

const betterThan = (inner: Figured | undefined, weak: Figured | undefined): Figured | undefined =>
  inner?.strength === 2 ? inner : (weak ?? inner);

function typeName(node: TypeName | undefined): Figured | undefined {
  const name = strings(node?.names).at(-1);
  return name === undefined ? undefined : { name, strength: 1 };
}

function valueFunction(op: SQLValueFunctionOp | undefined): Figured | undefined {
  return op === undefined ? undefined : strong(op.replace('SVFOP_', '').replace(/_N$/, '').toLowerCase());
}

function subquery(type: string | undefined, query: Node | undefined): Figured | undefined {
  if (type === 'EXISTS_SUBLINK') return strong('exists');
  if (type === 'ARRAY_SUBLINK') return strong('array');
  if (type !== 'EXPR_SUBLINK' || query === undefined || !('SelectStmt' in query)) return undefined;
  let select: SelectStmt = query.SelectStmt;
  while (select.larg !== undefined && select.op !== undefined && select.op !== 'SETOP_NONE') select = select.larg;
  const target = select.targetList?.[0];
  if (target !== undefined && 'ResTarget' in target) {
    return strong(target.ResTarget.name ?? outputName(target.ResTarget.val));
  }
  return select.valuesLists === undefined ? undefined : strong('column1');
}
