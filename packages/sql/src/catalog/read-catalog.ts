import { createHash, type Hash } from 'node:crypto';
import type { Clock } from '@bailiwick/domain';
import type {
  Catalog,
  CatalogCast,
  CatalogColumn,
  CatalogFunction,
  CatalogOperator,
  CatalogRelation,
  CatalogSource,
  CatalogType,
  RelationKind,
} from './catalog.ts';
import * as queries from './catalog-queries.ts';
import { type CatalogContent, MemoryCatalog } from './memory-catalog.ts';
import { parseSearchPath } from './search-path.ts';

type Row = readonly (string | null)[];
type Query = (sql: string) => Promise<readonly Row[]>;

/** The oldest major version whose catalog these queries were run against. */
const SERVER_VERSION_MIN = 150_000;

/**
 * Reads a snapshot of a PostgreSQL database's names (15 and newer), in one read-only transaction that leaves the
 * source's settings as they were. The source may have any search_path; one that has emptied its own hides what
 * postgresql.conf sets, and the default path is then the stored one or PostgreSQL's own. Rejects when a query fails.
 */
export async function readPostgresCatalog(source: CatalogSource, clock: Clock): Promise<Catalog> {
  await source.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const readAt = clock.now();
    const hash = createHash('sha256');
    const content = await readContent(async (sql) => digested(await source.query(sql), hash));
    await source.query('COMMIT');
    return new MemoryCatalog(content, hash.digest('hex'), readAt);
  } catch (error) {
    // The source may be of no more use: what went wrong first is what counts.
    await source.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

function digested(rows: readonly Row[], hash: Hash): readonly Row[] {
  hash.update(`${rows.length}\n`);
  for (const row of rows) hash.update(JSON.stringify(row));
  return rows;
}

async function readContent(query: Query): Promise<CatalogContent> {
  const [server] = await query(queries.SERVER);
  const [version, database, user, ownPath] = server ?? [];
  const serverVersion = Number(version);
  if (!(serverVersion >= SERVER_VERSION_MIN)) throw new Error('PostgreSQL 15 or newer is needed');
  await query(queries.EMPTY_SEARCH_PATH);
  const path = ownPath || ((await query(queries.STORED_SEARCH_PATH))[0]?.[0] ?? '"$user", public');
  const checks = await readChecks(query);
  return {
    serverVersion,
    database: text(database),
    user: text(user),
    defaultSearchPath: parseSearchPath(path.replace(/^search_path=/, '')),
    schemas: (await query(queries.SCHEMAS)).map(([name]) => text(name)),
    relations: await readRelations(query, checks.ofColumns),
    functions: (await query(queries.FUNCTIONS)).map(functionOf),
    operators: (await query(queries.OPERATORS)).map(operatorOf),
    types: await readTypes(query, checks.ofDomains),
    casts: (await query(queries.CASTS)).map(castOf),
  };
}

/** CHECK constraints by column, as `relation.attnum`, and by domain. */
interface Checks {
  readonly ofColumns: ReadonlyMap<string, readonly string[]>;
  readonly ofDomains: ReadonlyMap<string, readonly string[]>;
}

async function readChecks(query: Query): Promise<Checks> {
  const rows = await query(queries.CHECKS);
  const by = (keyOf: (row: Row) => string): ReadonlyMap<string, readonly string[]> => {
    const groups = new Map<string, string[]>();
    for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), text(row[3])]);
    return groups;
  };
  return {
    ofColumns: by(([relation, attnum]) => `${text(relation)}.${attnum ?? ''}`),
    ofDomains: by(([, , domain]) => text(domain)),
  };
}

const checksIn = (checks: readonly string[] | undefined): { readonly checks?: readonly string[] } =>
  checks === undefined ? {} : { checks };

async function readRelations(query: Query, checks: Checks['ofColumns']): Promise<readonly CatalogRelation[]> {
  const rows = await query(queries.RELATIONS);
  const columns = grouped(await query(queries.COLUMNS), (row) => ({
    ...columnOf(row),
    ...checksIn(checks.get(`${text(row[0])}.${text(row[2])}`)),
  }));
  const parents = grouped(await query(queries.PARENTS), ([, parent]) => Number(parent));
  const active = withAncestors(
    rows.filter((row) => row[5] === 't').map(([oid]) => Number(oid)),
    parents,
  );
  return rows.map(([oid, schema, name, kind, definition, , system]) => ({
    oid: Number(oid),
    schema: text(schema),
    name: text(name),
    kind: relationKind(kind),
    columns: columns.get(Number(oid)) ?? [],
    definition: definition ?? null,
    parents: parents.get(Number(oid)) ?? [],
    hasTriggersOrRules: active.has(Number(oid)),
    system: system === 't',
  }));
}

/** A write to a parent is a write to its children: their triggers are its own. */
function withAncestors(oids: readonly number[], parents: ReadonlyMap<number, readonly number[]>): ReadonlySet<number> {
  const reached = new Set<number>();
  const waiting = [...oids];
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    if (reached.has(oid)) continue;
    reached.add(oid);
    waiting.push(...(parents.get(oid) ?? []));
  }
  return reached;
}

async function readTypes(query: Query, checks: Checks['ofDomains']): Promise<readonly CatalogType[]> {
  const rows = await query(queries.TYPES);
  const labels = grouped(await query(queries.ENUM_LABELS), ([, label]) => text(label));
  return rows.map(([oid, schema, name, kind, relation, element, base, notNull, modifier]) => ({
    oid: Number(oid),
    schema: text(schema),
    name: text(name),
    kind: typeKind(kind),
    relationOid: Number(relation),
    elementOid: Number(element),
    baseOid: Number(base),
    typeModifier: Number(modifier ?? -1),
    enumLabels: labels.get(Number(oid)) ?? [],
    ...(notNull === 't' ? { notNull: true } : {}),
    ...checksIn(checks.get(text(oid))),
  }));
}

const columnOf = ([, name, attnum, type, notNull, generated, modifier]: Row): CatalogColumn => ({
  name: text(name),
  attnum: Number(attnum),
  typeOid: Number(type),
  typeModifier: Number(modifier ?? -1),
  notNull: notNull === 't',
  generatedFrom: generated ?? null,
});

function functionOf(row: Row): CatalogFunction {
  const [oid, schema, name, kind, types, variadic, defaults, returnType, returnsSet, modes, names] = row;
  const [volatility, language, securityDefiner, builtin, extension] = row.slice(11);
  return {
    oid: Number(oid),
    schema: text(schema),
    name: text(name),
    kind: functionKind(kind),
    argumentTypes: types ? types.split(' ').map(Number) : [],
    variadic: variadic === 't',
    defaultsCount: Number(defaults),
    returnType: Number(returnType),
    returnsSet: returnsSet === 't',
    outputNames: outputNames(modes ?? null, names ?? null),
    volatility: volatility === 'i' ? 'immutable' : volatility === 's' ? 'stable' : 'volatile',
    language: text(language),
    securityDefiner: securityDefiner === 't',
    builtin: builtin === 't',
    extension: extension ?? null,
  };
}

/** As build_function_result_tupdesc_d (funcapi.c) names them; a single one without a name has the function's. */
function outputNames(modes: string | null, names: string | null): readonly string[] | null {
  if (modes === null) return null;
  const all = names === null ? [] : (JSON.parse(names) as string[]);
  const outputs = (JSON.parse(modes) as string[]).flatMap((mode, index) =>
    mode === 'o' || mode === 'b' || mode === 't' ? [all[index] ?? ''] : [],
  );
  if (outputs.length === 0 || (outputs.length === 1 && outputs[0] === '')) return null;
  return outputs.map((name, index) => name || `column${index + 1}`);
}

const castOf = ([source, target, functionOid]: Row): CatalogCast => ({
  source: Number(source),
  target: Number(target),
  functionOid: Number(functionOid),
});

const operatorOf = ([schema, name, left, right, functionOid, builtin]: Row): CatalogOperator => ({
  schema: text(schema),
  name: text(name),
  left: Number(left),
  right: Number(right),
  functionOid: Number(functionOid),
  builtin: builtin === 't',
});

function grouped<T>(rows: readonly Row[], entryOf: (row: Row) => T): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const key = Number(row[0]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entryOf(row)]);
    else group.push(entryOf(row));
  }
  return groups;
}

const RELATION_KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned-table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
  S: 'sequence',
  c: 'composite-type',
  i: 'index',
  I: 'index',
  t: 'toast',
};
const FUNCTION_KINDS: Readonly<Record<string, CatalogFunction['kind']>> = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window',
};
const TYPE_KINDS: Readonly<Record<string, CatalogType['kind']>> = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  p: 'pseudo',
  r: 'range',
  m: 'multirange',
};
const relationKind = (code: string | null | undefined): RelationKind => known(RELATION_KINDS, code);
const functionKind = (code: string | null | undefined): CatalogFunction['kind'] => known(FUNCTION_KINDS, code);
const typeKind = (code: string | null | undefined): CatalogType['kind'] => known(TYPE_KINDS, code);

/** A kind that a newer server has and we do not know must not pass as another (law 1). */
function known<T>(table: Readonly<Record<string, T>>, code: string | null | undefined): T {
  const value = table[code ?? ''];
  if (value === undefined) throw new Error(`the catalog has an object of unknown kind ${JSON.stringify(code)}`);
  return value;
}

function text(value: string | null | undefined): string {
  if (value === null || value === undefined) throw new Error('the catalog has a name that is null');
  return value;
}
