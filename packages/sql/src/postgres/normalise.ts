import { guardCharacters } from './text-guard.ts';
import { walkTokens } from './tokens.ts';

const WORD_CHARACTER = /[A-Za-z0-9_$\u0080-\uffff]/;

/**
 * The text with every literal replaced by `$n` (numbered after the parameters it has), comments left out and white
 * space folded: safe for an index (law 3). Works on tokens, not on the tree: passwords, DO bodies and COPY options are
 * literals too. Throws `UnparsedError` for what cannot be cut into tokens; such a text has no safe form.
 */
export function normalisePostgres(sql: string): string {
  guardCharacters(sql);
  let parameter = highestParameter(sql);
  const pieces: string[] = [];
  let last = '';
  let lastEnd = 0;
  walkTokens(sql, (kind, start, end) => {
    if (kind === 'comment') return;
    const piece = kind === 'literal' ? `$${++parameter}` : sql.slice(start, end);
    // `SELECT'a'` must not become the name `SELECT$1`.
    const touches = WORD_CHARACTER.test(last) && WORD_CHARACTER.test(piece.charAt(0));
    if (pieces.length > 0 && (start > lastEnd || touches)) pieces.push(' ');
    pieces.push(piece);
    last = piece.slice(-1);
    lastEnd = end;
  });
  return pieces.join('');
}

function highestParameter(sql: string): number {
  let highest = 0;
  walkTokens(sql, (kind, start, end) => {
    if (kind === 'parameter') highest = Math.max(highest, Number(sql.slice(start + 1, end)));
  });
  return highest;
}
