/**
 * System relations whose values can quote user data, secrets or other people's work. `*` is the relation as a whole;
 * otherwise the columns at fault are named. Definitions (of views, functions, constraints, enum labels) are not values,
 * and settings are not secrets: `pg_settings` and SHOW tell any login the same.
 */
const SENSITIVE: Readonly<Record<string, { readonly columns: '*' | readonly string[]; readonly reason: string }>> = {
  'pg_catalog.pg_statistic': whole('samples of column values'),
  'pg_catalog.pg_statistic_ext_data': whole('samples of column values'),
  'pg_catalog.pg_attribute': some('values of rows older than their column, and options of foreign tables', [
    'attmissingval',
    'attfdwoptions',
  ]),
  'pg_catalog.pg_largeobject': whole('contents of large objects'),
  'pg_catalog.pg_authid': some('password hashes', ['rolpassword']),
  'pg_catalog.pg_shadow': some('password hashes and stored settings', ['passwd', 'useconfig']),
  'pg_catalog.pg_roles': some('stored settings, which may hold secrets', ['rolconfig']),
  'pg_catalog.pg_user': some('stored settings, which may hold secrets', ['useconfig']),
  'pg_catalog.pg_db_role_setting': some('stored settings, which may hold secrets', ['setconfig']),
  'pg_catalog.pg_user_mapping': some('credentials for foreign servers', ['umoptions']),
  'pg_catalog.pg_user_mappings': some('credentials for foreign servers', ['umoptions']),
  'pg_catalog.pg_foreign_server': some('options of foreign servers', ['srvoptions']),
  'pg_catalog.pg_foreign_data_wrapper': some('options of foreign data wrappers', ['fdwoptions']),
  'pg_catalog.pg_foreign_table': some('options of foreign tables', ['ftoptions']),
  'pg_catalog.pg_subscription': some('connection strings with credentials', ['subconninfo']),
  'pg_catalog.pg_prepared_statements': whole('texts of statements'),
  'pg_catalog.pg_cursors': whole('texts of statements'),
  'pg_catalog.pg_prepared_xacts': whole("names that sessions chose for others' transactions"),
  'pg_catalog.pg_locks': whole("other sessions' locks, whose keys they chose"),
  'pg_catalog.pg_backend_memory_contexts': whole('texts of statements'),
  'pg_catalog.pg_aios': whole("other sessions' work"),
  'pg_catalog.pg_sequences': some('how many values were drawn', ['last_value']),
  'pg_catalog.pg_file_settings': whole("lines of the server's configuration files"),
  'pg_catalog.pg_hba_file_rules': whole("lines of the server's configuration files"),
  'pg_catalog.pg_ident_file_mappings': whole("lines of the server's configuration files"),
  'pg_catalog.pg_replication_origin': whole('names that sessions chose'),
  'pg_catalog.pg_replication_origin_status': whole('names that sessions chose'),
  'pg_catalog.pg_replication_slots': whole('names that sessions chose'),
  'information_schema.user_mapping_options': some('credentials for foreign servers', ['option_value']),
  'information_schema.foreign_server_options': some('options of foreign servers', ['option_value']),
  'information_schema.foreign_data_wrapper_options': some('options of foreign data wrappers', ['option_value']),
  'information_schema.foreign_table_options': some('options of foreign tables', ['option_value']),
  'information_schema.column_options': some('options of foreign tables', ['option_value']),
  'information_schema._pg_user_mappings': some('credentials for foreign servers', ['umoptions']),
  'information_schema._pg_foreign_servers': some('options of foreign servers', ['srvoptions']),
  'information_schema._pg_foreign_data_wrappers': some('options of foreign data wrappers', ['fdwoptions']),
  'information_schema._pg_foreign_tables': some('options of foreign tables', ['ftoptions']),
  'information_schema._pg_foreign_table_columns': some('options of foreign tables', ['attfdwoptions']),
  'cron.job': some('texts of statements', ['command']),
  'cron.job_run_details': some('texts of statements and their messages', ['command', 'return_message']),
};

/** Statistics views of the server and of extensions (pg_stat_statements), in whatever schema they were put. */
const STATISTICS = /^(?:pg_stat_|pg_statio_|pg_stats(?:$|_)|pg_qualstats|pg_buffercache|pg_store_plans)/;
/** What such a view counts for: names, of use to tools that look relations up there. */
const STATISTICS_NAMES: ReadonlySet<string> = new Set([
  ...['relid', 'schemaname', 'relname', 'indexrelid', 'indexrelname', 'funcid', 'funcname', 'tablename', 'attname'],
]);
/** Tables in which the long values of other tables are kept. */
const TOAST_SCHEMA = /^pg_toast(?:_temp_\d+)?$/;

/**
 * Why the values of a relation's column may quote user data, secrets or other people's work; undefined: they do not.
 * `column` `*` asks for the relation as a whole (a whole-row reference). Names are as the catalog has them.
 */
export function sensitiveColumn(schema: string, relation: string, column: string): string | undefined {
  if (TOAST_SCHEMA.test(schema)) return 'long values of other tables';
  if (STATISTICS.test(relation) && !STATISTICS_NAMES.has(column))
    return 'statistics: column values, texts of statements, row counts';
  const entry = Object.hasOwn(SENSITIVE, `${schema}.${relation}`) ? SENSITIVE[`${schema}.${relation}`] : undefined;
  if (entry === undefined) return undefined;
  return entry.columns === '*' || column === '*' || entry.columns.includes(column) ? entry.reason : undefined;
}

function whole(reason: string): { readonly columns: '*'; readonly reason: string } {
  return { columns: '*', reason };
}

function some(
  reason: string,
  columns: readonly string[],
): { readonly columns: readonly string[]; readonly reason: string } {
  return { columns, reason };
}
