import type { TextEdit } from '@bailiwick/domain';
import type { ExplainStmt } from '@pgsql/types';
import { type TokenKind, walkTokens } from './tokens.ts';

interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

/**
 * The edit of an EXPLAIN statement's text after which its plan has the same form and no estimates: COSTS OFF behind all
 * other options, where it wins over them. `text` is the statement alone and begins at byte `start` of its packet. The
 * edit's places are bytes of the packet.
 */
export function withoutEstimates({ options = [] }: ExplainStmt, text: string, start: number): TextEdit {
  const [explain, ...after] = tokensOf(text);
  if (explain === undefined) throw new RangeError('the text is not the one of this tree');
  const at = (index: number): number => start + Buffer.byteLength(text.slice(0, index));
  const insert = (from: number, to: number, edit: string): TextEdit => ({ start: at(from), end: at(to), text: edit });
  const last = options.length === 0 ? null : lastOfOptions(after, text);
  if (last === null) return insert(explain.end, explain.end, ' (COSTS OFF)');
  if (text.charAt(last.start) === ')') return insert(last.start, last.start, ', COSTS OFF');
  const words = options.flatMap((option) => ('DefElem' in option ? [option.DefElem.defname ?? ''] : []));
  return insert(explain.end, last.end, ` (${[...words, 'COSTS OFF'].join(', ')})`);
}

/** The parenthesis that closes an option list, or the last word of the older form: EXPLAIN ANALYZE VERBOSE. */
function lastOfOptions(tokens: readonly Token[], text: string): Token | null {
  const first = tokens[0];
  if (first === undefined) return null;
  if (text.charAt(first.start) !== '(') return tokens.findLast(isOlderOption(tokens, text)) ?? null;
  let depth = 0;
  for (const token of tokens) {
    const mark = token.kind === 'mark' ? text.charAt(token.start) : '';
    if (mark === '(') depth++;
    if (mark === ')') depth--;
    if (depth === 0) return token;
  }
  return null;
}

/** EXPLAIN [ANALYZE | ANALYSE] [VERBOSE]: at most two words, and no statement starts with either. */
function isOlderOption(tokens: readonly Token[], text: string): (token: Token) => boolean {
  const words = tokens.slice(0, 2).filter(({ start, end }) => /^(analy[sz]e|verbose)$/i.test(text.slice(start, end)));
  return (token) => words.includes(token);
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  walkTokens(text, (kind, start, end) => {
    if (kind !== 'comment') tokens.push({ kind, start, end });
  });
  return tokens;
}
