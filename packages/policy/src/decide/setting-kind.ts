/** What a change of a setting may do to the meaning of statements. */
export type SettingKind = 'harmless' | 'tracked' | 'pinned' | 'gateway' | 'unknown';

/** Judges a setting by name and value. */
export function settingKind(name: string, _value: string | null): SettingKind {
  const lower = name.toLowerCase();
  if (['role', 'session_authorization'].includes(lower) || lower.startsWith('bailiwick.')) return 'gateway';
  if (lower === 'search_path') return 'tracked';
  if (['standard_conforming_strings', 'client_encoding', 'row_security'].includes(lower)) return 'pinned';
  return ['statement_timeout', 'application_name', 'work_mem', 'timezone'].includes(lower) ? 'harmless' : 'unknown';
}
