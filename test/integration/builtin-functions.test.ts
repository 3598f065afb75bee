import { readFile } from 'node:fs/promises';
import { builtinSafety } from '@bailiwick/sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifyBuiltins, generate } from '../../packages/sql/generate/builtin-functions.mjs';
import {
  connectCatalogSource,
  type FreshDatabase,
  freshDatabase,
  sharedPostgres,
  startPostgres,
} from '../servers/index.ts';

const TABLE = new URL('../../packages/sql/src/postgres/builtin-functions.generated.ts', import.meta.url);
let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase(await sharedPostgres());
});
afterAll(() => database.drop());

test('the checked-in table is what the review gives on PostgreSQL 18', async () => {
  expect(await generate((sql) => database.query(sql))).toBe(await readFile(TABLE, 'utf8'));
});

test('no name that is safe on 18 is less safe on 15', async () => {
  const server = await startPostgres({ version: 15 });
  for (const [name, safety] of await classifyBuiltins((sql) => server.query(sql))) {
    if (safety === 'state') expect(builtinSafety(name) ?? 'state', name).toBe('state');
  }
  await server.stop();
});

describe('the review', () => {
  test.each(
    'lower upper substr concat format now random gen_random_uuid uuidv7 count sum array_agg string_agg jsonb_agg rank lag coalesce_is_no_function generate_series unnest date_trunc to_char to_tsvector int4pl texteq jsonb_exists regexp_replace md5 sha256 percentile_cont row_to_json age clock_timestamp log'
      .split(' ')
      .filter((name) => name !== 'coalesce_is_no_function'),
  )('%s is pure', (name) => expect(builtinSafety(name)).toBe('pure'));

  test.each(
    'pg_get_viewdef obj_description col_description pg_table_is_visible to_regclass current_schemas current_schema current_database current_user version format_type has_table_privilege pg_get_constraintdef pg_backend_pid current_setting inet_server_addr inet_server_port inet_client_addr inet_client_port _pg_truetypid'.split(
      ' ',
    ),
  )('%s reads the catalog only', (name) => expect(builtinSafety(name)).toBe('catalog'));

  test.each(
    'nextval setval currval lastval set_config setseed pg_sleep pg_sleep_for pg_advisory_lock pg_try_advisory_xact_lock lo_get lo_import lo_export loread lowrite pg_read_file pg_ls_dir pg_stat_file query_to_xml table_to_xml schema_to_xml database_to_xml cursor_to_xml ts_stat ts_rewrite pg_notify pg_terminate_backend pg_cancel_backend pg_reload_conf pg_logical_slot_get_changes pg_logical_emit_message txid_current pg_current_xact_id pg_xact_status pg_export_snapshot pg_stat_get_activity pg_prepared_statement pg_cursor current_query pg_mcv_list_items pg_stat_reset pg_switch_wal pg_promote pg_create_restore_point pg_hba_file_rules pg_config domain_in pg_input_error_info pg_get_sequence_data pg_sequence_last_value binary_upgrade_set_next_pg_type_oid brin_summarize_new_values'.split(
      ' ',
    ),
  )('%s is not safe', (name) => expect(builtinSafety(name)).toBe('state'));

  test.each(['dblink', 'pg_stat_statements', 'Lower', '', 'constructor', 'pg_new_in_nineteen'])(
    '%j is not known, so not safe',
    (name) => expect(builtinSafety(name)).toBeUndefined(),
  );
});

describe('the attack', () => {
  const SECRET = 'canary-7f3a';
  /** Arguments that would make a function which runs text, or reads by name, give the secret away. */
  const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
    text: ["'SELECT name FROM public.victims'", "'public.victims'", "'victims'"],
    name: ["'victims'::name"],
    cstring: ["'SELECT name FROM public.victims'"],
    regclass: ["'public.victims'::regclass"],
    oid: ["'public.victims'::regclass::oid"],
    regtype: ["'public.victims'::regtype"],
    boolean: ['true'],
    integer: ['1'],
    smallint: ['1::int2'],
    bigint: ['1'],
    '"char"': [`'r'::"char"`],
    'text[]': ["ARRAY['public','victims']"],
    xml: ["'<a/>'::xml"],
    tsquery: ["'a'::tsquery"],
    anyelement: ["'public.victims'::text"],
    '"any"': ["'public.victims'::text"],
    regproc: ["'now'::regproc"],
    jsonb: [`'{"a":1}'::jsonb`],
    json: [`'{"a":1}'::json`],
  };
  const CALLS = `SELECT p.proname AS name, p.proretset AS set,
    pg_catalog.array_to_json(ARRAY(SELECT pg_catalog.format_type(t, NULL)
      FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n) ORDER BY n)) AS types
    FROM pg_catalog.pg_proc p WHERE p.prokind = 'f' AND p.oid < 16384 AND p.pronargs <= 4
    AND p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`;

  function callsOf(name: string, types: readonly string[]): readonly string[] {
    const choices = types.map((type) => ARGUMENTS[type] ?? []);
    if (choices.some((choice) => choice.length === 0)) return [];
    const lists = choices.reduce<string[][]>(
      (found, choice) => found.flatMap((list) => choice.map((argument) => [...list, argument])),
      [[]],
    );
    return lists.map((list) => `SELECT * FROM "${name}"(${list.join(', ')}) AS r`);
  }

  /** Runs each call in a transaction that may not write, and tells what became of it. */
  async function outcomes(wanted: (name: string) => boolean): Promise<readonly { call: string; said: string }[]> {
    await database.query(`CREATE TABLE IF NOT EXISTS public.victims (name text);
      INSERT INTO public.victims VALUES ('${SECRET}'); ANALYZE public.victims`);
    const rows = (await database.query(CALLS)) as { name: string; types: string[] }[];
    const calls = rows.flatMap(({ name, types }) => (wanted(name) ? callsOf(name, types) : []));
    const source = await connectCatalogSource(database.url);
    await source.query("SET search_path = pg_catalog, information_schema; SET statement_timeout = '1s'");
    const said: { call: string; said: string }[] = [];
    for (const call of calls) {
      await source.query('BEGIN READ ONLY');
      const answer = await source.query(call).then(JSON.stringify, (error: { code?: string }) => `error ${error.code}`);
      await source.query('ROLLBACK');
      said.push({ call, said: answer });
    }
    await source.close();
    return said;
  }

  test('no safe function tells what a table holds, or tries to write', async () => {
    const said = await outcomes((name) => builtinSafety(name) === 'pure' || builtinSafety(name) === 'catalog');
    expect(said.length).toBeGreaterThan(500);
    expect(said.filter(({ said }) => said.includes(SECRET))).toEqual([]);
    expect(said.filter(({ said }) => said === 'error 25006')).toEqual([]);
  });

  test('the attack finds functions that do', async () => {
    const leaks = await outcomes((name) => /^(?:query_to_xml|table_to_xml|schema_to_xml)$/.test(name));
    expect(leaks.filter(({ said }) => said.includes(SECRET)).length).toBeGreaterThan(2);
    const writes = await outcomes((name) => /^(?:lo_create|pg_current_xact_id|txid_current|pg_notify)$/.test(name));
    expect(writes.some(({ said }) => said === 'error 25006')).toBe(true);
  });
});
