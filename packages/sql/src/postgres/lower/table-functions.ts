import type { JsonTable, JsonTableColumn, Node, RangeFunction, RangeTableFunc } from '@pgsql/types';
import type { CatalogFunction } from '../../catalog/catalog.ts';
import { call } from '../../query-form/build.ts';
import type { Expression } from '../../query-form/expression.ts';
import type { FunctionRelation, RelationColumn } from '../../query-form/relation.ts';
import { type Lowering, strings } from './lowering.ts';
import { outputName } from './output-name.ts';
import { resolveFunction } from './resolve-function.ts';
import { type Scope, type ScopeItem, scopeItem } from './scope.ts';
import { aliasColumns, renamed } from './table-relation.ts';
import { lookUpType, TYPES, underDomains } from './type-names.ts';

/** The columns of one function in FROM; null: one scalar column, named by its alias; `open`: not exactly known. */
type Shape = { readonly columns: readonly RelationColumn[] | null; readonly open: string | null };

/** `f(…)`, ROWS FROM (…), WITH ORDINALITY. */
export function lowerRangeFunction(lowering: Lowering, node: RangeFunction, scope: Scope): ScopeItem {
  const alias = node.alias?.aliasname ?? null;
  const parts = (node.functions ?? []).flatMap((item) => ('List' in item ? eachArray(item.List.items ?? []) : []));
  const alone = parts.length === 1;
  const calls: Expression[] = [];
  const columns: RelationColumn[] = [];
  let open: string | null = null;
  for (const [functionNode, definitions] of parts) {
    if (functionNode === undefined) continue;
    const lowered = lowering.expression(functionNode, scope);
    const written = definitionsOf(definitions) ?? (alone ? node.coldeflist : undefined);
    const shape = written === undefined ? shapeOf(lowering, functionNode, lowered) : declared(lowering, written);
    const scalarName = alone && alias !== null ? alias : outputName(functionNode);
    calls.push(lowered);
    columns.push(...(shape.columns ?? [{ name: scalarName, type: lowered.type }]));
    open ??= shape.open;
  }
  if (node.ordinality) columns.push({ name: 'ordinality', type: TYPES.bigint });
  const relation: FunctionRelation = { kind: 'function', calls, columns, open };
  const [first] = parts[0] ?? [];
  return scopeItem(
    renamed(relation, aliasColumns(node.alias)),
    alias ?? (first === undefined ? null : outputName(first)),
  );
}

/** `unnest(a, b)` in FROM stands for ROWS FROM (unnest(a), unnest(b)) (transformRangeFunction, parse_clause.c). */
function eachArray(part: readonly Node[]): readonly (readonly Node[])[] {
  const [node] = part;
  if (node === undefined || !('FuncCall' in node)) return [part];
  const { funcname, args = [], func_variadic: variadic } = node.FuncCall;
  const names = strings(funcname);
  if (names.length !== 1 || names[0] !== 'unnest' || args.length < 2 || variadic === true) return [part];
  return args.map((arg) => [{ FuncCall: { ...node.FuncCall, args: [arg] } }]);
}

function definitionsOf(node: Node | undefined): readonly Node[] | undefined {
  return node !== undefined && 'List' in node && (node.List.items?.length ?? 0) > 0 ? node.List.items : undefined;
}

function declared(lowering: Lowering, nodes: readonly Node[]): Shape {
  const columns = nodes.flatMap((node) => ('ColumnDef' in node ? [node.ColumnDef] : []));
  return {
    columns: columns.map(({ colname, typeName }) => ({
      name: colname ?? '',
      type: lookUpType(lowering, typeName)?.oid ?? 0,
    })),
    open: null,
  };
}

/** What columns a function gives, by its OUT parameters or its result type; several overloads must agree. */
function shapeOf(lowering: Lowering, node: Node, lowered: Expression): Shape {
  if (!('FuncCall' in node)) return { columns: null, open: null };
  const names = strings(node.FuncCall.funcname);
  const schema = names.length > 1 ? (names.at(-2) ?? null) : null;
  const types = lowered.kind === 'call' ? lowered.operands.map(({ type }) => type) : [];
  const candidates = resolveFunction(lowering, schema, names.at(-1) ?? '', types)?.candidates ?? [];
  const shapes = candidates.map((candidate) => shapeOfFunction(lowering, candidate, types));
  const [first, ...others] = shapes;
  const known = JSON.stringify(first);
  if (first !== undefined && others.every((shape) => JSON.stringify(shape) === known)) return first;
  return { columns: [], open: `the columns of the function ${names.join('.')} are not known` };
}

const RECORD = 2249;

function shapeOfFunction(lowering: Lowering, candidate: CatalogFunction, types: readonly number[]): Shape {
  const { outputNames, returnType } = candidate;
  if (outputNames !== null && outputNames.length > 0) {
    if (outputNames.length > 1 || returnType === RECORD) {
      return { columns: outputNames.map((name) => ({ name, type: 0 })), open: null };
    }
    return { columns: [{ name: outputNames[0] ?? '', type: returnType }], open: null };
  }
  const oid = POLYMORPHIC.has(returnType) ? polymorphicArgument(lowering, candidate, types) : returnType;
  const type = underDomains(lowering.catalog, oid);
  if (type !== undefined && type.kind !== 'composite' && type.kind !== 'pseudo') return { columns: null, open: null };
  if (type === undefined && oid !== 0) return { columns: [], open: `the type of ${candidate.name} is not known` };
  const relation = type?.kind === 'composite' ? lowering.catalog.relationByOid(type.relationOid) : undefined;
  if (relation === undefined) {
    const scalar = type?.kind === 'pseudo' && oid !== RECORD && !POLYMORPHIC.has(oid);
    return scalar
      ? { columns: null, open: null }
      : { columns: [], open: `the columns of ${candidate.name} are not known` };
  }
  return { columns: relation.columns.map(({ name, typeOid }) => ({ name, type: typeOid })), open: null };
}

const POLYMORPHIC = new Set([2277, 2283, 2776, 3500, 3831, 4537, 5077, 5078, 5079, 5080]);

/** The type that a polymorphic result takes from an argument, 0 where it cannot be told. */
function polymorphicArgument(
  { catalog }: Lowering,
  { argumentTypes, returnType }: CatalogFunction,
  types: readonly number[],
): number {
  for (const [index, parameter] of argumentTypes.entries()) {
    const type = types[index] ?? 0;
    if (type === 0 || type === TYPES.unknown) continue;
    if (parameter === returnType) return type;
    const element = catalog.typeByOid(type)?.elementOid ?? 0;
    if ((parameter === 2277 || parameter === 5078) && element !== 0) return element;
  }
  return 0;
}

/** XMLTABLE. */
export function lowerXmlTable(lowering: Lowering, node: RangeTableFunc, scope: Scope): ScopeItem {
  const columnNodes = (node.columns ?? []).flatMap((item) =>
    'RangeTableFuncCol' in item ? [item.RangeTableFuncCol] : [],
  );
  const namespaces = (node.namespaces ?? []).map((item) => ('ResTarget' in item ? item.ResTarget.val : item));
  const parts = [node.docexpr, node.rowexpr, ...namespaces];
  for (const { colexpr, coldefexpr } of columnNodes) parts.push(colexpr, coldefexpr);
  const columns = columnNodes.map(({ colname, typeName }) => ({
    name: colname ?? '',
    type: lookUpType(lowering, typeName)?.oid ?? 0,
  }));
  return constructed(lowering, parts, columns, node.alias, 'xmltable', scope);
}

/** JSON_TABLE; nested columns follow in the order in which they are written. */
export function lowerJsonTable(lowering: Lowering, node: JsonTable, scope: Scope): ScopeItem {
  const columnNodes = flattened(node.columns);
  const passing = (node.passing ?? []).map((item) => ('JsonArgument' in item ? item.JsonArgument.val?.raw_expr : item));
  const defaults = columnNodes.flatMap(({ on_empty, on_error }) => [on_empty?.expr, on_error?.expr]);
  const parts = [node.context_item?.raw_expr, ...passing, node.on_error?.expr, ...defaults];
  const columns = columnNodes.map(({ name, typeName }) => ({
    name: name ?? '',
    type: lookUpType(lowering, typeName)?.oid ?? 0,
  }));
  return constructed(lowering, parts, columns, node.alias, 'json_table', scope);
}

const flattened = (nodes: readonly Node[] | undefined): JsonTableColumn[] =>
  (nodes ?? []).flatMap((node) => {
    if (!('JsonTableColumn' in node)) return [];
    const { JsonTableColumn: column } = node;
    return column.coltype === 'JTC_NESTED' ? flattened(column.columns) : [column];
  });

function constructed(
  lowering: Lowering,
  parts: readonly (Node | undefined)[],
  columns: readonly RelationColumn[],
  alias: JsonTable['alias'],
  name: string,
  scope: Scope,
): ScopeItem {
  const operands = parts.filter((node) => node !== undefined).map((node) => lowering.expression(node, scope));
  const relation: FunctionRelation = {
    kind: 'function',
    calls: [call(operands, { returnsSet: true })],
    columns,
    open: null,
  };
  return scopeItem(renamed(relation, aliasColumns(alias)), alias?.aliasname ?? name);
}
