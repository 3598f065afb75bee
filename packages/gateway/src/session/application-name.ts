import type { StatementFacts } from '@bailiwick/domain';

/**
 * `application_name` tells the database who is behind the connection, so clients may not set it; but drivers do so in
 * passing and must not fail. `SET application_name = …` is turned into a SET of a setting of the gateway's own, which has
 * the same command tag and the same transaction semantics. Null: it is set in a form that cannot be turned (set_config).
 */
export function rewriteApplicationName(sql: string, facts: readonly StatementFacts[]): string | null {
  const setting = facts.filter((one) => one.settings.some(isApplicationName));
  if (setting.length === 0) return sql;
  let text = Buffer.from(sql);
  for (const one of setting.toReversed()) {
    const change = one.settings.find(isApplicationName);
    const resets = change?.value === null;
    if (resets && one.command === 'RESET') continue;
    if (one.command !== 'SET' || one.settings.length !== 1 || change === undefined || !change.certain) return null;
    const scope = change.scope === 'transaction' ? 'LOCAL ' : '';
    const value = change.value === null ? 'DEFAULT' : quoteLiteral(change.value);
    const replacement = Buffer.from(` SET ${scope}bailiwick.client_application TO ${value} `);
    text = Buffer.concat([text.subarray(0, one.start), replacement, text.subarray(one.end)]);
  }
  return text.toString();
}

const isApplicationName = ({ name }: { readonly name: string }): boolean => name.toLowerCase() === 'application_name';

/** Backslashes are plain under standard_conforming_strings, which sessions cannot turn off. */
const quoteLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`;
