/** What a change of a setting may do to the meaning of statements and results. */
export type SettingKind = 'harmless' | 'tracked' | 'pinned' | 'gateway' | 'unknown';

/** Settings that say who is behind a session. */
const GATEWAY: ReadonlySet<string> = new Set(['role', 'session_authorization']);

/** Settings that change what text or results mean, with the only values that leave it as the gateway reads it. */
const PINNED: ReadonlyMap<string, RegExp> = new Map([
  ['standard_conforming_strings', /^(on|true|yes|1)$/i],
  ['client_encoding', /^(utf-?8|unicode)$/i],
  ['row_security', /^(on|true|yes|1)$/i],
  ['bytea_output', /^hex$/i],
  ['datestyle', /^iso\b/i],
  ['intervalstyle', /^postgres$/i],
]);

/** Settings that bound or time work, or only label it. */
const HARMLESS: ReadonlySet<string> = new Set([
  'application_name',
  'client_min_messages',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'jit',
  'lock_timeout',
  'statement_timeout',
  'timezone',
  'transaction_deferrable',
  'transaction_isolation',
  'transaction_read_only',
  'transaction_timeout',
  'work_mem',
]);

/**
 * Judges a setting by name and value (SEMANTICS 13). `pinned` means that the value is not the pinned one: a pinned
 * setting that stays what it is, or is reset to it (null), is harmless.
 */
export function settingKind(name: string, value: string | null): SettingKind {
  const lower = name.toLowerCase();
  if (GATEWAY.has(lower) || lower.startsWith('bailiwick.')) return 'gateway';
  if (lower === 'search_path') return 'tracked';
  const pinned = PINNED.get(lower);
  if (pinned !== undefined) return value === null || pinned.test(value) ? 'harmless' : 'pinned';
  return HARMLESS.has(lower) ? 'harmless' : 'unknown';
}
