import type { Refusal, SettingChange } from '@bailiwick/domain';
import { settingKind } from '@bailiwick/sql';
import type { StatementScope } from './statement-scope.ts';
import { refusal } from './wording.ts';

const RULE = 'defaults.settings';
/** What SET accepts as a name; anything else was not a literal, so nobody knows which setting it is. */
const SETTING_NAME = /^[\p{L}_][\p{L}\p{N}_$]*(\.[\p{L}_][\p{L}\p{N}_$]*)*$/u;

/** Stands for a value that is not known: no setting accepts it, so nothing that depends on the value is harmless. */
const NO_VALUE = '?';

/**
 * Changes of settings that belong to the gateway, or without which it cannot read, anywhere; that nobody listed, where
 * there is a data map (SEMANTICS 13).
 */
export function refuseSettings(scope: StatementScope): Refusal | null {
  for (const change of scope.facts.settings) {
    const refused = refuseSetting(change, scope.ground.hasDataMap);
    if (refused !== null) return refused;
  }
  return null;
}

function refuseSetting(change: SettingChange, hasDataMap: boolean): Refusal | null {
  if (!SETTING_NAME.test(change.name)) {
    return refusal(
      'setting-denied',
      RULE,
      'a setting is changed whose name is not written out',
      'write the name of the setting as a literal',
    );
  }
  const name = change.name;
  const kind = settingKind(name, change.certain ? change.value : NO_VALUE);
  if (kind === 'gateway') {
    return refusal(
      'setting-denied',
      RULE,
      `the setting ${name} belongs to the gateway`,
      'rephrasing will not help: it says who is behind the session',
    );
  }
  if (kind === 'fixed') return change.certain ? otherMeaning(name) : notLiteral(name);
  if (!hasDataMap) return null;
  switch (kind) {
    case 'harmless':
      return null;
    case 'tracked':
      return change.certain ? null : notLiteral(name);
    case 'pinned':
      return change.certain ? otherMeaning(name) : notLiteral(name);
    case 'unknown':
      return refusal(
        'setting-denied',
        RULE,
        `the setting ${name} is not on the list of known settings`,
        'leave it out: what it would change is not known, and this datasource holds regulated data',
      );
    default:
      return kind satisfies never;
  }
}

const otherMeaning = (name: string): Refusal =>
  refusal(
    'setting-denied',
    RULE,
    `the setting ${name} may not have this value here: it would change what statements or results mean`,
    'leave it as the gateway set it',
  );

const notLiteral = (name: string): Refusal =>
  refusal(
    'setting-denied',
    RULE,
    `the setting ${name} gets a value that is not a literal`,
    'write the value as a literal',
  );
