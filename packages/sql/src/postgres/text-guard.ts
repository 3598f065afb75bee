import { UnparsedError } from '../understand.ts';
import { refuseAt, walkTokens } from './tokens.ts';

/** Largest text that is parsed: the contract's default for `limits.statement_bytes`. */
export const STATEMENT_BYTES_MAX: number = 1 << 20;
/** Open parentheses and brackets; PostgreSQL's own grammar gives up at 10,000. */
export const PARENTHESES_DEPTH_MAX = 500;
/** Statements in one text. */
export const STATEMENTS_MAX = 2_000;
/** Items of the lists of a statement outside of parentheses: PostgreSQL takes 1,664 in a select list or an ORDER BY. */
export const LIST_ITEMS_MAX = 5_000;

/**
 * The UTF-8 form of a text that is safe to give to the parser: small, free of NUL (at which the parser would stop
 * reading, and the server not) and of lone surrogates, and without the shapes that exhaust scanner or parser. Throws
 * `UnparsedError`. Whether the text is SQL is for the parser to say.
 */
export function guardText(sql: string): Buffer {
  guardCharacters(sql);
  let depth = 0;
  let statements = 0;
  let items = 0;
  let before = '';
  walkTokens(sql, (kind, start) => {
    if (kind === 'comment') return;
    const char = sql.charAt(start);
    const last = before;
    before = char;
    if (kind !== 'mark') return;
    if (depth === 0 && char === ';') {
      items = 0;
      if (++statements > STATEMENTS_MAX) throw refuseAt('the text has too many statements', sql, start);
    }
    // Rows of VALUES are lists in parentheses: as many as fit into the text.
    if (depth === 0 && char === ',' && last !== ')' && ++items > LIST_ITEMS_MAX)
      throw refuseAt('a list of the statement is too long', sql, start);
    if (char === '(' || char === '[') depth++;
    if (char === ')' || char === ']') depth--;
    if (depth > PARENTHESES_DEPTH_MAX) throw refuseAt('the statement nests too deep', sql, start);
  });
  return Buffer.from(sql);
}

/** The part of the guard that looks at characters only. */
export function guardCharacters(sql: string): void {
  if (sql.length > STATEMENT_BYTES_MAX || Buffer.byteLength(sql) > STATEMENT_BYTES_MAX) {
    throw new UnparsedError(`the text is larger than ${STATEMENT_BYTES_MAX} bytes`, -1);
  }
  const nul = sql.indexOf('\0');
  if (nul >= 0) throw refuseAt('the text has a NUL character', sql, nul);
  const surrogate = sql.search(/\p{Surrogate}/u);
  if (surrogate >= 0) throw refuseAt('the text is not valid Unicode', sql, surrogate);
}
