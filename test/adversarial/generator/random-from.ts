import { EMPTY_SCOPE, type Generation, NO_CALLS, referencesTo, type Scope, type Source } from './generation.ts';
import { randomSetCall } from './random-expression.ts';
import type { Column, Table } from './random-schema.ts';
import { literal, ORDERED, type ValueType } from './value-types.ts';

/** FROM and what it makes visible. `sql` is empty for no FROM. */
export interface RandomFrom {
  readonly sql: string;
  readonly sources: readonly Source[];
}

interface Item {
  readonly sql: string;
  readonly source: Source;
}

/** Up to three things joined in any way. */
export function randomFrom(g: Generation, scope: Scope, depth: number): RandomFrom {
  const first = randomItem(g, scope, [], depth);
  let from: RandomFrom = { sql: first.sql, sources: [first.source] };
  const more = g.choices.weighted([
    [5, 0],
    [4, 1],
    [depth > 1 ? 1 : 0, 2],
  ]);
  for (let joined = 1; joined <= more; joined++) from = join(g, scope, from, depth, joined === more);
  return from;
}

/** A table by one of the ways to write its name, a WITH query, a subquery, VALUES, or a function. */
function randomItem(g: Generation, scope: Scope, before: readonly Source[], depth: number): Item {
  const alias = g.name('s');
  const kind = g.choices.below(100);
  if (kind < 55 || depth <= 0) return named(g, scope, alias);
  if (kind < 75) return subquery(g, scope, before, alias, depth);
  if (kind < 83) return values(g, alias);
  return call(g, scope, before, alias);
}

function named(g: Generation, { ctes }: Scope, alias: string): Item {
  if (ctes.length > 0 && g.choices.chance(45)) {
    const { name, columns } = g.choices.pick(ctes);
    return { sql: `${name} AS ${alias}`, source: { alias, columns } };
  }
  const table = g.choices.pick(g.tables);
  const { name } = table;
  const written = g.choices.weighted([
    [6, name],
    [2, `public.${name}`],
    [1, `"${name}"`],
    [1, `world.public.${name}`],
    [1, `ONLY ${name}`],
    [1, `U&"\\00${name.charCodeAt(0).toString(16)}${name.slice(1)}"`],
    [table.isView === true ? 0 : 1, `${name} TABLESAMPLE SYSTEM (100) REPEATABLE (1)`],
  ]);
  if (written.includes('TABLESAMPLE'))
    return { sql: sampled(written, alias), source: { alias, columns: table.columns } };
  if (g.choices.chance(12)) return renamed(written, table, alias);
  return { sql: `${written} AS ${alias}`, source: { alias, columns: table.columns } };
}

const sampled = (written: string, alias: string): string => written.replace(' TABLESAMPLE', ` AS ${alias} TABLESAMPLE`);

/** With other names for its first columns, the second being that of the third. */
function renamed(written: string, { columns }: Table, alias: string): Item {
  const names = columns.slice(0, 3).map((_, index) => `${alias}_${index}`);
  const all = columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
  return { sql: `${written} AS ${alias} (${names.join(', ')})`, source: { alias, columns: all } };
}

function subquery(g: Generation, scope: Scope, before: readonly Source[], alias: string, depth: number): Item {
  const lateral = before.length > 0 && g.choices.chance(50);
  const around = lateral
    ? { ...scope, sources: before, grouped: null }
    : { ...EMPTY_SCOPE, ctes: scope.ctes, outer: scope.outer };
  const { sql, columns } = g.query(lateral ? around : hidden(around), { depth: depth - 1, place: 'output' });
  const other = columns.map((column, index) => ({ ...column, name: `${alias}_${index}` }));
  const rename = g.choices.chance(30);
  const list = rename ? ` (${other.map(({ name }) => name).join(', ')})` : '';
  const source = { alias, columns: rename ? other : columns };
  return { sql: `${lateral ? 'LATERAL ' : ''}(${sql}) AS ${alias}${list}`, source };
}

/** A level that offers nothing of its own. */
const hidden = (scope: Scope): Scope => ({ ...scope, sources: [], grouped: null, calls: NO_CALLS });

function values(g: Generation, alias: string): Item {
  const types = g.choices.several(1, 3, () => g.choices.pick(['int', 'text', 'date'] as const));
  const rows = g.choices.several(1, 3, () => `(${types.map((type) => literal(type, g.choices)).join(', ')})`);
  const columns = types.map((type, index): Column => ({ name: `v${index}`, type, secret: false }));
  const list = columns.map(({ name }) => name).join(', ');
  return { sql: `(VALUES ${rows.join(', ')}) AS ${alias} (${list})`, source: { alias, columns } };
}

function call(g: Generation, scope: Scope, before: readonly Source[], alias: string): Item {
  const around: Scope = { ...scope, sources: before, grouped: null, calls: NO_CALLS };
  const { sql, type, secret } = randomSetCall(g, around, 'probe');
  if (g.choices.chance(20)) return table(g, around, alias);
  const own = /::date$/.test(sql) ? `unnest(ARRAY[${literal('date', g.choices)}])` : sql;
  const numbered = g.choices.chance(25);
  const columns: Column[] = [{ name: 'x', type, secret }];
  if (numbered) columns.push({ name: 'o', type: 'bigint', secret: false });
  const list = columns.map(({ name }) => name).join(', ');
  return { sql: `${own}${numbered ? ' WITH ORDINALITY' : ''} AS ${alias} (${list})`, source: { alias, columns } };
}

/** JSON_TABLE, XMLTABLE, ROWS FROM: rows out of one value. */
function table(g: Generation, scope: Scope, alias: string): Item {
  const columns: Column[] = [
    { name: 'x', type: 'text', secret: false },
    { name: 'y', type: 'int', secret: false },
  ];
  const value = (type: ValueType): string => g.expression(scope, type, 'probe', 1).sql;
  const sql = g.choices.pick([
    () => `ROWS FROM (unnest(${value('text[]')}), generate_series(1, ${value('int')} % 4)) AS ${alias} (x, y)`,
    () => `unnest(${value('text[]')}, ${value('int[]')}) AS ${alias} (x, y)`,
    () => `JSON_TABLE(${value('jsonb')}, '$' COLUMNS (x text PATH '$.k', y int PATH '$.n')) AS ${alias}`,
    () => `XMLTABLE('/m' PASSING ${value('xml')} COLUMNS x text PATH 'text()', y int PATH '@n') AS ${alias}`,
    () => `jsonb_to_record(${value('jsonb')} - 'a') AS ${alias} (x text, y int)`,
  ] as const)();
  return { sql, source: { alias, columns } };
}

function join(g: Generation, scope: Scope, left: RandomFrom, depth: number, last: boolean): RandomFrom {
  const right = randomItem(g, scope, left.sources, depth - 1);
  const sources = [...left.sources, right.source];
  const kind = g.choices.pick([
    'JOIN',
    'CROSS',
    'LEFT JOIN',
    ',',
    'USING',
    'NATURAL',
    'RIGHT JOIN',
    'FULL JOIN',
  ] as const);
  const dependent = /^(?:LATERAL|ROWS FROM)/.test(right.sql) || /^[a-z_]+\(/i.test(right.sql);
  // Joins bind closer than commas do.
  if (kind === ',' && last) return { sql: `${left.sql}, ${right.sql}`, sources };
  if (kind === 'CROSS' || kind === ',') return { sql: `${left.sql} CROSS JOIN ${right.sql}`, sources };
  if (kind === 'USING' || kind === 'NATURAL') return merge(g, left, right, kind === 'NATURAL');
  const turned = dependent && kind !== 'JOIN' ? 'LEFT JOIN' : kind;
  const keys = equality(g, left.sources, right.source);
  if (turned === 'FULL JOIN' || g.choices.chance(60))
    return { sql: `${left.sql} ${turned} ${right.sql} ON ${keys ?? 'true'}`, sources };
  const inside: Scope = { ...scope, sources, grouped: null, calls: NO_CALLS };
  return { sql: `${left.sql} ${turned} ${right.sql} ON ${g.expression(inside, 'bool', 'probe', 1).sql}`, sources };
}

function equality(g: Generation, left: readonly Source[], right: Source): string | null {
  const pairs = left.flatMap(referencesTo).flatMap((one) =>
    referencesTo(right)
      .filter(({ type, secret }) => type === one.type && ORDERED.includes(type) && secret === one.secret)
      .map((other) => ({ sql: `${one.sql} = ${other.sql}`, secret: one.secret })),
  );
  const open = g.choices.chance(3) ? pairs : pairs.filter(({ secret }) => !secret);
  return g.choices.pickOr<{ sql: string | null }>(open, () => ({ sql: null })).sql;
}

/** USING and NATURAL: their columns are one, and can be named without the tables. */
function merge(g: Generation, left: RandomFrom, { sql, source }: Item, natural: boolean): RandomFrom {
  const found = left.sources.flatMap(({ columns }) => columns);
  const once = source.columns.filter(({ name }) => found.filter((column) => column.name === name).length === 1);
  const fitting = once.filter((column) =>
    found.some((other) => other.name === column.name && isSame(column.type, other.type)),
  );
  const names = natural
    ? once.length === fitting.length
      ? once
      : []
    : fitting.filter(({ secret }) => !secret || g.choices.chance(3)).slice(0, 1 + g.choices.below(2));
  const sources = [...left.sources, source];
  if (names.length === 0) return { sql: `${left.sql} CROSS JOIN ${sql}`, sources };
  const merged: Source = {
    alias: null,
    columns: names.map((column) => ({ ...column, secret: isSecret(found, column) })),
  };
  const kind = g.choices.pick(['', 'LEFT ', 'RIGHT ', 'FULL ', 'INNER ']);
  const side = /^(?:LATERAL|ROWS FROM|[a-z_]+\()/i.test(sql) ? '' : kind;
  if (natural) return { sql: `${left.sql} NATURAL ${side}JOIN ${sql}`, sources: [...sources, merged] };
  const using = `USING (${names.map(({ name }) => name).join(', ')})`;
  return { sql: `${left.sql} ${side}JOIN ${sql} ${using}`, sources: [...sources, merged] };
}

const isSame = (one: ValueType, other: ValueType): boolean => one === other;
const isSecret = (found: readonly Column[], { name, secret }: Column): boolean =>
  secret || found.some((column) => column.name === name && column.secret);
