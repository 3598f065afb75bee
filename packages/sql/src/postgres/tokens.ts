import { UnparsedError } from '../understand.ts';

/** Comments inside comments. */
export const COMMENT_DEPTH_MAX = 32;
/** An operator's name is shorter than NAMEDATALEN, 64. */
export const OPERATOR_LENGTH_MAX = 63;
/**
 * PostgreSQL's scanner reads a whole run of operator characters wherever a comment or an operator starts in it, so a
 * text of comments without space between them costs the square of its length. This many characters take it about 50 ms.
 */
export const RESCANNED_MAX: number = 8 << 20;

/** `literal` is a string, bit string or number; `mark` an operator or punctuation; `name` a word or a quoted name. */
export type TokenKind = 'name' | 'literal' | 'parameter' | 'mark' | 'comment';
/** Spans are indices of the JavaScript string. */
export type TokenVisitor = (kind: TokenKind, start: number, end: number) => void;

/** A backslash escapes in `escape` only; two quotes are one, except in `bits`. */
type StringForm = 'plain' | 'escape' | 'bits';

const OPERATOR = /[~!@#^&|`?+\-*/%<>=]/;
const SPACE = /[ \t\n\r\f\v]/;
const DIGIT = /[0-9]/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]/;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const PARAMETER = /\$\d+/y;
/** What may follow a number without space is a fault of syntax: it belongs to the literal, so that it goes with it. */
const NUMBER =
  /(?:0[xXoObB][0-9A-Fa-f_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[A-Za-z0-9_]*/y;

/**
 * Cuts a text into tokens as PostgreSQL's scanner does (standard_conforming_strings on), white space left out, and
 * refuses what would exhaust that scanner: the work here is linear. Throws `UnparsedError` also for a string, a name
 * or a comment without end.
 */
export function walkTokens(sql: string, visit: TokenVisitor): void {
  const rescans = rescanBudget(sql);
  for (let at = 0; at < sql.length; ) {
    if (SPACE.test(sql.charAt(at))) at++;
    else at = visitToken(sql, at, visit, rescans);
  }
}

/** Index behind the token that starts at `start`. */
function visitToken(sql: string, start: number, visit: TokenVisitor, rescans: (at: number) => void): number {
  const emit = (kind: TokenKind, end: number): number => {
    visit(kind, start, end);
    return end;
  };
  const char = sql.charAt(start);
  if (WORD_START.test(char)) return visitWord(sql, start, visit);
  if (DIGIT.test(char)) return emit('literal', matchEnd(NUMBER, sql, start));
  if (char === "'") return emit('literal', afterString(sql, start, 'plain'));
  if (char === '"') return emit('name', afterQuoted(sql, start, '"'));
  if (char === '$') return visitDollar(sql, start, visit);
  if (sql.startsWith('--', start)) return emit('comment', afterLine(sql, start));
  if (sql.startsWith('/*', start)) return emit('comment', afterComment(sql, start, rescans));
  if (OPERATOR.test(char)) return emit('mark', afterOperator(sql, start, rescans));
  if (sql.startsWith('..', start)) return emit('mark', start + 2);
  if (char === '.' && DIGIT.test(sql.charAt(start + 1))) return emit('literal', matchEnd(NUMBER, sql, start));
  return emit('mark', start + 1);
}

/** An `UnparsedError` at an index of the JavaScript string. */
export function refuseAt(message: string, sql: string, index: number): UnparsedError {
  return new UnparsedError(message, Buffer.byteLength(sql.slice(0, index)));
}

function matchEnd(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : -1;
}

/** Counts, for each place given, the operator characters that follow it. */
function rescanBudget(sql: string): (at: number) => void {
  let spent = 0;
  let runEnd = 0;
  return (at) => {
    if (runEnd < at) runEnd = at;
    while (runEnd < sql.length && OPERATOR.test(sql.charAt(runEnd))) runEnd++;
    spent += runEnd - at;
    if (spent > RESCANNED_MAX) throw refuseAt('too many comments without space between them', sql, at);
  };
}

/** A prefix of one letter makes the quote after it a string (B, X, E, U&) or a name (U&). */
function visitWord(sql: string, start: number, visit: TokenVisitor): number {
  let end = start;
  while (end < sql.length && WORD.test(sql.charAt(end))) end++;
  const prefix = sql.slice(start, end).toLowerCase();
  const quote = prefix === 'u' && sql.charAt(end) === '&' ? end + 1 : end;
  const isString = sql.charAt(quote) === "'" && (/^[bxe]$/.test(prefix) || quote > end);
  const isName = sql.charAt(quote) === '"' && quote > end;
  if (isString) end = afterString(sql, quote, prefix === 'e' ? 'escape' : prefix === 'u' ? 'plain' : 'bits');
  else if (isName) end = afterQuoted(sql, quote, '"');
  visit(isString ? 'literal' : 'name', start, end);
  return end;
}

function visitDollar(sql: string, start: number, visit: TokenVisitor): number {
  const parameter = matchEnd(PARAMETER, sql, start);
  const tagEnd = matchEnd(DOLLAR_TAG, sql, start);
  if (tagEnd < 0) {
    const end = parameter < 0 ? start + 1 : parameter;
    visit(parameter < 0 ? 'mark' : 'parameter', start, end);
    return end;
  }
  const tag = sql.slice(start, tagEnd);
  const close = sql.indexOf(tag, tagEnd);
  if (close < 0) throw refuseAt('a dollar-quoted string has no end', sql, start);
  visit('literal', start, close + tag.length);
  return close + tag.length;
}

/**
 * A string goes on in the next literal when only white space with a line end stands between. With a comment there too
 * it goes on for the server [ran], but not for libpg-query: what two readers read differently is refused.
 */
function afterString(sql: string, start: number, form: StringForm): number {
  let at = afterQuoted(sql, start, "'", form);
  for (let next = continuation(sql, at); next >= 0; next = continuation(sql, at)) {
    at = afterQuoted(sql, next, "'", form);
  }
  return at;
}

/** Index of the quote that continues a string which ended before `start`, or -1. */
function continuation(sql: string, start: number): number {
  let lineEnd = false;
  let comment = false;
  for (let at = start; at < sql.length; ) {
    const char = sql.charAt(at);
    if (sql.startsWith('--', at)) {
      comment = true;
      at = afterLine(sql, at);
    } else if (SPACE.test(char)) {
      lineEnd ||= char === '\n' || char === '\r';
      at++;
    } else {
      const goesOn = lineEnd && char === "'";
      if (goesOn && comment) throw refuseAt('a comment stands inside a string', sql, at);
      return goesOn ? at : -1;
    }
  }
  return -1;
}

function afterQuoted(sql: string, start: number, quote: "'" | '"', form: StringForm = 'plain'): number {
  for (let at = start + 1; at < sql.length; at++) {
    const char = sql.charAt(at);
    if (form === 'escape' && char === '\\') at++;
    else if (char === quote) {
      if (form === 'bits' || sql.charAt(at + 1) !== quote) return at + 1;
      at++;
    }
  }
  throw refuseAt(quote === "'" ? 'a string has no end' : 'a quoted name has no end', sql, start);
}

function afterLine(sql: string, start: number): number {
  let at = start;
  while (at < sql.length && sql.charAt(at) !== '\n' && sql.charAt(at) !== '\r') at++;
  return at;
}

function afterComment(sql: string, start: number, rescans: (at: number) => void): number {
  let depth = 0;
  for (let at = start; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      rescans(at);
      depth++;
      at += 2;
      if (depth > COMMENT_DEPTH_MAX) throw refuseAt('comments nest too deep', sql, start);
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else at++;
  }
  throw refuseAt('a comment has no end', sql, start);
}

/** An operator ends where a comment starts. */
function afterOperator(sql: string, start: number, rescans: (at: number) => void): number {
  rescans(start);
  let at = start;
  while (OPERATOR.test(sql.charAt(at)) && !sql.startsWith('--', at) && !sql.startsWith('/*', at)) at++;
  if (at - start > OPERATOR_LENGTH_MAX) throw refuseAt('an operator is too long', sql, start);
  return at;
}
