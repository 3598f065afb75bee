// Writes src/postgres/builtin-functions.generated.ts from the pg_proc of a PostgreSQL 18:
//   node packages/sql/generate/builtin-functions.mjs postgres://user:password@host/database
// The rules below are the review. They place a function only where its kind leaves no doubt; whatever they do not
// place is `state`, and a name is as safe as the least safe of its overloads.

/** Neither immutable nor obviously harmless by kind, but computed from arguments, the clock or a random source. */
const PURE = words(`
  age anytextcat array_sample array_shuffle array_to_json array_to_string bpcharsend cash_in cash_out clock_timestamp
  concat concat_ws convert convert_from convert_to cstring_send date date_add date_part date_subtract date_trunc
  enum_first enum_last enum_range enum_send extract format gen_random_uuid generate_series in_range
  json_agg json_agg_strict json_build_array json_build_object json_object_agg json_object_agg_strict
  json_object_agg_unique json_object_agg_unique_strict json_populate_record json_populate_recordset json_to_record
  json_to_recordset json_to_tsvector jsonb_agg jsonb_agg_strict jsonb_build_array jsonb_build_object
  jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_array_tz jsonb_path_query_first_tz jsonb_path_query_tz
  jsonb_populate_record jsonb_populate_record_valid jsonb_populate_recordset jsonb_to_record jsonb_to_recordset
  jsonb_to_tsvector length make_timestamptz money namesend now numeric overlaps pg_column_compression pg_column_size
  pg_column_toast_chunk_id pg_options_to_table pg_typeof phraseto_tsquery plainto_tsquery quote_literal quote_nullable
  random random_normal row_to_json statement_timestamp textanycat textsend time timeofday timestamp timestamptz timetz
  timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp
  ts_headline ts_match_tq ts_match_tt ts_parse ts_token_type uuidv4 uuidv7 varcharsend websearch_to_tsquery xml
  xml_is_well_formed interval_pl_timestamptz timestamptz_mi_interval timestamptz_pl_interval`);

/** Input, output and comparison of types whose form depends on settings: stable for that reason alone. */
const PURE_STABLE =
  /^(?:(?:array|cash|date|interval|multirange|range|record|enum|time|timetz|timestamp|timestamptz|xml)_(?:in|out|send)|(?:date|timestamp|timestamptz)_(?:cmp|eq|ge|gt|le|lt|ne)_(?:date|timestamp|timestamptz))$/;

/**
 * Reads definitions, names, privileges and plain facts about server and session: no row of a user's table. Sizes of
 * relations are among them: that they can be told is a limit that estimates and reltuples share (psql's \\dt+ asks).
 */
const CATALOG = words(`
  acldefault aclexplode aclcontains aclinsert aclitemeq aclitemin aclitemout aclremove col_description current_database
  current_schema current_schemas current_setting current_user format_type get_current_ts_config getdatabaseencoding
  getpgusername hash_aclitem hash_aclitem_extended inet_client_addr inet_client_port inet_server_addr
  inet_server_port makeaclitem obj_description oidvectortypes
  pg_available_extension_versions pg_available_extensions pg_backend_pid pg_basetype pg_char_to_encoding
  pg_client_encoding pg_collation_for pg_column_is_updatable pg_conf_load_time pg_describe_object pg_encoding_to_char
  pg_extension_update_paths pg_get_acl pg_get_catalog_foreign_keys pg_get_constraintdef pg_get_expr
  pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result
  pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_object_address
  pg_get_partition_constraintdef pg_get_partkeydef pg_get_replica_identity_index pg_get_ruledef pg_get_serial_sequence
  pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef
  pg_get_userbyid pg_indexes_size pg_relation_size pg_table_size pg_total_relation_size pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address
  pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_is_in_recovery pg_is_other_temp_schema
  pg_jit_available pg_my_temp_schema pg_partition_ancestors pg_partition_root pg_partition_tree
  pg_postmaster_start_time pg_relation_is_publishable pg_relation_is_updatable pg_sequence_parameters
  pg_settings_get_flags pg_show_all_settings pg_timezone_abbrevs_abbrevs pg_timezone_abbrevs_zone pg_timezone_names
  regclass row_security_active session_user shobj_description system_user ts_debug version
  _pg_char_max_length _pg_char_octet_length _pg_datetime_precision _pg_expandarray _pg_index_position _pg_interval_type
  _pg_numeric_precision _pg_numeric_precision_radix _pg_numeric_scale _pg_truetypid _pg_truetypmod`);

const CATALOG_KINDS =
  /^(?:has_[a-z_]+_privilege|pg_[a-z_]+_is_visible|reg(?:class|collation|config|dictionary|namespace|oper|operator|proc|procedure|role|type)(?:in|out|send)|to_reg[a-z]+)$/;

/** Immutable, and still not harmless, not callable, or of no use in a query. */
const NEVER = words(`
  btequalimage btvarstrequalimage pg_indexam_progress_phasename pg_mcv_list_in pg_mcv_list_out
  postgresql_fdw_validator satisfies_hash_partition xmlvalidate`);
const NEVER_KINDS =
  /^(?:lo_|loread$|lowrite$|pg_(?:ls|read|stat|logical|replication)_|binary_upgrade_|brin_|gin_|gist_|spg_)/;

/** Types whose values no statement can make: a function over one belongs to the server's own machinery. */
const MACHINERY =
  /\b(?:internal|trigger|event_trigger|[a-z]+_handler|pg_ddl_command|pg_node_tree|pg_mcv_list|gtsvector|void)\b/;

const QUERY = `SELECT p.proname AS name, p.prokind AS kind, p.provolatile AS volatility, l.lanname AS language,
  pg_catalog.pg_get_function_arguments(p.oid) || ' ' || pg_catalog.format_type(p.prorettype, NULL) AS signature
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE p.pronamespace IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
  AND p.oid < 16384 ORDER BY p.proname COLLATE "C", p.oid`;

const ORDER = ['pure', 'catalog', 'state'];

/** The class of every name, from a function that runs SQL and gives rows. */
export async function classifyBuiltins(query) {
  const classes = new Map();
  for (const row of await query(QUERY)) {
    const known = classes.get(row.name) ?? 'pure';
    const here = classify(row);
    classes.set(row.name, ORDER.indexOf(here) > ORDER.indexOf(known) ? here : known);
  }
  return classes;
}

function classify({ name, kind, volatility, language, signature }) {
  if (NEVER.has(name) || NEVER_KINDS.test(name) || kind === 'p') return 'state';
  if (CATALOG.has(name) || CATALOG_KINDS.test(name)) return 'catalog';
  if (MACHINERY.test(signature.replaceAll(/"[^"]*"/g, ''))) return 'state';
  if (PURE.has(name)) return 'pure';
  if (volatility === 's' && PURE_STABLE.test(name)) return 'pure';
  return volatility === 'i' && (language === 'internal' || language === 'sql') ? 'pure' : 'state';
}

/** The text of the generated module. */
export async function generate(query) {
  const classes = await classifyBuiltins(query);
  const table = (wanted) => wrap([...classes].flatMap(([name, safety]) => (safety === wanted ? [name] : [])));
  return `// Generated by generate/builtin-functions.mjs from the pg_proc of PostgreSQL 18. Do not edit: edit the review there.

/** Computed from the arguments, the clock or a random source. */
export const PURE_FUNCTIONS = \`
${table('pure')}
\`;

/** Reads definitions, names, privileges and plain facts about server and session. */
export const CATALOG_FUNCTIONS = \`
${table('catalog')}
\`;

/** Everything else. */
export const STATE_FUNCTIONS = \`
${table('state')}
\`;
`;
}

function wrap(names) {
  const lines = [''];
  for (const name of names) {
    const line = lines.at(-1) ?? '';
    if (line.length + name.length > 115) lines.push(name);
    else lines[lines.length - 1] = line === '' ? name : `${line} ${name}`;
  }
  return lines.join('\n');
}

function words(text) {
  return new Set(text.trim().split(/\s+/));
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const { default: pg } = await import('pg');
  const { writeFile } = await import('node:fs/promises');
  const client = new pg.Client({ connectionString: process.argv[2] });
  await client.connect();
  const text = await generate(async (sql) => (await client.query(sql)).rows);
  await client.end();
  await writeFile(new URL('../src/postgres/builtin-functions.generated.ts', import.meta.url), text);
}
