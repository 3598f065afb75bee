/** Where the scanner is inside a text: outside everything, or in what must end before a semicolon counts. */
type Inside = { readonly until: string; readonly escapes: boolean } | null;

const DOLLAR_TAG = /^\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/;

/**
 * Cuts the first whole statement off a text: up to a semicolon that is in no literal, quoted name, dollar quote or
 * comment. Null: the text has none yet. What a server makes of it is the server's to say; this decides only what is
 * sent together.
 */
export function cutStatement(text: string): { readonly statement: string; readonly rest: string } | null {
  let at = 0;
  while (at < text.length) {
    if (text[at] === ';') return { statement: text.slice(0, at + 1), rest: text.slice(at + 1) };
    const end = skip(text, at);
    if (end === null) return null;
    at = end;
  }
  return null;
}

/** The end of whatever begins here; null: it does not end in this text. */
function skip(text: string, at: number): number | null {
  const two = text.slice(at, at + 2);
  if (two === '--') return after(text, '\n', at);
  if (two === '/*') return skipComment(text, at);
  const opened = opening(text, at);
  if (opened === null) return at + 1;
  const { inside, length } = opened;
  return inside.escapes ? skipEscaped(text, at + length, inside.until) : after(text, inside.until, at + length);
}

function opening(text: string, at: number): { readonly inside: NonNullable<Inside>; readonly length: number } | null {
  const character = text[at] ?? '';
  if (character === '"') return { inside: { until: '"', escapes: false }, length: 1 };
  if (character === "'") {
    const escapes = /(?:^|[^\w$\x80-\uffff])[eE]$/.test(text.slice(Math.max(0, at - 2), at));
    return { inside: { until: "'", escapes }, length: 1 };
  }
  // A dollar inside a name does not open a quote.
  if (character !== '$' || /[\w$\x80-\uffff]/.test(text[at - 1] ?? '')) return null;
  const tag = DOLLAR_TAG.exec(text.slice(at, at + 64))?.[0];
  return tag === undefined ? null : { inside: { until: tag, escapes: false }, length: tag.length };
}

function after(text: string, until: string, from: number): number | null {
  const found = text.indexOf(until, from);
  return found < 0 ? null : found + until.length;
}

function skipEscaped(text: string, from: number, until: string): number | null {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === until) return at + 1;
  }
  return null;
}

/** Comments nest. */
function skipComment(text: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < text.length - 1; at += 1) {
    const two = text.slice(at, at + 2);
    if (two === '/*') depth += 1;
    else if (two === '*/') depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return null;
}
