/**
 * Why the values of a system relation's column may quote user data, secrets or other people's statements;
 * undefined: they do not. `column` `*` asks for the relation as a whole (a whole-row reference).
 */
export function sensitiveColumn(_schema: string, _relation: string, _column: string): string | undefined {
  return undefined;
}
