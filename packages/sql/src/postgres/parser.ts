import type { ParseResult } from '@pgsql/types';
import { UnparsedError } from '../understand.ts';
import { guardText } from './text-guard.ts';
import { fillInstances, type ParserFault, parseToJson, scanToJson } from './wasm-parser.ts';

/** Levels of the parse tree (objects and arrays), so that whoever walks it by recursion has the stack for it. */
export const TREE_DEPTH_MAX = 1000;
/** Characters of the parse tree as JSON: about fifty times the text in the worst case. */
export const TREE_LENGTH_MAX: number = 16 << 20;

/** Makes the parser ready; resolves at once afterwards. */
export async function loadPostgresParser(): Promise<void> {
  await fillInstances();
}

/**
 * The parse tree of a text, one `RawStmt` a statement; positions are byte offsets in its UTF-8 form. An empty text has
 * no statements. Throws `UnparsedError` for what is not SQL of PostgreSQL 18, is too large or nests too deep; its
 * message quotes no literal.
 */
export function parsePostgres(sql: string): ParseResult {
  const bytes = guardText(sql);
  if (bytes.length === 0) return { stmts: [] };
  const json = parseToJson(bytes);
  if (typeof json !== 'string') throw unparsed(sql, json);
  if (json.length > TREE_LENGTH_MAX) throw new UnparsedError('the statement is too complex', -1);
  if (jsonDepthExceeds(json, TREE_DEPTH_MAX)) throw new UnparsedError('the statement nests too deep', -1);
  const { version, stmts = [] } = JSON.parse(json) as ParseResult;
  return { ...(version === undefined ? {} : { version }), stmts };
}

interface ScanToken {
  readonly start: number;
  readonly end: number;
  readonly tokenName: string;
}

/** What is kept is listed, by its spelling: names, operators, punctuation, parameters. Anything else is a literal. */
const KEPT =
  /^(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*|(?:[uU]&)?"[\s\S]*"|[~!@#^&|`?+\-*/%<>=:,;.()[\]]+|\$\d+)$/;
const COMMENTS: ReadonlySet<string> = new Set(['SQL_COMMENT', 'C_COMMENT']);
const WORD_CHARACTER = /[A-Za-z0-9_$\u0080-\uffff]/;

/**
 * The text with every literal replaced by `$n` (numbered after the parameters it has), comments left out and white
 * space folded. Works on tokens, not on the tree: passwords, DO bodies and COPY options are literals too. Throws
 * `UnparsedError` for what cannot be cut into tokens; such a text has no safe form.
 */
export function normalisePostgres(sql: string): string {
  const bytes = guardText(sql);
  if (bytes.length === 0) return '';
  const { tokens } = scanTokens(sql, bytes);
  let parameter = tokens.reduce((max, token) => Math.max(max, parameterNumber(token, bytes)), 0);
  let text = '';
  let end = 0;
  for (const token of tokens) {
    if (COMMENTS.has(token.tokenName)) continue;
    const spelling = bytes.toString('utf8', token.start, token.end);
    const piece = KEPT.test(spelling) ? spelling : `$${++parameter}`;
    // `SELECT'a'` must not become the name `SELECT$1`.
    const touches = WORD_CHARACTER.test(text.slice(-1)) && WORD_CHARACTER.test(piece.charAt(0));
    text += text !== '' && (token.start > end || touches) ? ` ${piece}` : piece;
    end = token.end;
  }
  return text;
}

function scanTokens(sql: string, bytes: Buffer): { readonly tokens: readonly ScanToken[] } {
  const json = scanToJson(bytes);
  if (typeof json !== 'string') throw unparsed(sql, json);
  try {
    return JSON.parse(json) as { tokens: ScanToken[] };
  } catch {
    throw new UnparsedError('the statement cannot be cut into tokens', -1);
  }
}

function parameterNumber(token: ScanToken, bytes: Buffer): number {
  return token.tokenName === 'PARAM' ? Number(bytes.toString('latin1', token.start + 1, token.end)) : 0;
}

/**
 * Of the text at fault a message keeps a word or punctuation; a literal is a value, and goes. Other messages may quote
 * a value anywhere: quotes are emptied, and what follows a colon is cut.
 */
function unparsed(sql: string, { message, position }: ParserFault): UnparsedError {
  const [, what = message, token = null] = /^([^"]*?) at or near "([\s\S]*)"$/.exec(message) ?? [];
  const harmless = token !== null && /^(?:[A-Za-z_]\w{0,30}|[^\w\s'"$]{1,3})$/.test(token);
  const words = what
    .replaceAll(/"[^"]*"?/g, '"…"')
    .replace(/:.*/s, '')
    .slice(0, 100);
  return new UnparsedError(harmless ? `${words} at or near "${token}"` : words, byteOffset(sql, position));
}

/** From characters counted from 1 to bytes counted from 0. */
function byteOffset(sql: string, position: number): number {
  if (position <= 0) return -1;
  let bytes = 0;
  let left = position - 1;
  for (const char of sql) {
    if (left-- === 0) break;
    bytes += Buffer.byteLength(char);
  }
  return bytes;
}

function jsonDepthExceeds(json: string, max: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x22) at = stringEnd(json, at);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > max) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** Index of the quote that ends the JSON string which starts at `start`. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  while (json.charCodeAt(at) !== 0x22) at += json.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}
