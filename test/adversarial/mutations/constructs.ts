import type { ColumnPlace, StatementFacts } from '@bailiwick/domain';
import type { Expression, Query, Relation } from '@bailiwick/sql';

/** A construct of SQL whose lineage can be taken away: what the analysis makes of it, without what it reads. */
export interface Construct {
  readonly name: string;
  /** In place of the expression that a node of the parse tree was lowered to. */
  readonly expression?: (node: string, lowered: Expression) => Expression;
  /** In place of a query that was lowered. */
  readonly query?: (lowered: Query) => Query;
  /** In place of the facts of a statement. */
  readonly facts?: (facts: StatementFacts) => StatementFacts;
}

/** A value that comes from nowhere. */
const nothing = ({ type, offset }: Expression): Expression => ({ kind: 'constant', value: null, type, offset });

const node = (name: string, kind: string): Construct => ({
  name,
  expression: (found, lowered) => (found === kind ? nothing(lowered) : lowered),
});

const expression = (name: string, isMeant: (lowered: Expression) => boolean): Construct => ({
  name,
  expression: (_, lowered) => (isMeant(lowered) ? nothing(lowered) : lowered),
});

/** Parts of an expression are forgotten, the rest is kept. */
const part = (name: string, forget: (lowered: Expression) => Expression): Construct => ({
  name,
  expression: (_, lowered) => forget(lowered),
});

/** A clause of SELECT is not read. */
const clause = (name: string, without: Partial<Extract<Query, { kind: 'select' }>>): Construct => ({
  name,
  query: (lowered) => (lowered.kind === 'select' ? { ...lowered, ...without } : lowered),
});

/** Columns of some relations come from nowhere, named or by a star. */
function columnsOf(name: string, isMeant: (relation: Relation) => boolean): Construct {
  const forget = (lowered: Expression): Expression => {
    if (lowered.kind === 'merged') return { ...lowered, parts: lowered.parts.map(forget) };
    return lowered.kind === 'column' && isMeant(behind(lowered.relation, lowered.index)) ? nothing(lowered) : lowered;
  };
  return {
    name,
    expression: (_, lowered) => forget(lowered),
    query: (lowered) => ({
      ...lowered,
      outputs: lowered.outputs.map((output) => ({ ...output, expression: forget(output.expression) })),
    }),
  };
}

/** Arguments decide how many rows come, so that they are read apart from the columns. */
const functionColumns = columnsOf('function in FROM', ({ kind }) => kind === 'function');
const functionsInFrom: Construct = {
  ...functionColumns,
  query: (lowered) => {
    const forgot = functionColumns.query?.(lowered) ?? lowered;
    if (forgot.kind !== 'select') return forgot;
    return { ...forgot, relations: forgot.relations.filter(({ kind }) => kind !== 'function') };
  },
};

/** The relation that a column of a join comes from. */
function behind(relation: Relation, index: number): Relation {
  if (relation.kind !== 'computed') return relation;
  const origin = relation.expressions[index];
  return origin?.kind === 'column' ? behind(origin.relation, origin.index) : relation;
}

const outputs = (name: string, forget: (lowered: Query) => Query['outputs']): Construct => ({
  name,
  query: (lowered) => ({ ...lowered, outputs: forget(lowered) }),
});

const firstOnly = (lowered: Expression): Expression =>
  lowered.kind === 'merged' ? { ...lowered, parts: lowered.parts.slice(0, 1) } : lowered;

const place = (name: string, meant: ColumnPlace): Construct => ({
  name,
  facts: (facts) => ({ ...facts, columns: facts.columns.filter((use) => use.place !== meant) }),
});

/**
 * A statement that passes the facts of another on. EXECUTE and FETCH are not among them: what they return is judged by what
 * was prepared or declared, whatever is understood of themselves.
 */
const statement = (name: string, command: string): Construct => ({
  name,
  facts: (facts) =>
    facts.command !== command
      ? facts
      : {
          ...facts,
          columns: [],
          outputsUnknown: false,
          outputs: facts.outputs?.map((output) => ({ ...output, lineage: { kind: 'derived', sources: [] } })) ?? null,
        },
});

/** Everything that the check takes away, one at a time. */
export const CONSTRUCTS: readonly Construct[] = [
  node('column reference', 'ColumnRef'),
  node('operator', 'A_Expr'),
  node('AND, OR, NOT', 'BoolExpr'),
  node('cast', 'TypeCast'),
  node('COLLATE', 'CollateClause'),
  node('CASE', 'CaseExpr'),
  node('COALESCE', 'CoalesceExpr'),
  node('GREATEST, LEAST', 'MinMaxExpr'),
  node('ROW', 'RowExpr'),
  node('ARRAY', 'A_ArrayExpr'),
  node('field or subscript', 'A_Indirection'),
  node('subquery in an expression', 'SubLink'),
  node('IS NULL', 'NullTest'),
  node('IS TRUE', 'BooleanTest'),
  node('named argument', 'NamedArgExpr'),
  node('JSON_OBJECT', 'JsonObjectConstructor'),
  node('JSON_ARRAY', 'JsonArrayConstructor'),
  node('JSON_ARRAY of a query', 'JsonArrayQueryConstructor'),
  node('JSON_VALUE, JSON_QUERY, JSON_EXISTS', 'JsonFuncExpr'),
  node('JSON_SCALAR', 'JsonScalarExpr'),
  node('JSON()', 'JsonParseExpr'),
  node('JSON_SERIALIZE', 'JsonSerializeExpr'),
  node('IS JSON', 'JsonIsPredicate'),
  node('JSON_OBJECTAGG', 'JsonObjectAgg'),
  node('JSON_ARRAYAGG', 'JsonArrayAgg'),
  node('XMLELEMENT and its kin', 'XmlExpr'),
  node('XMLSERIALIZE', 'XmlSerialize'),
  expression('function call', ({ kind }) => kind === 'call'),
  expression('aggregate', (lowered) => lowered.kind === 'aggregate' && lowered.window === null),
  expression('window function', (lowered) => lowered.kind === 'aggregate' && lowered.window !== null),
  expression('whole row', ({ kind }) => kind === 'whole-row'),
  expression('scalar subquery', (lowered) => lowered.kind === 'subquery' && lowered.form === 'scalar'),
  expression('EXISTS', (lowered) => lowered.kind === 'subquery' && lowered.form === 'exists'),
  expression('IN of a query', (lowered) => lowered.kind === 'subquery' && lowered.form === 'comparison'),
  expression('ARRAY of a query', (lowered) => lowered.kind === 'subquery' && lowered.form === 'array'),
  part('conditions of CASE', (lowered) => (lowered.kind === 'case' ? { ...lowered, conditions: [] } : lowered)),
  part('results of CASE', (lowered) => (lowered.kind === 'case' ? { ...lowered, results: [] } : lowered)),
  part('FILTER', (lowered) => (lowered.kind === 'aggregate' ? { ...lowered, filter: null } : lowered)),
  part('ORDER BY in an aggregate', (lowered) => (lowered.kind === 'aggregate' ? { ...lowered, order: [] } : lowered)),
  part('OVER', (lowered) =>
    lowered.kind === 'aggregate' && lowered.window !== null
      ? { ...lowered, window: { partition: [], order: [], bounds: [] } }
      : lowered,
  ),
  part('all arguments but the first', (lowered) =>
    lowered.kind === 'call' ? { ...lowered, operands: lowered.operands.slice(0, 1) } : lowered,
  ),
  part('arguments that may make a call fail', (lowered) =>
    lowered.kind === 'call' || lowered.kind === 'aggregate' ? { ...lowered, fallible: [] } : lowered,
  ),
  clause('WHERE', { where: null }),
  clause('ON and USING', { joins: [] }),
  clause('GROUP BY', { grouping: [] }),
  clause('HAVING', { having: null }),
  clause('DISTINCT', { distinct: 'all' }),
  clause('ORDER BY', { ordering: [] }),
  clause('LIMIT and OFFSET', { limits: [] }),
  columnsOf('subquery in FROM', ({ kind }) => kind === 'query'),
  columnsOf('WITH', ({ kind }) => kind === 'cte'),
  columnsOf('recursive WITH', (relation) => relation.kind === 'cte' && relation.cte.recursive),
  functionsInFrom,
  columnsOf('view', (relation) => relation.kind === 'table' && relation.definition !== null),
  outputs('all arms of a set operation but the first', (lowered) =>
    lowered.kind === 'set-operation'
      ? lowered.outputs.map((output) => ({ ...output, expression: firstOnly(output.expression) }))
      : lowered.outputs,
  ),
  outputs('all rows of VALUES but the first', (lowered) =>
    lowered.kind === 'values'
      ? lowered.outputs.map((output) => ({ ...output, expression: firstOnly(output.expression) }))
      : lowered.outputs,
  ),
  {
    name: 'comparison of whole rows by a set operation',
    query: (lowered) => (lowered.kind === 'set-operation' ? { ...lowered, compares: false } : lowered),
  },
  place('predicates', 'predicate'),
  place('joins', 'join'),
  place('grouping', 'grouping'),
  place('ordering', 'ordering'),
  place('evaluation', 'evaluation'),
  statement('COPY', 'COPY'),
  statement('EXPLAIN', 'EXPLAIN'),
];
