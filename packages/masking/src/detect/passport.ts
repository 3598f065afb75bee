import { stdnum } from 'stdnum';
import type { Candidate } from './candidates.ts';
import type { Finding, Scene } from './finding.ts';
import { isDigit } from './reading.ts';

const WEIGHTS = [7, 3, 1] as const;

/** ICAO 9303 part 3, 4.9: digits are themselves, A to Z are 10 to 35, the filler is 0; weights 7, 3, 1. */
function checkDigit(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    sum += (character === '<' ? 0 : Number.parseInt(character, 36)) * (WEIGHTS[at % 3] ?? 0);
  }
  return sum % 10;
}

const checks = (line: string, from: number, to: number): boolean =>
  checkDigit(line.slice(from, to)) === Number(line.charAt(to));

/** A Polish passport: two letters, a check digit over the rest, six digits; weights 7, 3, 9 and on. */
function isPolish(text: string): boolean {
  if (!/^[A-Z]{2}\d{7}$/.test(text)) return false;
  const weights = [7, 3, 0, 1, 7, 3, 1, 7, 3];
  const sum = Array.from(text).reduce((total, one, at) => total + Number.parseInt(one, 36) * (weights[at] ?? 0), 0);
  return sum % 10 === Number(text.charAt(2));
}

/** A German passport or identity card: nine characters without vowels, and their check digit. */
const isGerman = (text: string): boolean =>
  /^[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d$/.test(text) && stdnum.DE?.passport?.validate(text).isValid === true;

/** Whether a candidate is a passport's number with its check digit. */
export function isPassport({ text, groups }: Candidate): boolean {
  return (
    ((groups === '10' || groups === '9-1') && isGerman(text)) ||
    ((groups === '9' || groups === '2-7') && isPolish(text))
  );
}

const FILLER = 0x3c;
const isZoneCode = (code: number): boolean => isDigit(code) || (code >= 0x41 && code <= 0x5a) || code === FILLER;

/** Lines of machine-readable zones (ICAO 9303 parts 4 to 6): the first with its names, and those with check digits. */
export function findMachineReadable({ reading }: Scene): readonly Finding[] {
  const findings: Finding[] = [];
  let filler = reading.find('<', 0);
  let from = 0;
  while (filler !== -1) {
    let start = filler;
    while (start > from && isZoneCode(reading.code(start - 1))) start -= 1;
    let end = filler;
    while (end < reading.length && isZoneCode(reading.code(end))) end += 1;
    const length = end - start;
    if ((length === 30 || length === 36 || length === 44) && isZoneLine(reading.slice(start, end)))
      findings.push({ detector: 'passport', start, end });
    from = end;
    filler = reading.find('<', end);
  }
  return findings;
}

function isZoneLine(line: string): boolean {
  if (/^[PVIAC][A-Z<][A-Z<]{3}/.test(line) && line.includes('<<')) return true;
  if (line.length === 30) return checks(line, 5, 14) || (checks(line, 0, 6) && checks(line, 8, 14));
  return checks(line, 0, 9) && checks(line, 13, 19) && checks(line, 21, 27);
}
