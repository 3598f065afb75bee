import type { StatementFacts, TextEdit } from '@bailiwick/domain';

/**
 * `application_name` tells the database who is behind the connection, so clients may not set it; but drivers do so in
 * passing and must not fail. `SET application_name = …` is turned into a SET of a setting of the gateway's own, which has
 * the same command tag and the same transaction semantics. Null: it is set in a form that cannot be turned (set_config).
 */
export function moveApplicationName(facts: readonly StatementFacts[]): readonly TextEdit[] | null {
  const edits: TextEdit[] = [];
  for (const one of facts) {
    const change = one.settings.find(isApplicationName);
    if (change === undefined || (change.value === null && one.command === 'RESET')) continue;
    if (one.command !== 'SET' || one.settings.length !== 1 || !change.certain) return null;
    const scope = change.scope === 'transaction' ? 'LOCAL ' : '';
    const value = change.value === null ? 'DEFAULT' : quoteLiteral(change.value);
    edits.push({ start: one.start, end: one.end, text: ` SET ${scope}bailiwick.client_application TO ${value} ` });
  }
  return edits;
}

const isApplicationName = ({ name }: { readonly name: string }): boolean => name.toLowerCase() === 'application_name';

/** Backslashes are plain under standard_conforming_strings, which sessions cannot turn off. */
const quoteLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`;
