import type { ColumnDef, Constraint, Node, PartitionBoundSpec, RangeVar } from '@pgsql/types';
import { namesIn, rangesIn, relationsOf } from './tree-nodes.ts';
import type { ExpressionPlace, UtilityExpression, UtilityRelation } from './utility-statement.ts';

/** What parts of a table's definition name and compute. */
export interface Parts {
  readonly relations: readonly UtilityRelation[];
  readonly expressions: readonly UtilityExpression[];
}

const NO_PARTS: Parts = { relations: [], expressions: [] };

export const joinParts = (parts: readonly Parts[]): Parts => ({
  relations: parts.flatMap(({ relations }) => relations),
  expressions: parts.flatMap(({ expressions }) => expressions),
});

/** Columns, constraints, LIKE clauses and parents of a table. `scope` is undefined for a domain. */
export function partsOfElements(elements: readonly Node[] | undefined, scope: RangeVar | undefined): Parts {
  return joinParts(
    (elements ?? []).map((element) => {
      if ('ColumnDef' in element) return partsOfColumn(element.ColumnDef, scope);
      if ('Constraint' in element) return partsOfConstraint(element.Constraint, scope, undefined);
      if ('TableLikeClause' in element)
        return { relations: relationsOf('read', [element.TableLikeClause.relation]), expressions: [] };
      return NO_PARTS;
    }),
  );
}

export function partsOfColumn({ colname, raw_default, constraints }: ColumnDef, scope: RangeVar | undefined): Parts {
  return joinParts([
    expressionParts('default', raw_default, scope, colname),
    ...(constraints ?? []).map((constraint) =>
      'Constraint' in constraint ? partsOfConstraint(constraint.Constraint, scope, colname) : NO_PARTS,
    ),
  ]);
}

export function partsOfConstraint(
  constraint: Constraint,
  scope: RangeVar | undefined,
  column: string | undefined,
): Parts {
  const { contype, raw_expr, where_clause, exclusions, pktable, keys, fk_attrs, pk_attrs } = constraint;
  const place = placeOf(contype, scope);
  return joinParts([
    { relations: relationsOf('read', [pktable]), expressions: [] },
    expressionParts(place, raw_expr, scope, place === 'generated' || place === 'default' ? column : undefined),
    partsOfKeys('index', exclusions, scope),
    expressionParts('index', where_clause, scope),
    ...[...namesIn(keys), ...namesIn(fk_attrs)].map((name) => columnParts(name, scope)),
    ...namesIn(pk_attrs).map((name) => columnParts(name, pktable)),
    ...(column !== undefined && KEYS.has(contype) ? [columnParts(column, scope)] : []),
  ]);
}

/** Constraints that look at all values of the column that they are written behind. */
const KEYS: ReadonlySet<Constraint['contype']> = new Set<Constraint['contype']>([
  'CONSTR_FOREIGN',
  'CONSTR_NOTNULL',
  'CONSTR_PRIMARY',
  'CONSTR_UNIQUE',
]);

/** A column whose values decide whether the statement succeeds. */
export function columnParts(name: string | undefined, scope: RangeVar | undefined): Parts {
  if (name === undefined || scope === undefined) return NO_PARTS;
  return expressionParts('key', { ColumnRef: { fields: [{ String: { sval: name } }] } }, scope);
}

/** Longer than any name of a column, so that it means the row. */
const ROW_NAME = 'row'.repeat(32);

/** A relation of whose columns some, nobody says which, decide whether the statement succeeds: the key of its new parent. */
export function rowParts(scope: RangeVar | undefined): Parts {
  if (scope?.relname === undefined) return NO_PARTS;
  const row = { ...scope, alias: { aliasname: ROW_NAME } };
  return expressionParts('key', { ColumnRef: { fields: [{ String: { sval: ROW_NAME } }] } }, row);
}

function placeOf(contype: Constraint['contype'], scope: RangeVar | undefined): ExpressionPlace {
  if (contype === 'CONSTR_GENERATED') return 'generated';
  if (contype === 'CONSTR_DEFAULT') return 'default';
  return scope === undefined ? 'domain-check' : 'check';
}

/** Keys of an index, an exclusion, statistics or a partitioned table: those that are expressions. */
export function partsOfKeys(
  place: 'index' | 'partition',
  keys: readonly Node[] | undefined,
  scope: RangeVar | undefined,
): Parts {
  return joinParts(
    (keys ?? []).map((key) => {
      if ('List' in key) return partsOfKeys(place, key.List.items, scope);
      if ('IndexElem' in key) return expressionParts(place, key.IndexElem.expr, scope);
      if ('PartitionElem' in key) return expressionParts(place, key.PartitionElem.expr, scope);
      return 'StatsElem' in key ? expressionParts(place, key.StatsElem.expr, scope) : NO_PARTS;
    }),
  );
}

/** FOR VALUES: constant expressions, computed now. */
export function partsOfBound(bound: PartitionBoundSpec | undefined): Parts {
  const { listdatums = [], lowerdatums = [], upperdatums = [] } = bound ?? {};
  const values = [...listdatums, ...lowerdatums, ...upperdatums].filter((node) => !isEndOfRange(node));
  return joinParts(values.map((node) => expressionParts('partition', node, undefined)));
}

/** Parents of a table: reading them reads the child from now on. */
export const partsOfParents = (parents: readonly Node[] | undefined): Parts => ({
  relations: relationsOf('write', rangesIn(parents)),
  expressions: [],
});

export function expressionParts(
  place: ExpressionPlace,
  node: Node | undefined,
  scope: RangeVar | undefined,
  column?: string,
): Parts {
  if (node === undefined) return NO_PARTS;
  const where = { ...(scope === undefined ? {} : { scope }), ...(column === undefined ? {} : { column }) };
  return { relations: [], expressions: [{ node, place, ...where }] };
}

/** MINVALUE and MAXVALUE, which the grammar takes for columns. */
function isEndOfRange(node: Node): boolean {
  if (!('ColumnRef' in node)) return false;
  const [name, more] = namesIn(node.ColumnRef.fields);
  return more === undefined && (name === 'minvalue' || name === 'maxvalue');
}
