import type { Finding, Scene } from './finding.ts';
import { isAlphanumeric, isLetter, type Reading } from './reading.ts';

const AT = 0x40;
const QUOTE = 0x22;
const DOT = 0x2e;
const HYPHEN = 0x2d;
/** RFC 5322 atext and the dot. */
const LOCAL_MARKS: ReadonlySet<number> = new Set(Array.from("!#$%&'*+/=?^_`{|}~-.", (mark) => mark.charCodeAt(0)));

const isLocal = (code: number): boolean => isAlphanumeric(code) || code >= 0x80 || LOCAL_MARKS.has(code);
const isDomain = (code: number): boolean => isAlphanumeric(code) || code >= 0x80 || code === DOT || code === HYPHEN;

/** Every address around an `@`. What lies between two of them is read at most twice. */
export function findEmails({ reading }: Scene): readonly Finding[] {
  const findings: Finding[] = [];
  let from = 0;
  for (let at = reading.find('@', 0); at !== -1; at = reading.find('@', at + 1)) {
    const start = localStart(reading, at, from);
    const end = domainEnd(reading, at + 1);
    if (start < at && end > at + 1) findings.push({ detector: 'email', start, end });
    from = at + 1;
  }
  return findings;
}

function localStart(reading: Reading, at: number, from: number): number {
  let start = at;
  if (start > from && reading.code(start - 1) === QUOTE) {
    start -= 1;
    while (start > from && reading.code(start - 1) !== QUOTE) start -= 1;
    return start > from ? start - 1 : at;
  }
  while (start > from && isLocal(reading.code(start - 1))) start -= 1;
  return start;
}

/** Behind the domain: labels with dots between them, the last of letters; where there is no such thing, `from`. */
function domainEnd(reading: Reading, from: number): number {
  let end = from;
  while (end < reading.length && reading.code(end) !== AT && isDomain(reading.code(end))) end += 1;
  while (end > from && !isAlphanumeric(reading.code(end - 1)) && reading.code(end - 1) < 0x80) end -= 1;
  let dot = end;
  while (dot > from && reading.code(dot - 1) !== DOT) dot -= 1;
  const top = reading.code(dot);
  const isDomainName = dot > from + 1 && end - dot >= 2 && (isLetter(top) || top >= 0x80);
  return isDomainName ? end : from;
}
