import {
  type Generation,
  NO_CALLS,
  type Piece,
  type QueryOptions,
  type RandomQuery,
  type Reference,
  references,
  type Scope,
} from './generation.ts';
import { randomSetCall, randomTypes } from './random-expression.ts';
import { type RandomFrom, randomFrom } from './random-from.ts';
import type { Column, Table } from './random-schema.ts';
import { ORDERED, type ValueType } from './value-types.ts';

/** A SELECT, VALUES or set operation of some depth, with WITH, ORDER BY and LIMIT. */
export function randomQuery(g: Generation, scope: Scope, options: QueryOptions): RandomQuery {
  const { choices } = g;
  if (options.depth > 1 && choices.chance(18)) return withQueries(g, scope, options);
  if (options.depth > 0 && choices.chance(12)) return setOperation(g, scope, options);
  if (choices.chance(3)) return valuesQuery(g, scope, options);
  return select(g, scope, options);
}

function select(g: Generation, around: Scope, { depth, place, types }: QueryOptions): RandomQuery {
  const { choices } = g;
  const level: Scope = { sources: [], outer: around, ctes: around.ctes, grouped: null, calls: NO_CALLS };
  const from = choices.chance(4) && depth < 2 ? { sql: '', sources: [] } : randomFrom(g, level, depth);
  const plain: Scope = { ...level, sources: from.sources };
  const where = choices.chance(35) ? ` WHERE ${g.expression(plain, 'bool', 'probe', Math.min(depth, 2)).sql}` : '';
  const grouped = choices.chance(18) ? grouping(g, plain) : null;
  const distinct = grouped === null && choices.chance(7) ? choices.pick(['DISTINCT ', 'ON'] as const) : '';
  const scope: Scope = grouped?.scope ?? { ...plain, calls: { aggregates: false, windows: distinct !== 'ON' } };
  const outputs =
    types === undefined && grouped === null && choices.chance(25)
      ? stars(g, from, distinct === 'DISTINCT ')
      : expressions(
          g,
          scope,
          types ?? randomTypes(g, references(scope, false)),
          distinct === 'DISTINCT ' ? 'probe' : place,
          depth,
        );
  if (outputs.length === 0) return select(g, around, { depth: 0, place, types: types ?? ['int'] });
  const having = grouped !== null && choices.chance(25) ? ` HAVING ${g.expression(scope, 'bool', 'probe', 1).sql}` : '';
  const list = outputs.map(({ sql }) => sql).join(', ');
  const on = distinct === 'ON' ? distinctOn(g, plain) : null;
  const head = on === null ? `SELECT ${distinct === 'ON' ? '' : distinct}` : `SELECT DISTINCT ON (${on}) `;
  const tail = on === null ? ordering(g, scope, outputs, distinct !== '') : ` ORDER BY ${on}`;
  const sql = `${head}${list}${from.sql === '' ? '' : ` FROM ${from.sql}`}${where}${grouped?.sql ?? ''}${having}${tail}`;
  const columns = outputs.flatMap((output) => output.columns);
  return { sql: from.sources.length > 1 && !/LIMIT/.test(tail) ? `${sql} LIMIT 12` : sql, columns };
}

interface Output extends Piece {
  readonly columns: readonly Column[];
  readonly type: ValueType | null;
}

/** Outputs of some types, each under a name, sometimes of its own making. */
function expressions(
  g: Generation,
  scope: Scope,
  types: readonly ValueType[],
  place: 'output' | 'probe',
  depth: number,
): Output[] {
  return types.map((type) => {
    const set = type === 'text' && scope.grouped === null && g.choices.chance(2);
    const { sql, secret } = set
      ? asText(randomSetCall(g, scope, 'probe'))
      : g.expression(scope, type, place, depth + 1);
    const name = g.name('c');
    return { sql: `${sql} AS ${name}`, secret, type, columns: [{ name, type, secret }] };
  });
}

const asText = ({ sql, secret }: Reference): Piece => ({ sql: `(${sql})::text`, secret });

/** `*`, `s.*`, and a column more. Names that come twice are left out of what is known to be there. */
function stars(g: Generation, { sources }: RandomFrom, compared: boolean): Output[] {
  const named = sources.filter(({ alias }) => alias !== null);
  const open = compared ? named.filter(({ columns }) => columns.every(({ secret }) => !secret)) : named;
  const fitting = open.filter(({ columns }) => !compared || columns.every(({ type }) => ORDERED.includes(type)));
  const source = g.choices.pickOr(fitting, () => null);
  if (source === null) return [];
  const all = !compared && named.length === sources.length && g.choices.chance(40);
  const columns = all ? unique(named.flatMap((one) => one.columns)) : source.columns;
  const secret = columns.some((column) => column.secret);
  return [{ sql: all ? '*' : `${source.alias}.*`, secret, type: null, columns }];
}

const unique = (columns: readonly Column[]): readonly Column[] =>
  columns.filter(({ name }) => columns.filter((other) => other.name === name).length === 1);

/** GROUP BY by columns, sets of them, or nothing at all: aggregates over everything. */
function grouping(g: Generation, scope: Scope): { readonly sql: string; readonly scope: Scope } {
  const fitting = references(scope, false).filter(
    ({ type, secret }) => ORDERED.includes(type) && (!secret || g.choices.chance(1)),
  );
  const picked = fitting.length === 0 ? [] : g.choices.several(0, 2, () => g.choices.pick(fitting));
  const keys = [...new Map(picked.map((key) => [key.sql, key])).values()];
  const list = keys.map(({ sql }) => sql).join(', ');
  const form = g.choices.weighted([
    [6, list],
    [1, `ROLLUP (${list})`],
    [1, `CUBE (${list})`],
    [1, `GROUPING SETS (${keys.map(({ sql }) => `(${sql})`).join(', ')}, ())`],
  ]);
  return {
    sql: keys.length === 0 ? '' : ` GROUP BY ${form}`,
    scope: { ...scope, grouped: keys, calls: { aggregates: true, windows: false } },
  };
}

function distinctOn(g: Generation, scope: Scope): string | null {
  const fitting = references(scope, false).filter(({ type, secret }) => !secret && ORDERED.includes(type));
  return g.choices.pickOr<{ sql: string | null }>(fitting, () => ({ sql: null })).sql;
}

function ordering(g: Generation, scope: Scope, outputs: readonly Output[], distinct: boolean): string {
  const { choices } = g;
  const limit = choices.chance(25) ? ` LIMIT ${1 + choices.below(6)}${choices.chance(30) ? ' OFFSET 1' : ''}` : '';
  if (!choices.chance(40)) return limit;
  const exact = outputs.every(({ type }) => type !== null);
  const sortable = outputs.flatMap(({ type, secret }, index) =>
    exact && type !== null && ORDERED.includes(type) && (!secret || choices.chance(2)) ? [`${index + 1}`] : [],
  );
  const free = !distinct && choices.chance(40);
  const by = free
    ? g.expression({ ...scope, calls: NO_CALLS }, choices.pick(['int', 'text', 'date'] as const), 'probe', 1).sql
    : choices.pickOr(sortable, () => null);
  // A number alone is a position.
  if (by === null || (free && /^[-\d() ]+$/.test(by))) return limit;
  const how = choices.pick(['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST', ' USING <']);
  return ` ORDER BY ${free ? `(${by})` : by}${how}${limit}`;
}

function setOperation(g: Generation, scope: Scope, { depth, place, types }: QueryOptions): RandomQuery {
  const operator = g.choices.weighted([
    [5, 'UNION ALL'],
    [1, 'UNION'],
    [1, 'INTERSECT'],
    [1, 'EXCEPT'],
    [1, 'EXCEPT ALL'],
  ]);
  const all = operator === 'UNION ALL';
  const wanted = (types ?? randomTypes(g)).map((type) =>
    all || type !== 'xml' || types !== undefined ? type : 'text',
  );
  const arms = g.choices.several(2, 3, () =>
    g.query(scope, { depth: depth - 1, place: all ? place : 'probe', types: wanted }),
  );
  const columns = (arms[0]?.columns ?? []).map((column, index) => ({
    ...column,
    secret: arms.some((arm) => arm.columns[index]?.secret ?? false),
  }));
  return { sql: arms.map(({ sql }) => `(${sql})`).join(` ${operator} `), columns };
}

function valuesQuery(g: Generation, scope: Scope, { place, types }: QueryOptions): RandomQuery {
  const wanted = types ?? randomTypes(g);
  const around: Scope = { sources: [], outer: scope, ctes: scope.ctes, grouped: null, calls: NO_CALLS };
  const rows = g.choices.several(1, 2, () => wanted.map((type) => g.expression(around, type, place, 1)));
  const columns = wanted.map((type, index) => ({
    ...{ name: `column${index + 1}`, type },
    secret: rows.some((row) => row[index]?.secret ?? false),
  }));
  return { sql: `VALUES ${rows.map((row) => `(${row.map(({ sql }) => sql).join(', ')})`).join(', ')}`, columns };
}

/** WITH, plain, materialised or recursive, around a query that can see it. */
function withQueries(g: Generation, scope: Scope, options: QueryOptions): RandomQuery {
  const recursive = g.choices.chance(30);
  const ctes: Table[] = [];
  const texts = g.choices.several(1, 2, () => {
    const around: Scope = { ...scope, ctes: [...scope.ctes, ...ctes] };
    const { sql, columns, name } = recursive ? recursiveQuery(g, around, options) : plainQuery(g, around, options);
    ctes.push({ name, columns });
    return sql;
  });
  const { sql, columns } = g.query(
    { ...scope, ctes: [...scope.ctes, ...ctes] },
    { ...options, depth: options.depth - 1 },
  );
  const body = /^\(*WITH/.test(sql) ? `SELECT * FROM (${sql}) ${g.name('q')}` : sql;
  return { sql: `WITH ${recursive ? 'RECURSIVE ' : ''}${texts.join(', ')} ${body}`, columns };
}

type Cte = RandomQuery & { readonly name: string };

function plainQuery(g: Generation, scope: Scope, { depth }: QueryOptions): Cte {
  const name = g.name('w');
  const { sql, columns } = g.query(scope, { depth: depth - 1, place: 'output' });
  const how = g.choices.pick(['', 'MATERIALIZED ', 'NOT MATERIALIZED ']);
  return { name, columns, sql: `${name} AS ${how}(${sql})` };
}

/** A counter beside a value that is carried along, changed or not. */
function recursiveQuery(g: Generation, scope: Scope, { depth }: QueryOptions): Cte {
  const name = g.name('w');
  const start = g.query(scope, { depth: depth - 1, place: 'output', types: ['text', 'int'] });
  const columns: Column[] = [
    { name: 'n', type: 'int', secret: false },
    { name: 'x', type: 'text', secret: start.columns.some(({ secret }) => secret) },
    { name: 'y', type: 'int', secret: start.columns.some(({ secret }) => secret) },
  ];
  const own = { alias: 'r', columns };
  const step: Scope = { sources: [own], outer: null, ctes: [], grouped: null, calls: NO_CALLS };
  const [x, y] = [g.expression(step, 'text', 'output', 1), g.expression(step, 'int', 'output', 1)];
  const first = `SELECT 1, q.* FROM (${start.sql}) q`;
  const next = `SELECT r.n + 1, ${x.sql}, ${y.sql} FROM ${name} r WHERE r.n < ${2 + g.choices.below(2)}`;
  const search = g.choices.pick(['', '', ' SEARCH DEPTH FIRST BY n SET path', ' CYCLE n SET seen USING trail']);
  const sql = `${name} (n, x, y) AS (${first} ${g.choices.pick(['UNION ALL', 'UNION ALL', 'UNION'])} ${next})${search}`;
  return { name, columns, sql };
}
