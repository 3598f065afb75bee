import { AGGREGATES, ORDERED_SETS, SET_CALLS, WINDOW_CALLS } from './aggregate-calls.ts';
import {
  type Generation,
  NO_CALLS,
  type Piece,
  type Place,
  type Reference,
  references,
  type Scope,
} from './generation.ts';
import { SCALAR_CALLS } from './scalar-calls.ts';
import type { Template, Templates } from './templates.ts';
import { literal, ORDERED, VALUE_TYPES, type ValueType } from './value-types.ts';

/** In how many of a hundred cases a secret column is taken where one fits: probes are refused, and should not be all. */
const SECRET_PERCENT: Readonly<Record<Place, number>> = { output: 60, probe: 6 };

type Kind = (g: Generation, scope: Scope, type: ValueType, place: Place, depth: number) => Piece;

/** An expression of a type. */
export function randomExpression(g: Generation, scope: Scope, type: ValueType, place: Place, depth: number): Piece {
  if (depth <= 0) return column(g, scope, type, place, 0);
  return g.choices.weighted(KINDS)(g, scope, type, place, depth - 1);
}

/** A column of the type where there is one, else a literal. */
const column: Kind = (g, scope, type, place) => {
  const known = references(scope, g.choices.chance(15));
  const same = known.filter((reference) => reference.type === type);
  const fitting = same.length === 0 && type === 'text' && g.choices.chance(60) ? known.map(asText) : same;
  const open = fitting.filter(({ secret }) => !secret);
  const wanted = g.choices.chance(SECRET_PERCENT[place]) ? fitting.filter(({ secret }) => secret) : open;
  const offered = place === 'output' && open.length === 0 ? fitting : open;
  const found = g.choices.pickOr<Piece>(wanted.length > 0 ? wanted : offered, () => constant(g, scope, type, place, 0));
  return g.choices.chance(6) && scope.grouped === null ? asField(g, found) : found;
};

/** `s.c` as a field of the row, which `c(s)` is another way to write. */
function asField(g: Generation, { sql, secret }: Piece): Piece {
  const [, source, name] = /^(\w+)\.(\w+)$/.exec(sql) ?? [];
  if (source === undefined || name === undefined) return { sql, secret };
  return { sql: g.choices.pick([`(${source}).${name}`, `${name}(${source})`]), secret };
}

const asText = (reference: Reference): Reference => ({ ...reference, sql: `(${reference.sql})::text`, type: 'text' });

const constant: Kind = (g, _, type) => {
  const value = literal(type, g.choices);
  const quoted = /^'([^']*)'$/.exec(value);
  if (g.parameters !== null && quoted !== null && g.choices.chance(70)) {
    g.parameters.push(quoted[1] ?? '');
    return { sql: `$${g.parameters.length}::${type}`, secret: false };
  }
  if (g.choices.chance(6)) return { sql: `NULL::${type}`, secret: false };
  return { sql: type === 'text' ? `${value}::text` : value, secret: false };
};

/** Fills a template's operands in. */
function filled(g: Generation, scope: Scope, { parts, operands }: Template, place: Place, depth: number): Piece {
  const values = operands.map((operand) => g.expression(scope, operand, place, depth));
  const sql = parts.map((part, index) => part + (values[index]?.sql ?? '')).join('');
  return { sql, secret: values.some(({ secret }) => secret) };
}

const call: Kind = (g, scope, type, place, depth) => {
  const template = g.choices.pickOr<Template | null>(SCALAR_CALLS.get(type) ?? [], () => null);
  if (template === null) return column(g, scope, type, place, 0);
  const { sql, secret } = filled(g, scope, template, place, depth);
  return { sql: `(${sql})`, secret };
};

const searchedCase: Kind = (g, scope, type, place, depth) => {
  const conditionPlace = g.choices.chance(10) ? place : 'probe';
  const branches = g.choices.several(1, 2, () => [
    g.expression(scope, 'bool', conditionPlace, depth),
    g.expression(scope, type, place, depth),
  ]) as [Piece, Piece][];
  const last = g.choices.chance(70) ? g.expression(scope, type, place, depth) : null;
  const arms = branches.map(([when, then]) => `WHEN ${when.sql} THEN ${then.sql}`).join(' ');
  const all = [...branches.flat(), ...(last === null ? [] : [last])];
  return {
    sql: `(CASE ${arms}${last === null ? '' : ` ELSE ${last.sql}`} END)`,
    secret: all.some(({ secret }) => secret),
  };
};

const simpleCase: Kind = (g, scope, type, place, depth) => {
  const subject = g.expression(scope, 'int', 'probe', depth);
  const [then, last] = [g.expression(scope, type, place, depth), g.expression(scope, type, place, depth)];
  return {
    sql: `(CASE ${subject.sql} WHEN 1 THEN ${then.sql} ELSE ${last.sql} END)`,
    secret: subject.secret || then.secret || last.secret,
  };
};

const choice: Kind = (g, scope, type, place, depth) => {
  const names = ORDERED.includes(type) ? ['COALESCE', 'NULLIF', 'GREATEST', 'LEAST'] : ['COALESCE'];
  const name = g.choices.pick(names);
  const [one, other] = [g.expression(scope, type, place, depth), g.expression(scope, type, place, depth)];
  return { sql: `${name}(${one.sql}, ${other.sql})`, secret: one.secret || other.secret };
};

const scalarSubquery: Kind = (g, scope, type, place, depth) => {
  const { sql, columns } = g.query(scope, { depth: depth - 1, place, types: [type] });
  const one = /LIMIT \d+(?: OFFSET 1)?$/.test(sql) ? `SELECT * FROM (${sql}) ${g.name('q')} LIMIT 1` : `${sql} LIMIT 1`;
  return { sql: `(${one})`, secret: columns.some(({ secret }) => secret) };
};

const arrayOfSubquery: Kind = (g, scope, type, place, depth) => {
  const element = type === 'text[]' ? 'text' : 'int';
  if (type !== 'text[]' && type !== 'int[]') return scalarSubquery(g, scope, type, place, depth);
  const { sql, columns } = g.query(scope, { depth: depth - 1, place, types: [element] });
  return { sql: `ARRAY(${sql})`, secret: columns.some(({ secret }) => secret) };
};

/** A row of something in FROM, as one value. */
const wholeRow: Kind = (g, scope, type, place) => {
  const rows = scope.grouped === null ? scope.sources.filter(({ alias }) => alias !== null) : [];
  const allowed = place === 'output' || g.choices.chance(SECRET_PERCENT.probe);
  const fitting = rows.filter(({ columns }) => allowed || columns.every(({ secret }) => !secret));
  const source = g.choices.pickOr(fitting, () => null);
  const forms: Partial<Record<ValueType, readonly string[]>> = {
    text: ['(#::text)', 'concat(#)', 'to_jsonb(#)::text', 'row_to_json(#)::text', "format('%s', #)", 'ROW(#.*)::text'],
    jsonb: ['to_jsonb(#)', 'jsonb_build_array(#)', 'row_to_json(#.*)::jsonb', 'to_jsonb(ARRAY[#])'],
    int: ['num_nulls(#.*)', 'length(#::text)'],
    bool: ['(# IS NULL)', '(# = #)', '(# IS NOT DISTINCT FROM #)'],
    xml: ['xmlelement(name r, #::text)'],
  };
  const form = g.choices.pickOr(forms[type] ?? [], () => null);
  if (source === null || form === null) return column(g, scope, type, place, 0);
  const sql = form.replaceAll('#', source.alias ?? '');
  return { sql, secret: source.columns.some(({ secret }) => secret) };
};

/** A condition that asks a query. */
const condition: Kind = (g, scope, type, place, depth) => {
  if (type !== 'bool') return call(g, scope, type, place, depth);
  const form = g.choices.below(5);
  if (form === 0) {
    const { sql } = g.query(scope, { depth: depth - 1, place });
    return { sql: `${g.choices.chance(30) ? 'NOT ' : ''}EXISTS (${sql})`, secret: false };
  }
  const compared = g.choices.pick(['int', 'text', 'date', 'numeric'] as const);
  const left = g.expression(scope, compared, place, depth);
  const { sql, columns } = g.query(scope, { depth: depth - 1, place, types: [compared] });
  const operator = g.choices.pick(['IN', 'NOT IN', '= ANY', '<> ALL', '>= SOME']);
  return { sql: `(${left.sql} ${operator} (${sql}))`, secret: left.secret || columns.some(({ secret }) => secret) };
};

/** Around a value without changing it, or from its text and back. */
const wrapped: Kind = (g, scope, type, place, depth) => {
  const { sql, secret } = g.expression(scope, type, place, depth);
  const form = g.choices.below(4);
  if (form === 0) return { sql: `(${sql})`, secret };
  if (form === 1) return { sql: `CAST(${sql} AS ${type})`, secret };
  if (form === 2) return { sql: `(${sql}::text)::${type}`, secret };
  return { sql: `(ARRAY[${sql}])[1]`, secret };
};

/** An aggregate or a window function where the scope allows one, with FILTER and OVER. */
const aggregate: Kind = (g, scope, type, place, depth) => {
  const { aggregates, windows } = scope.calls;
  const inside: Scope = { ...scope, grouped: aggregates ? null : scope.grouped, calls: NO_CALLS };
  const around: Scope = { ...scope, calls: NO_CALLS };
  const kinds: [number, Templates][] = [];
  if (aggregates) kinds.push([4, AGGREGATES], [1, ORDERED_SETS]);
  else if (windows) kinds.push([2, WINDOW_CALLS], [2, AGGREGATES]);
  if (kinds.length === 0) return call(g, scope, type, place, depth);
  const templates = g.choices.weighted(kinds);
  const template = g.choices.pickOr<Template | null>(templates.get(type) ?? [], () => null);
  if (template === null) return call(g, scope, type, place, depth);
  const probing = template.parts.some((part) => /DISTINCT|ORDER BY/.test(part));
  const value = filled(g, inside, template, probing ? 'probe' : place, Math.min(depth, 1));
  const bare = /\)$/.test(template.parts.at(-1) ?? '');
  const filters = bare && templates !== WINDOW_CALLS && g.choices.chance(20);
  const filter = filters ? ` FILTER (WHERE ${g.expression(inside, 'bool', 'probe', 1).sql})` : '';
  if (!aggregates && (probing || !bare)) return column(g, scope, type, place, 0);
  const over = aggregates || templates === ORDERED_SETS ? '' : ` OVER ${window(g, around)}`;
  return { sql: `(${value.sql}${filter}${over})`, secret: value.secret };
};

function window(g: Generation, scope: Scope): string {
  const by = (words: string): string =>
    `${words} ${g.expression(scope, g.choices.pick(['int', 'text', 'date'] as const), 'probe', 1).sql}`;
  const partition = g.choices.chance(60) ? by('PARTITION BY') : '';
  const order = g.choices.chance(60) ? by(' ORDER BY') : '';
  const frames = ['', ' ROWS BETWEEN 1 PRECEDING AND CURRENT ROW', ' ROWS UNBOUNDED PRECEDING'];
  const frame = order === '' ? '' : g.choices.pick([...frames, ' GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING']);
  return `(${partition}${order}${frame})`;
}

const KINDS: readonly (readonly [number, Kind])[] = [
  [26, column],
  [5, constant],
  [32, call],
  [12, aggregate],
  [7, wholeRow],
  [5, searchedCase],
  [2, simpleCase],
  [4, choice],
  [4, scalarSubquery],
  [2, arrayOfSubquery],
  [4, condition],
  [4, wrapped],
];

/** A call that gives rows of one column. */
export function randomSetCall(g: Generation, scope: Scope, place: Place): Reference {
  const type = g.choices.pick([...SET_CALLS.keys()]);
  const template = g.choices.pick(SET_CALLS.get(type) ?? []);
  return { ...filled(g, { ...scope, calls: NO_CALLS }, template, place, 1), type };
}

/** Types for the columns of a query, mostly those that there are values of. */
export const randomTypes = (g: Generation, known: readonly Reference[] = []): readonly ValueType[] =>
  g.choices.several(1, 4, () =>
    g.choices.chance(35)
      ? g.choices.pick(VALUE_TYPES)
      : g.choices.pickOr<{ type: ValueType }>(known, () => ({ type: g.choices.pick(['text', 'int'] as const) })).type,
  );
