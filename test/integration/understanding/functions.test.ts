import { beforeAll, describe, expect, test } from 'vitest';
import { startUnderstanding, type Understanding, unsafeNames } from './understood.ts';

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});

const SAFE: readonly string[] = [
  'SELECT lower(name), upper(name), length(name), now(), random(), gen_random_uuid() FROM customers',
  "SELECT pg_catalog.lower(name), name ILIKE '%a%', name ~ 'a', substr(name, 1, 2) FROM customers",
  'SELECT max(amount), min(item), sum(amount), avg(amount), count(*), array_agg(item) FROM orders',
  "SELECT to_char(now(), 'YYYY'), date_trunc('day', now()), extract(epoch FROM now()), now() - interval '1 day'",
  'SELECT amount * 1.1, round(amount, 2), amount::int, id::text, abs(-1) FROM orders',
  "SELECT tier::text, 'free'::tier, $1::tier, tier = 'pro' FROM customers",
  "SELECT notes->>'a', notes #>> '{a,b}', jsonb_build_object('a', id), notes || '{}' FROM customers",
  'SELECT * FROM generate_series(1, 3) g, unnest($1::text[]) u, unnest(ARRAY[1, 2]) n',
  "SELECT string_to_array(name, ','), array_length(tags, 1), tags || 'x'::text, cardinality(tags) FROM customers",
  'SELECT row_number() OVER (ORDER BY id), lag(item) OVER (ORDER BY id), ntile(4) OVER (ORDER BY id) FROM orders',
  "SELECT current_setting('server_version'), version(), current_database(), pg_is_in_recovery()",
  "SELECT 'customers'::regclass::oid, format_type(23, NULL), pg_get_userbyid(10), has_table_privilege('customers', 'select')",
  'SELECT pg_try_advisory_xact_lock(1), pg_try_advisory_xact_lock($1, 2)',
  "SELECT set_config('search_path', '', false)",
  'SELECT mode() WITHIN GROUP (ORDER BY item), rank(1) WITHIN GROUP (ORDER BY amount) FROM orders',
  'SELECT * FROM customers TABLESAMPLE bernoulli (10)',
  "SELECT contact = ROW('a', 1)::contact_t FROM customers",
];

const UNSAFE: readonly [sql: string, names: readonly string[], path?: readonly string[]][] = [
  ['SELECT bump()', ['public.bump']],
  ['SELECT public.bump()', ['public.bump']],
  ['SELECT 1 FROM orders WHERE bump() > 0', ['public.bump']],
  ['SELECT 1 FROM orders ORDER BY bump()', ['public.bump']],
  ['SELECT 1 FROM orders LIMIT bump()', ['public.bump']],
  ['SELECT 1 FROM orders GROUP BY bump()', ['public.bump']],
  ['SELECT 1 FROM orders JOIN customers ON bump() > 0', ['public.bump']],
  ['SELECT count(*) FILTER (WHERE bump() > 0) FROM orders', ['public.bump']],
  ['SELECT sum(1) OVER (ORDER BY bump()) FROM orders', ['public.bump']],
  ['SELECT id FROM (SELECT id, bump() FROM orders) q', ['public.bump']],
  ['WITH q AS (SELECT bump()) SELECT 1', ['public.bump']],
  ['SELECT EXISTS (SELECT bump())', ['public.bump']],
  ['SELECT 1 FROM orders WHERE id IN (SELECT bump())', ['public.bump']],
  ['VALUES (bump())', ['public.bump']],
  ['SELECT * FROM bump()', ['public.bump']],
  ['SELECT * FROM ROWS FROM (bump(), generate_series(1, 2))', ['public.bump']],
  ['SELECT * FROM orders, LATERAL (SELECT bump()) q', ['public.bump']],
  ['SELECT * FROM touching', ['public.bump']],
  ['SELECT count(*) FROM touching', ['public.bump']],
  ['SELECT CASE WHEN false THEN bump() END', ['public.bump']],
  ['SELECT COALESCE(1, bump())', ['public.bump']],
  ['SELECT ARRAY[bump()], ROW(bump()), (ARRAY[1])[bump()]', ['public.bump']],
  ['SELECT DISTINCT ON (bump()) 1 FROM orders', ['public.bump']],
  ['EXPLAIN SELECT bump()', ['public.bump']],
  ['PREPARE p AS SELECT bump()', ['public.bump']],
  ['DECLARE c CURSOR FOR SELECT bump()', ['public.bump']],
  ['COPY (SELECT bump()) TO STDOUT', ['public.bump']],
  ["INSERT INTO counters VALUES ('a', bump())", ['public.bump']],
  ['UPDATE counters SET n = 1 RETURNING bump()', ['public.bump']],
  ['SELECT c.ident FROM customers c', ['public.ident']],
  ['SELECT glue(name) FROM customers', ['public.glue']],
  ["SELECT name === 'x' FROM customers", ['public.===']],
  ["SELECT name OPERATOR(public.===) 'x' FROM customers", ['public.===']],
  ["SELECT name === ANY ('{a}') FROM customers", ['public.===']],
  ['SELECT lower(tier) FROM customers', ['public.lower']],
  ['SELECT length(id) FROM customers', ['public.length']],
  ['SELECT upper(name) FROM customers', ['evil.upper'], ['evil', 'pg_catalog']],
  ['SELECT evil.upper(name) FROM public.customers', ['evil.upper']],
  ['SELECT tier::int FROM customers', ['cast to pg_catalog.int4']],
  ['SELECT * FROM customers TABLESAMPLE system_rows(1)', ['system_rows']],
  ["SELECT nextval('ticket_seq')", ['pg_catalog.nextval']],
  ['SELECT pg_sleep(1)', ['pg_catalog.pg_sleep']],
  ["SELECT pg_read_file('/etc/passwd')", ['pg_catalog.pg_read_file']],
  ["SELECT lo_import('/etc/passwd')", ['pg_catalog.lo_import']],
  ["SELECT table_to_xml('customers', true, false, '')", ['pg_catalog.table_to_xml']],
  ["SELECT ts_stat('SELECT 1')", ['pg_catalog.ts_stat']],
  ['SELECT pg_advisory_lock(1)', ['pg_catalog.pg_advisory_lock']],
  ['SELECT pg_try_advisory_xact_lock(id) FROM customers', ['pg_catalog.pg_try_advisory_xact_lock']],
  ["SELECT set_config($1, 'x', false)", ['pg_catalog.set_config']],
  ["SELECT set_config('a.b', name, false) FROM customers", ['pg_catalog.set_config']],
  ['CALL wipe()', ['wipe']],
  ["DO 'BEGIN END'", ['DO']],
  ["COPY scratch FROM PROGRAM 'x'", ['COPY']],
  ['EXECUTE p(1)', []],
];

describe('functions and operators', () => {
  test.each(SAFE)('safe: %s', (sql) => {
    const facts = understanding.one(sql);
    expect(unsafeNames(facts)).toEqual([]);
    expect(facts.unproven).toEqual([]);
    expect(facts.classes).toEqual(['READ']);
  });

  test.each(UNSAFE)('unsafe: %s', (sql, names, path) => {
    const facts = understanding.one(sql, path);
    expect(unsafeNames(facts)).toEqual(names);
    expect(facts.classes).toContain('FUNCTION');
  });

  test('a name that the catalog does not have is unproven and unsafe', () => {
    const facts = understanding.one('SELECT nope(1)');
    expect(facts.unproven.map(({ kind }) => kind)).toEqual(['function']);
    expect(unsafeNames(facts)).toEqual(['nope']);
    expect(facts.classes).toContain('FUNCTION');
  });

  test('the order of the path decides which function a name means', () => {
    expect(unsafeNames(understanding.one("SELECT upper('x'::text)", ['evil']))).toEqual([]);
    expect(unsafeNames(understanding.one("SELECT upper('x'::text)", ['evil', 'pg_catalog']))).toEqual(['evil.upper']);
    const [column] = understanding.one('SELECT item FROM orders', ['evil', 'public']).columns;
    expect(column?.column.table.schema).toBe('evil');
  });

  test('only a volatile function of the database may change the catalog', () => {
    expect(understanding.one('SELECT bump()').changesCatalog).toBe(true);
    expect(understanding.one('SELECT * FROM get_customers()').changesCatalog).toBe(false);
    expect(understanding.one("SELECT nextval('ticket_seq')").changesCatalog).toBe(false);
  });
});
