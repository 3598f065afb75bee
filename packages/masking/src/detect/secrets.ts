import type { Finding, Scene } from './finding.ts';
import { isAlphanumeric, isDigit, isLetter, type Reading } from './reading.ts';

const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const BASE64_MARKS: ReadonlySet<number> = new Set(Array.from('/+=', (mark) => mark.charCodeAt(0)));

const isTokenCode = (code: number): boolean => isAlphanumeric(code) || code === HYPHEN || code === UNDERSCORE;

const endOfToken = (reading: Reading, from: number): number => {
  let end = from;
  while (end < reading.length && isTokenCode(reading.code(end))) end += 1;
  return end;
};

/** Enough of a header to see that it is JSON, however long it is. */
const HEADER_LOOK = 64;

/** JSON Web Tokens: three or five parts of base64url with dots between them, the first a JSON object. */
export function findJwts({ reading }: Scene): readonly Finding[] {
  const findings: Finding[] = [];
  let start = reading.find('eyJ', 0);
  while (start !== -1) {
    let end = endOfToken(reading, start);
    const header = reading.slice(start, Math.min(end, start + HEADER_LOOK));
    let parts = 1;
    while (parts < 5 && reading.code(end) === DOT) {
      end = endOfToken(reading, end + 1);
      parts += 1;
    }
    const whole = !isTokenCode(reading.code(start - 1)) && parts >= 3;
    if (whole && Buffer.from(header, 'base64url').toString('latin1').startsWith('{"'))
      findings.push({ detector: 'jwt', start, end });
    start = reading.find('eyJ', end);
  }
  return findings;
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
/** `RSA PRIVATE KEY`, `OPENSSH PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`: the label and its dashes are within this. */
const LABEL_LOOK = 48;

/** Blocks of private keys (RFC 7468 and its kin). One without an end goes on to the end of the text. */
export function findPrivateKeys({ reading }: Scene): readonly Finding[] {
  const findings: Finding[] = [];
  let start = reading.find(BEGIN, 0);
  while (start !== -1) {
    const labelStart = start + BEGIN.length;
    const label = reading.slice(labelStart, Math.min(labelStart + LABEL_LOOK, reading.length));
    if (/^[A-Z0-9 ]*PRIVATE KEY/.test(label)) {
      const close = reading.find(END, labelStart);
      const dashes = close === -1 ? -1 : reading.find('-----', close + END.length);
      const end = dashes === -1 ? reading.length : dashes + 5;
      findings.push({ detector: 'private_key', start, end });
      start = reading.find(BEGIN, end);
    } else start = reading.find(BEGIN, labelStart);
  }
  return findings;
}

interface KeyForm {
  readonly prefix: string;
  readonly lengthMin: number;
  readonly lengthMax: number;
}

const form = (prefix: string, lengthMin: number, lengthMax = 255): KeyForm => ({ prefix, lengthMin, lengthMax });

/** What providers say their keys look like. Lengths are of the whole key. */
const KEY_FORMS: readonly KeyForm[] = [
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA', 'AGPA', 'AIDA', 'AIPA', 'ANPA', 'ANVA', 'APKA', 'AROA', 'ASCA'].map((prefix) =>
    form(prefix, 20, 20),
  ),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => form(prefix, 40)),
  form('github_pat_', 60),
  form('glpat-', 26),
  form('npm_', 40, 40),
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-'].map((prefix) => form(prefix, 24)),
  ...['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_', 'whsec_'].map((prefix) => form(prefix, 24)),
  form('AIza', 39, 39),
  form('sk-', 40),
  form('dop_v1_', 71, 71),
  form('bwp_', 20),
];

const AWS_SECRET_LENGTH = 40;
/** Bits a character: random base64 of this length has about 4.8, words and paths less. */
const ENTROPY_MIN = 4.2;

/** Keys of cloud and code providers by their prefixes, and secrets in the form of AWS's. */
export function findAccessKeys({ reading }: Scene): readonly Finding[] {
  const findings: Finding[] = [];
  let at = 0;
  while (at < reading.length) {
    while (at < reading.length && !isTokenCode(reading.code(at)) && !BASE64_MARKS.has(reading.code(at))) at += 1;
    const start = at;
    let tokenEnd = -1;
    for (; at < reading.length; at += 1) {
      const code = reading.code(at);
      if (isTokenCode(code)) continue;
      if (tokenEnd === -1) tokenEnd = at;
      if (!BASE64_MARKS.has(code)) break;
    }
    const end = tokenEnd === -1 ? at : tokenEnd;
    if (isProvidersKey(reading, start, end)) findings.push({ detector: 'access_key', start, end });
    else findings.push(...secretsWithin(reading, start, at));
  }
  return findings;
}

function isProvidersKey(reading: Reading, start: number, end: number): boolean {
  const length = end - start;
  if (length < 20 || length > 255) return false;
  const key = reading.slice(start, end);
  return KEY_FORMS.some(
    ({ prefix, lengthMin, lengthMax }) => length >= lengthMin && length <= lengthMax && key.startsWith(prefix),
  );
}

/** `name=key` is one run: what is behind the first equals sign is looked at by itself. */
function secretsWithin(reading: Reading, start: number, end: number): readonly Finding[] {
  if (end - start > 4 * AWS_SECRET_LENGTH) return [];
  const run = reading.slice(start, end);
  const assignment = run.indexOf('=');
  const from = assignment === -1 || assignment >= run.length - 2 ? start : start + assignment + 1;
  if (from !== start && isProvidersKey(reading, from, end)) return [{ detector: 'access_key', start: from, end }];
  return end - from === AWS_SECRET_LENGTH && isRandom(reading.slice(from, end))
    ? [{ detector: 'access_key', start: from, end }]
    : [];
}

function isRandom(text: string): boolean {
  const counts = new Map<string, number>();
  let [upper, lower, digit] = [false, false, false];
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (isDigit(code)) digit = true;
    else if (isLetter(code) && code < 0x60) upper = true;
    else if (isLetter(code)) lower = true;
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  if (!upper || !lower || !digit) return false;
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy >= ENTROPY_MIN;
}
