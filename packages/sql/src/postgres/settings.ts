/** What a change of a setting may do to the meaning of statements and results. */
export type SettingKind = 'harmless' | 'tracked' | 'fixed' | 'pinned' | 'gateway' | 'unknown';

/** Settings that say who is behind a session. */
const GATEWAY: ReadonlySet<string> = new Set(['role', 'session_authorization']);

/**
 * Settings without which the gateway cannot read SQL or cells at all, with the only values that it can: a session whose
 * server reports another one ends.
 */
const FIXED: ReadonlyMap<string, RegExp> = new Map([
  ['standard_conforming_strings', /^(on|true|yes|1)$/i],
  ['client_encoding', /^(utf-?8|unicode)$/i],
  // ISO, or the order of day and month alone, which leaves the style as it is (check_datestyle).
  ['datestyle', /^ *(iso|ymd|dmy|mdy|euro\w*|us|noneuro\w*)( *, *(iso|ymd|dmy|mdy|euro\w*|us|noneuro\w*))* *$/i],
  ['intervalstyle', /^postgres$/i],
]);

/** Settings that change what text or results mean, with the only values that leave it as the gateway reads it. */
const PINNED: ReadonlyMap<string, RegExp> = new Map([
  // Off: the server refuses what a row policy would filter. It shows no more than on.
  ['row_security', /^(on|true|yes|1|off|false|no|0)$/i],
  ['bytea_output', /^hex$/i],
  ['backslash_quote', /^(safe_encoding|off|false|no|0)$/i],
  ['transform_null_equals', /^(off|false|no|0)$/i],
  ['array_nulls', /^(on|true|yes|1)$/i],
  ['quote_all_identifiers', /^(off|false|no|0)$/i],
  ['escape_string_warning', /^(on|true|yes|1|off|false|no|0)$/i],
  // Tables go where the database keeps them, as plain ones.
  ['default_tablespace', /^(pg_default)?$/i],
  ['default_table_access_method', /^heap$/i],
  // Refuses more than it does by default.
  ['restrict_nonsystem_relation_kind', /^ *(view|foreign-table)( *, *(view|foreign-table))* *$/i],
]);

/** Settings that bound or time work, or only label it. */
const HARMLESS: ReadonlySet<string> = new Set([
  'application_name',
  'backend_flush_after',
  'check_function_bodies',
  'client_min_messages',
  'commit_delay',
  'cursor_tuple_fraction',
  'default_toast_compression',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'effective_cache_size',
  'effective_io_concurrency',
  'enable_async_append',
  'enable_bitmapscan',
  'enable_gathermerge',
  'enable_hashagg',
  'enable_hashjoin',
  'enable_incremental_sort',
  'enable_indexonlyscan',
  'enable_indexscan',
  'enable_material',
  'enable_memoize',
  'enable_mergejoin',
  'enable_nestloop',
  'enable_parallel_append',
  'enable_parallel_hash',
  'enable_partition_pruning',
  'enable_partitionwise_aggregate',
  'enable_partitionwise_join',
  'enable_seqscan',
  'enable_sort',
  'enable_tidscan',
  'extra_float_digits',
  'from_collapse_limit',
  'geqo',
  'hash_mem_multiplier',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'jit',
  'join_collapse_limit',
  'lock_timeout',
  'maintenance_work_mem',
  'max_parallel_workers_per_gather',
  'parallel_setup_cost',
  'parallel_tuple_cost',
  'plan_cache_mode',
  'random_page_cost',
  'seq_page_cost',
  'statement_timeout',
  'synchronize_seqscans',
  'synchronous_commit',
  'tcp_keepalives_count',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_user_timeout',
  'temp_buffers',
  'timezone',
  'transaction_deferrable',
  'transaction_isolation',
  'transaction_read_only',
  'transaction_timeout',
  'work_mem',
  'xmloption',
]);

/**
 * Judges a setting by name and value (SEMANTICS 13). `fixed` and `pinned` mean that the value is another one: such a
 * setting that stays what it is, or is reset to it (null), is harmless.
 */
export function settingKind(name: string, value: string | null): SettingKind {
  const lower = name.toLowerCase();
  if (GATEWAY.has(lower) || lower.startsWith('bailiwick.')) return 'gateway';
  if (lower === 'search_path') return 'tracked';
  const fixed = FIXED.get(lower);
  if (fixed !== undefined) return value === null || fixed.test(value) ? 'harmless' : 'fixed';
  const pinned = PINNED.get(lower);
  if (pinned !== undefined) return value === null || pinned.test(value) ? 'harmless' : 'pinned';
  return HARMLESS.has(lower) ? 'harmless' : 'unknown';
}
