import { UnparsedError } from '../understand.ts';

/** Largest text that is parsed: the contract's default for `limits.statement_bytes`. */
export const STATEMENT_BYTES_MAX: number = 1 << 20;
/** Open parentheses and brackets; PostgreSQL's own grammar gives up at 10,000. */
export const PARENTHESES_DEPTH_MAX = 500;
/** PostgreSQL's scanner takes time that grows with the square of these two. */
export const COMMENT_DEPTH_MAX = 32;
/** An operator's name is shorter than NAMEDATALEN, 64. */
export const OPERATOR_LENGTH_MAX = 63;

const OPERATOR = /[~!@#^&|`?+\-*/%<>=]/;
const SPACE = /[ \t\n\r\f\v]/;
const IDENTIFIER = /[A-Za-z0-9_$\u0080-\uffff]/;
const NUMBER = /[A-Za-z0-9_]/;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/**
 * The UTF-8 form of a text that is safe to give to the parser: small, free of NUL (at which the parser would stop
 * reading, and the server not) and of lone surrogates, and without the shapes that exhaust the scanner. Throws
 * `UnparsedError`. Whether the text is SQL is for the parser to say.
 */
export function guardText(sql: string): Buffer {
  if (sql.length > STATEMENT_BYTES_MAX) throw tooLarge();
  const nul = sql.indexOf('\0');
  if (nul >= 0) throw refuse('the text has a NUL character', sql, nul);
  const surrogate = sql.search(/\p{Surrogate}/u);
  if (surrogate >= 0) throw refuse('the text is not valid Unicode', sql, surrogate);
  const bytes = Buffer.from(sql);
  if (bytes.length > STATEMENT_BYTES_MAX) throw tooLarge();
  guardTokens(sql);
  return bytes;
}

const tooLarge = (): UnparsedError => new UnparsedError(`the text is larger than ${STATEMENT_BYTES_MAX} bytes`, -1);

const refuse = (message: string, sql: string, index: number): UnparsedError =>
  new UnparsedError(message, Buffer.byteLength(sql.slice(0, index)));

/** Walks the text as PostgreSQL's scanner does (standard_conforming_strings on). */
function guardTokens(sql: string): void {
  let depth = 0;
  for (let at = 0; at < sql.length; ) {
    const char = sql.charAt(at);
    if (char === "'") at = afterString(sql, at, false);
    else if (char === '"') at = afterQuoted(sql, at, '"');
    else if (char === '$') at = afterDollar(sql, at);
    else if (sql.startsWith('--', at)) at = afterLine(sql, at);
    else if (sql.startsWith('/*', at)) at = afterComment(sql, at);
    else if (OPERATOR.test(char)) at = afterOperator(sql, at);
    else if (IDENTIFIER.test(char)) at = afterWord(sql, at);
    else {
      if (char === '(' || char === '[') depth++;
      if (char === ')' || char === ']') depth--;
      if (depth > PARENTHESES_DEPTH_MAX) throw refuse('the statement nests too deep', sql, at);
      at++;
    }
  }
}

/** A word ends before a quote, a number before a dollar too; the prefix E alone makes a string with escapes. */
function afterWord(sql: string, start: number): number {
  const part = /[0-9]/.test(sql.charAt(start)) ? NUMBER : IDENTIFIER;
  let at = start;
  while (at < sql.length && part.test(sql.charAt(at))) at++;
  const escapes = at - start === 1 && /[eE]/.test(sql.charAt(start)) && sql.charAt(at) === "'";
  return escapes ? afterString(sql, at, true) : at;
}

/** A string goes on in the next literal when only white space with a line end stands between. */
function afterString(sql: string, start: number, escapes: boolean): number {
  let at = afterQuoted(sql, start, "'", escapes);
  for (let next = continuation(sql, at); next >= 0; next = continuation(sql, at)) {
    at = afterQuoted(sql, next, "'", escapes);
  }
  return at;
}

/** Index of the quote that continues a string which ended before `at`, or -1. */
function continuation(sql: string, start: number): number {
  let lineEnd = false;
  for (let at = start; at < sql.length; ) {
    const char = sql.charAt(at);
    if (sql.startsWith('--', at)) at = afterLine(sql, at);
    else if (SPACE.test(char)) {
      lineEnd ||= char === '\n' || char === '\r';
      at++;
    } else return lineEnd && char === "'" ? at : -1;
  }
  return -1;
}

function afterQuoted(sql: string, start: number, quote: "'" | '"', escapes = false): number {
  for (let at = start + 1; at < sql.length; at++) {
    const char = sql.charAt(at);
    if (escapes && char === '\\') at++;
    else if (char === quote) {
      if (sql.charAt(at + 1) !== quote) return at + 1;
      at++;
    }
  }
  throw refuse(quote === "'" ? 'a string has no end' : 'a quoted name has no end', sql, start);
}

function afterDollar(sql: string, start: number): number {
  DOLLAR_TAG.lastIndex = start;
  const tag = DOLLAR_TAG.exec(sql)?.[0];
  if (tag === undefined) return start + 1;
  const end = sql.indexOf(tag, start + tag.length);
  if (end < 0) throw refuse('a dollar-quoted string has no end', sql, start);
  return end + tag.length;
}

function afterLine(sql: string, start: number): number {
  let at = start;
  while (at < sql.length && sql.charAt(at) !== '\n' && sql.charAt(at) !== '\r') at++;
  return at;
}

function afterComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      depth++;
      at += 2;
      if (depth > COMMENT_DEPTH_MAX) throw refuse('comments nest too deep', sql, start);
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else at++;
  }
  throw refuse('a comment has no end', sql, start);
}

/** An operator ends where a comment starts. */
function afterOperator(sql: string, start: number): number {
  let at = start;
  while (at < sql.length && OPERATOR.test(sql.charAt(at)) && !sql.startsWith('--', at) && !sql.startsWith('/*', at))
    at++;
  if (at - start > OPERATOR_LENGTH_MAX) throw refuse('an operator is too long', sql, start);
  return at;
}
