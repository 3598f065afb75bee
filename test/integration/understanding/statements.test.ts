import { UnparsedError, understandPostgres } from '@bailiwick/sql';
import { beforeAll, describe, expect, test } from 'vitest';
import { shortOutputs, shortUses, startUnderstanding, type Understanding, unsafeNames } from './understood.ts';

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});

const nothing = { prepared: () => undefined, cursor: () => undefined };

describe('statements about statements', () => {
  test('PREPARE has the class and the columns of what it prepares, and returns nothing', () => {
    const facts = understanding.one('PREPARE p(text) AS SELECT ssn FROM customers WHERE email = $1');
    expect(facts.classes).toEqual(['READ']);
    expect(facts.outputs).toBeNull();
    expect(shortUses(facts)).toEqual(['predicate= customers.email']);
    expect(facts.names.prepares?.name).toBe('p');
    expect(facts.names.prepares && shortOutputs(facts.names.prepares.facts)).toEqual(['ssn=customers.ssn']);
  });

  test('EXECUTE is what was prepared, in the same text or before', () => {
    const [prepare, execute, , gone] = understanding.facts(
      'PREPARE p AS SELECT ssn FROM customers; EXECUTE p(bump()); DEALLOCATE p; EXECUTE p',
    );
    expect(execute && shortOutputs(execute)).toEqual(['ssn=customers.ssn']);
    expect(execute && unsafeNames(execute)).toEqual(['public.bump']);
    expect(gone?.outputsUnknown).toBe(true);
    expect(gone?.unproven.map(({ kind }) => kind)).toEqual(['name']);
    const { catalog } = understanding;
    const prepared = () => prepare?.names.prepares?.facts;
    const [later] = understandPostgres('EXECUTE p', { ...nothing, catalog, searchPath: [], prepared });
    expect(later && shortOutputs(later)).toEqual(['ssn=customers.ssn']);
    expect(later?.names).toEqual({ executes: 'p' });
  });

  test('DEALLOCATE ALL, DISCARD ALL and CLOSE ALL forget what the session knew', () => {
    const known = understanding.one('SELECT ssn FROM customers');
    const context = { catalog: understanding.catalog, searchPath: [], prepared: () => known, cursor: () => known };
    for (const sql of [
      'DEALLOCATE ALL; EXECUTE p',
      'DISCARD ALL; EXECUTE p',
      'CLOSE ALL; FETCH p',
      'CLOSE p; FETCH p',
    ]) {
      const [, last] = understandPostgres(sql, context);
      expect(last?.outputsUnknown, sql).toBe(true);
    }
  });

  test('FETCH gives what the cursor reads; MOVE gives nothing; an unknown cursor is unproven', () => {
    const [declare, fetch, move, other] = understanding.facts(
      'DECLARE c CURSOR WITH HOLD FOR SELECT ssn FROM customers; FETCH ALL FROM c; MOVE c; FETCH d',
    );
    expect(declare?.outputs).toBeNull();
    expect(declare?.names.declares).toMatchObject({ name: 'c', holdable: true });
    expect(fetch && shortOutputs(fetch)).toEqual(['ssn=customers.ssn']);
    expect(fetch?.classes).toEqual(['MISC']);
    expect(fetch?.tables.map(({ table }) => table.name)).toEqual(['customers']);
    expect(move && shortOutputs(move)).toBe('none');
    expect(other && shortOutputs(other)).toBe('unknown');
  });

  test('EXPLAIN comes from what decides, EXPLAIN ANALYZE also from what is returned', () => {
    const plain = understanding.one("EXPLAIN (FORMAT json) SELECT ssn FROM customers WHERE email LIKE 'x%'");
    expect(plain.classes).toEqual(['MISC']);
    expect(shortOutputs(plain)).toEqual(['QUERY PLAN<customers.email']);
    expect(plain.columns.map(({ column }) => column.name)).toEqual(['email']);
    const analyzed = understanding.one('EXPLAIN ANALYZE SELECT ssn FROM customers');
    expect(analyzed.classes).toEqual(['READ']);
    expect(shortUses(analyzed)).toEqual(['predicate customers.ssn']);
    expect(understanding.one('EXPLAIN (ANALYZE off) SELECT 1').classes).toEqual(['MISC']);
    expect(understanding.one('EXPLAIN DELETE FROM orders').classes).toEqual(['WRITE']);
    expect(understanding.one('EXPLAIN ANALYZE DELETE FROM orders').classes).toEqual(['WRITE']);
    expect(shortOutputs(understanding.one('EXPLAIN SELECT bump()'))).toEqual(['QUERY PLAN?']);
  });

  test('SHOW returns a setting, CALL whatever it likes', () => {
    expect(shortOutputs(understanding.one('SHOW search_path'))).toEqual(['search_path<']);
    expect(shortOutputs(understanding.one('SHOW ALL'))).toEqual(['name<', 'setting<', 'description<']);
    expect(shortOutputs(understanding.one('CALL wipe()'))).toBe('unknown');
  });
});

describe('settings by function', () => {
  test('literals are certain, anything else is not', () => {
    const changes = (sql: string) => understanding.one(sql).settings;
    expect(changes("SELECT set_config('Search_Path', 'a', true)")).toEqual([
      { name: 'search_path', value: 'a', scope: 'transaction', certain: true },
    ]);
    expect(changes("SELECT set_config('search_path', $1, false)")[0]).toMatchObject({ value: null, certain: false });
    expect(changes("SELECT pg_catalog.set_config('sea' || 'rch_path', 'a', false)")[0]).toMatchObject({
      name: '',
      certain: false,
    });
    expect(changes("SELECT 1 WHERE set_config('role', 'x', false) = 'x'")[0]).toMatchObject({
      name: 'role',
      certain: true,
    });
  });
});

describe('settings named by a condition on pg_settings', () => {
  const changes = (sql: string) => {
    const { settings, functions } = understanding.one(sql);
    const safe = functions.every((use) => use.safe);
    return { safe, settings: settings.map(({ name, value, certain }) => `${name}=${value} ${certain}`) };
  };

  test('are as good as literals', () => {
    expect(changes("SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'work_mem'")).toEqual({
      safe: true,
      settings: ['work_mem=v true'],
    });
    expect(
      changes("SELECT set_config(s.name, 'v', false) FROM pg_catalog.pg_settings s WHERE s.name = 'role'"),
    ).toEqual({
      safe: true,
      settings: ['role=v true'],
    });
  });

  test('a search_path is not known afterwards: there may be no row', () => {
    const sql = "SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'search_path'";
    expect(changes(sql)).toEqual({ safe: true, settings: ['search_path=null false'] });
  });

  test.each([
    "SELECT set_config(name, 'v', false) FROM pg_settings",
    "SELECT set_config(name, 'v', false) FROM pg_settings WHERE name <> 'work_mem'",
    "SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'work_mem' OR true",
    "SELECT set_config(name, 'v', false) FROM pg_settings WHERE setting = 'work_mem'",
    "SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = $1",
    "SELECT set_config(name, 'v', false) FROM pg_settings WHERE name LIKE 'work_mem'",
    "SELECT set_config(setting, 'v', false) FROM pg_settings WHERE name = 'work_mem'",
    "SELECT set_config(name, setting, false) FROM pg_settings WHERE name = 'work_mem'",
    "SELECT set_config(name || 'x', 'v', false) FROM pg_settings WHERE name = 'work_mem'",
    "SELECT set_config(b.name, 'v', false) FROM pg_settings a, pg_settings b WHERE a.name = 'work_mem'",
    "SELECT set_config(name, 'v', false) FROM (SELECT 'role' AS name) pg_settings WHERE name = 'work_mem'",
    "SELECT set_config(name, 'v', false) FROM customers WHERE name = 'work_mem'",
    "SELECT (SELECT set_config(name, 'v', false)) FROM pg_settings WHERE name = 'work_mem'",
    "WITH pg_settings AS (SELECT 'role' AS name) SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'x'",
  ])('%s is not', (sql) => {
    const { safe, settings } = changes(sql);
    expect(safe).toBe(false);
    expect(settings.every((one) => one.endsWith('false'))).toBe(true);
  });
});

describe('several statements in one text', () => {
  test('each has its bytes and its own normal form', () => {
    const sql = "SELECT 'é'; UPDATE scratch SET v = 'ü' ;\nSELECT 2";
    const bytes = Buffer.from(sql);
    const facts = understanding.facts(sql);
    expect(facts.map(({ start, end }) => bytes.toString('utf8', start, end).trim())).toEqual([
      "SELECT 'é'",
      "UPDATE scratch SET v = 'ü'",
      'SELECT 2',
    ]);
    expect(facts.map(({ normalisedSql }) => normalisedSql.trim())).toEqual([
      'SELECT $1',
      'UPDATE scratch SET v = $1',
      'SELECT $1',
    ]);
    expect(understanding.facts(' -- nothing\n;;')).toEqual([]);
  });

  test('names after a change of the search_path are unproven', () => {
    for (const change of [
      'SET search_path TO evil',
      'RESET search_path',
      'DISCARD ALL',
      "SELECT set_config('search_path', 'evil', false)",
    ]) {
      const [, constant, read] = understanding.facts(`${change}; SELECT 1; SELECT item FROM orders`);
      expect(constant?.unproven, change).toEqual([]);
      expect(
        read?.unproven.map(({ kind }) => kind),
        change,
      ).toEqual(['construct']);
    }
  });

  test('tables after a change of definitions are unproven, and unknown ones are', () => {
    const [, renamed] = understanding.facts('ALTER TABLE customers RENAME TO x; SELECT k FROM scratch');
    expect(renamed?.unproven).toHaveLength(1);
    const [, made] = understanding.facts('CREATE TEMP TABLE mine (a int); SELECT a FROM mine');
    expect(made?.unproven.map(({ kind }) => kind)).toContain('relation');
    const [, after] = understanding.facts('SELECT bump(); SELECT k FROM scratch');
    expect(after?.unproven).toHaveLength(1);
  });
});

describe('what is not known', () => {
  const UNPROVEN: readonly (readonly [sql: string, kinds: readonly string[]])[] = [
    ['SELECT 1 FROM nope', ['relation']],
    ['SELECT 1 FROM nope.orders', ['relation']],
    ['SELECT 1 FROM other.public.orders', ['relation']],
    ['SELECT 1 FROM pg_temp.orders', ['relation']],
    ['SELECT nope FROM orders', ['column']],
    ['SELECT o.nope FROM orders o', ['column']],
    ['SELECT orders.id FROM orders o', ['column']],
    ['SELECT id FROM customers, orders', ['column']],
    ['SELECT 1 FROM orders JOIN customers USING (nope)', ['column']],
    ["SELECT 'x'::nope", ['function']],
    ['INSERT INTO nope VALUES (1)', ['relation']],
    ['DROP TABLE nope', ['relation']],
    ['DROP TABLE IF EXISTS nope', []],
    ["SELECT 1 FROM pg_authid WHERE rolpassword LIKE 'S%'", ['construct']],
    ['SELECT 1 FROM pg_stats ORDER BY most_common_vals', ['construct']],
    ['SELECT DISTINCT query FROM pg_stat_activity', ['construct']],
    ['SELECT query FROM pg_stat_activity', []],
  ];
  test.each(UNPROVEN)('%s', (sql, kinds) => {
    expect(understanding.one(sql).unproven.map(({ kind }) => kind)).toEqual(kinds);
  });

  test('without a catalog every name is unproven, and a constant is not', () => {
    const context = { ...nothing, catalog: null, searchPath: ['public'] };
    const [constant, clock, table] = understandPostgres('SELECT 1, $1; SELECT now(); SELECT * FROM orders', context);
    expect(constant?.unproven).toEqual([]);
    expect(clock?.unproven.map(({ kind }) => kind)).toEqual(['catalog']);
    expect(table?.unproven.map(({ kind }) => kind)).toEqual(['catalog']);
    expect(table?.outputsUnknown).toBe(true);
  });

  test.each(['set_config', 'pg_catalog.set_config'])('without a catalog %s still changes the setting', (name) => {
    const context = { ...nothing, catalog: null, searchPath: ['public'] };
    const [facts] = understandPostgres(`SELECT ${name}('role', 'postgres', false)`, context);
    expect(facts?.settings).toEqual([{ name: 'role', value: 'postgres', scope: 'session', certain: true }]);
    expect(facts?.classes).toContain('FUNCTION');
  });

  test('temporary relations that the session made hide those of the catalog', () => {
    const { catalog } = understanding;
    const context = { ...nothing, catalog, searchPath: ['public'], temporaryRelations: new Set(['orders']) };
    const [hidden, qualified] = understandPostgres('SELECT item FROM orders; SELECT item FROM public.orders', context);
    expect(hidden && shortOutputs(hidden)).toEqual(['item?']);
    expect(qualified && shortOutputs(qualified)).toEqual(['item=orders.item']);
  });
});

describe('statements that are meant to exhaust', () => {
  const repeat = (text: string, count: number, between = ''): string => Array(count).fill(text).join(between);
  let recursive = 'SELECT ssn AS x FROM customers';
  for (let level = 0; level < 25; level += 1) {
    recursive = `SELECT x FROM (WITH RECURSIVE t(x) AS ((${recursive}) UNION SELECT x FROM t) SELECT x FROM t) s`;
  }
  const doubling = Array.from(
    { length: 40 },
    (_, at) => `, a${at + 1} AS (SELECT p.x || q.x AS x FROM a${at} p, a${at} q)`,
  );

  test('deep ones are refused', () => {
    expect(() => understanding.one(`SELECT ${repeat('1', 5000, '||')}`)).toThrow(UnparsedError);
    expect(() => understanding.one(`SELECT ${repeat('CASE WHEN true THEN ', 900)}1${repeat(' END', 900)}`)).toThrow(
      UnparsedError,
    );
  });

  test('wide and entangled ones are understood in bounded time, or unknown', () => {
    const start = performance.now();
    expect(
      shortOutputs(understanding.one(`SELECT ssn FROM customers WHERE ${repeat("ssn = 'x'", 3000, ' OR ')}`)),
    ).toEqual(['ssn=customers.ssn']);
    expect(shortOutputs(understanding.one(repeat('SELECT ssn FROM customers', 400, ' UNION ALL ')))).toEqual([
      'ssn=customers.ssn',
    ]);
    expect(
      shortOutputs(
        understanding.one(`WITH a0 AS (SELECT ssn AS x FROM customers)${doubling.join('')} SELECT x FROM a40`),
      ),
    ).toEqual(['x<customers.ssn']);
    expect(shortOutputs(understanding.one(recursive))).toEqual(['x?']);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
