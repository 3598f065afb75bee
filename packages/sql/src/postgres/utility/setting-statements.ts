import type { SettingChange, StatementClass } from '@bailiwick/domain';
import type { VariableSetStmt } from '@pgsql/types';
import { settingKind } from '../settings.ts';
import { ALL_RESET, foldName, settingChanges } from './setting-values.ts';
import { type StatementReaders, utility } from './statement-readers.ts';

/** SET, RESET, SHOW, DISCARD, and settings that outlive the session. */
export const SETTING_STATEMENTS: StatementReaders<
  | 'VariableSetStmt'
  | 'VariableShowStmt'
  | 'DiscardStmt'
  | 'AlterSystemStmt'
  | 'AlterRoleSetStmt'
  | 'AlterDatabaseSetStmt'
> = {
  VariableSetStmt: (set) => {
    const resets = set.kind === 'VAR_RESET' || set.kind === 'VAR_RESET_ALL';
    const settings = settingChanges(set);
    return utility(resets ? 'RESET' : 'SET', [classOf(settings)], { settings });
  },
  VariableShowStmt: ({ name = '' }) => {
    const folded = foldName(name);
    return utility('SHOW', ['MISC'], { rows: 'setting', names: { shows: { name: folded === 'all' ? null : folded } } });
  },
  DiscardStmt: ({ target }) => {
    if (target === 'DISCARD_PLANS') return utility('DISCARD PLANS', ['MISC']);
    if (target === 'DISCARD_SEQUENCES') return utility('DISCARD SEQUENCES', ['MISC']);
    if (target === 'DISCARD_TEMP') return utility('DISCARD TEMP', ['MISC']);
    return utility('DISCARD ALL', ['MISC'], {
      settings: ALL_RESET,
      names: { deallocates: { name: null }, closes: { name: null } },
    });
  },
  AlterSystemStmt: ({ setstmt }) => utility('ALTER SYSTEM', ['DDL'], { settings: persisted(setstmt) }),
  AlterRoleSetStmt: ({ setstmt }) => utility('ALTER ROLE', ['ROLE'], { settings: persisted(setstmt) }),
  AlterDatabaseSetStmt: ({ setstmt }) => utility('ALTER DATABASE', ['DDL'], { settings: persisted(setstmt) }),
};

/** MISC is a closed list (SEMANTICS 7): a setting that nobody listed, or with a value that nobody listed, writes. */
function classOf(settings: readonly SettingChange[]): StatementClass {
  if (settings.some(({ name }) => name === 'role' || name === 'session_authorization')) return 'ROLE';
  const listed = settings.every(({ name, value, certain }) => {
    const kind = settingKind(name, certain ? value : '?');
    return kind === 'harmless' || kind === 'tracked';
  });
  return listed ? 'MISC' : 'WRITE';
}

/** A setting kept for later sessions: this one does not change, and what later ones get is not followed. */
function persisted(set: VariableSetStmt | undefined): readonly SettingChange[] {
  if (set === undefined || set.kind === 'VAR_RESET_ALL') return [];
  return settingChanges(set).map(({ name }) => ({ name, value: null, scope: 'session', certain: false }));
}
