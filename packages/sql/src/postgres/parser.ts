import type { ParseResult } from '@pgsql/types';
import { UnparsedError } from '../understand.ts';
import { guardText } from './text-guard.ts';
import { fillInstances, type ParserFault, parseToJson } from './wasm-parser.ts';

/** Levels of the parse tree (objects and arrays), so that whoever walks it by recursion has the stack for it. */
export const TREE_DEPTH_MAX = 1000;
/** Characters of the parse tree as JSON: about fifty times the text in the worst case. */
export const TREE_LENGTH_MAX: number = 16 << 20;

export { normalisePostgres } from './normalise.ts';

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
