/**
 * The statement without its plain trailing comments, white space and semicolons: sqlcommenter appends a trace id that
 * differs each time a statement is sent (SEMANTICS 34). Comments that carry meaning (`/*+`, `/*!`, `/*M!`) stay.
 *
 * The text is scanned from its start, because only there is it known whether `/*` opens a comment or stands in a
 * string. Where the dialects disagree on what is a string or a comment (backslashes, dollar quotes, nested comments,
 * `#`, `--` without a space), nothing is stripped: then only the very same bytes are the same statement.
 */
export function withoutTrailingComments(sql: string): string {
  let end = 0;
  let at = 0;
  while (at < sql.length) {
    const char = sql[at] ?? '';
    if (SKIPPED.includes(char)) {
      at += 1;
      continue;
    }
    if (isAmbiguous(sql, at)) return sql;
    const comment = commentEnd(sql, at);
    if (comment === 'ambiguous') return sql;
    if (comment !== null) {
      at = comment.end;
      if (!comment.plain) end = at;
      continue;
    }
    const next = char === "'" || char === '"' ? quotedEnd(sql, at) : at + 1;
    if (next === null) return sql;
    at = next;
    end = at;
  }
  return sql.slice(0, end);
}

/** White space of both grammars, and semicolons, which end nothing when nothing follows. */
const SKIPPED = ' \t\n\r\f\v;';

/** Backticks quote in MySQL only, `#` comments there only, `$tag$` quotes in PostgreSQL only. `$1` is a parameter. */
function isAmbiguous(sql: string, at: number): boolean {
  const char = sql[at] ?? '';
  return char === '`' || char === '#' || (char === '$' && !/[0-9]/.test(sql[at + 1] ?? ''));
}

/** Where a comment that starts here ends, and whether it is a plain one; null: none starts here. */
function commentEnd(sql: string, at: number): { readonly end: number; readonly plain: boolean } | 'ambiguous' | null {
  if (sql.startsWith('--', at)) return lineCommentEnd(sql, at);
  if (!sql.startsWith('/*', at)) return null;
  const close = sql.indexOf('*/', at + 2);
  if (close === -1) return 'ambiguous';
  const body = sql.slice(at + 2, close);
  // PostgreSQL nests comments, MySQL does not; MySQL and its kin run what stands in /*! and /*M!.
  // `/*/` opens a second one for PostgreSQL while MySQL sees the end of the first.
  if (sql.slice(at + 2, close + 1).includes('/*') || /^[A-Za-z]?!/.test(body)) return 'ambiguous';
  return { end: close + 2, plain: !body.startsWith('+') };
}

function lineCommentEnd(sql: string, at: number): { readonly end: number; readonly plain: boolean } | 'ambiguous' {
  // In MySQL `5--3` is arithmetic, and a lone carriage return does not end the comment as it does in PostgreSQL.
  if (at + 2 < sql.length && !/[ \t\n\r]/.test(sql[at + 2] ?? '')) return 'ambiguous';
  const newline = sql.indexOf('\n', at);
  const end = newline === -1 ? sql.length : newline + 1;
  return /\r(?!\n)/.test(sql.slice(at, end)) ? 'ambiguous' : { end, plain: true };
}

/** After the closing quote; null where there is none, or where a backslash may or may not escape it. */
function quotedEnd(sql: string, at: number): number | null {
  const close = sql.indexOf(sql[at] ?? '', at + 1);
  if (close === -1 || sql.slice(at, close).includes('\\')) return null;
  return close + 1;
}
