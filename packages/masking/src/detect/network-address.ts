import type { Finding, Scene } from './finding.ts';
import { isAlphanumeric, isHexDigit, type Reading } from './reading.ts';
import type { Words } from './words.ts';

const DOT = 0x2e;
const COLON = 0x3a;
const HYPHEN = 0x2d;
const IPV6_LENGTH_MAX = 45;
const VERSION_CONTEXT: ReadonlySet<string> = new Set([
  'version',
  'ver',
  'release',
  'build',
  'v',
  'upgrade',
  'upgraded',
]);

const isHexWord = (words: Words, word: number): boolean => {
  for (const character of words.text(word)) if (!isHexDigit(character.charCodeAt(0))) return false;
  return true;
};

/** Whether `count` words from `first` on are `length` hexadecimal digits each, with this separator between them. */
function isHexRun(words: Words, first: number, count: number, length: number, separator: number): boolean {
  if (first + count > words.count) return false;
  for (let word = first; word < first + count; word += 1) {
    if (words.length(word) !== length || !isHexWord(words, word)) return false;
    if (word < first + count - 1 && words.separatorAfter(word) !== separator) return false;
  }
  return true;
}

/** Hardware addresses: six or eight pairs with colons or hyphens, or three quadruples with dots. */
export function findMacs({ words }: Scene): readonly Finding[] {
  const findings: Finding[] = [];
  for (let word = 0; word < words.count; word += 1) {
    const separator = words.separatorAfter(word);
    if (separator !== COLON && separator !== HYPHEN && separator !== DOT) continue;
    const count = separator === DOT ? 3 : isHexRun(words, word, 8, 2, separator) ? 8 : 6;
    if (!isHexRun(words, word, count, separator === DOT ? 4 : 2, separator)) continue;
    const last = word + count - 1;
    if (words.separatorAfter(last) === separator && words.length(last + 1) === words.length(last)) continue;
    findings.push({ detector: 'mac', start: words.start(word), end: words.end(last) });
    word = last;
  }
  return findings;
}

/** IPv4 addresses, in words with dots between them, and IPv6 addresses. */
export function findIps(scene: Scene): readonly Finding[] {
  return [...findV4(scene), ...findV6(scene.reading)];
}

function findV4({ reading, words }: Scene): readonly Finding[] {
  const findings: Finding[] = [];
  for (let word = 0; word + 3 < words.count; word += 1) {
    if (!isQuad(words, word)) continue;
    const last = word + 3;
    const before = reading.code(words.start(word) - 1);
    const goesOn = words.separatorAfter(last) === DOT && words.isNumber(last + 1);
    if (before === DOT || goesOn || words.saidBefore(word, VERSION_CONTEXT)) continue;
    findings.push({ detector: 'ip', start: words.start(word), end: words.end(last) });
    word = last;
  }
  return findings;
}

function isQuad(words: Words, first: number): boolean {
  for (let word = first; word < first + 4; word += 1) {
    if (!words.isNumber(word) || words.length(word) > 3 || Number(words.text(word)) > 255) return false;
    if (word < first + 3 && words.separatorAfter(word) !== DOT) return false;
  }
  return true;
}

const isV6Code = (code: number): boolean => isHexDigit(code) || code === COLON || code === DOT;

function findV6(reading: Reading): readonly Finding[] {
  const findings: Finding[] = [];
  let from = 0;
  let colon = reading.find(':', 0);
  while (colon !== -1) {
    let start = colon;
    while (start > from && isV6Code(reading.code(start - 1))) start -= 1;
    let end = colon;
    while (end < reading.length && isV6Code(reading.code(end))) end += 1;
    from = end;
    // A full stop or colon behind an address belongs to the sentence.
    let last = end;
    while (last > start && (reading.code(last - 1) === DOT || reading.code(last - 1) === COLON)) last -= 1;
    const open = !isAlphanumeric(reading.code(start - 1)) && !isAlphanumeric(reading.code(end));
    if (open && last - start <= IPV6_LENGTH_MAX && isV6(reading.slice(start, last)))
      findings.push({ detector: 'ip', start, end: last });
    colon = reading.find(':', end);
  }
  return findings;
}

function isV6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !/\d/.test(text)) return false;
  let groups = 0;
  for (const group of halves.flatMap((half) => (half === '' ? [] : half.split(':')))) {
    if (group.includes('.')) groups += 2;
    else if (/^[0-9a-f]{1,4}$/i.test(group)) groups += 1;
    else return false;
  }
  return halves.length === 2 ? groups < 8 && groups > 0 : groups === 8;
}
