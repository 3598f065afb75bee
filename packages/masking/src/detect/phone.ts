import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Candidate } from './candidates.ts';
import type { Scene } from './finding.ts';

const PLUS = 0x2b;
/** E.164: at most fifteen digits with the country's. */
const DIGITS_MIN = 7;
const DIGITS_MAX = 16;

/** Countries whose national numbers are known by the zero that they begin with. */
const TRUNK_ZERO: readonly CountryCode[] = ['DE', 'FR', 'IT', 'NL', 'BE', 'GB', 'IN', 'CH', 'AT', 'SE', 'IE', 'PL'];

/** Countries whose national numbers are known by their groups, or by what is said before them. */
const BY_GROUPS: readonly { readonly country: CountryCode; readonly groups: ReadonlySet<string> }[] = [
  { country: 'US', groups: new Set(['3-3-4', '1-3-3-4', '3-7']) },
  { country: 'ES', groups: new Set(['3-3-3', '3-2-2-2', '2-3-2-2', '2-7']) },
  { country: 'PL', groups: new Set(['3-3-3', '2-3-2-2', '2-7']) },
  { country: 'IN', groups: new Set(['5-5', '4-3-3', '3-3-4']) },
  { country: 'IT', groups: new Set(['3-3-4', '3-7', '3-6-1', '3-3-2-2']) },
];

const CONTEXT: ReadonlySet<string> = new Set([
  ...[
    'phone',
    'phones',
    'tel',
    'telephone',
    'telefon',
    'telefono',
    'telephone',
    'telefoon',
    'mobile',
    'mobil',
    'movil',
  ],
  ...['cell', 'cellulare', 'cellphone', 'handy', 'call', 'called', 'ring', 'rang', 'dial', 'fax', 'whatsapp', 'sms'],
  ...['text', 'contact', 'callback', 'portable', 'gsm', 'kom', 'mob', 'ph', 'anruf', 'ruf'],
]);

/** Whether a candidate is a telephone number: E.164, or a national one as its country writes it. */
export function isPhone(candidate: Candidate, scene: Scene): boolean {
  const { text, isNumber, start } = candidate;
  if (!isNumber || text.length < DIGITS_MIN || text.length > DIGITS_MAX) return false;
  if (scene.reading.code(start - 1) === PLUS) return isInternational(candidate);
  if (text.startsWith('00') && text.length > DIGITS_MIN + 2) {
    return parsePhoneNumberFromString(`+${text.slice(2)}`)?.isValid() === true;
  }
  if (isDateOrAddress(candidate, scene)) return false;
  if (text.startsWith('0')) return TRUNK_ZERO.some((country) => isNational(text, country));
  if (text.length < 9 || text.length > 11) return false;
  const grouped = BY_GROUPS.some(({ country, groups }) => groups.has(candidate.groups) && isNational(text, country));
  if (grouped || !scene.words.saidBefore(candidate.firstWord, CONTEXT)) return grouped;
  return BY_GROUPS.some(({ country }) => isNational(text, country));
}

/** A plus says what it is: the country's number of digits is enough, since plans change. `(0)` is not dialled. */
function isInternational({ groups, text }: Candidate): boolean {
  if (parsePhoneNumberFromString(`+${text}`)?.isPossible() === true) return true;
  const code = /^([1-3])-1-/.exec(groups)?.[1];
  if (code === undefined || text.charAt(Number(code)) !== '0') return false;
  const dialled = text.slice(0, Number(code)) + text.slice(Number(code) + 1);
  return parsePhoneNumberFromString(`+${dialled}`)?.isPossible() === true;
}

const isNational = (text: string, country: CountryCode): boolean =>
  parsePhoneNumberFromString(text, country)?.isValid() === true;

const DATES: ReadonlySet<string> = new Set(['4-2-2', '2-2-4', '2-2-2', '1-2-4', '2-1-4', '1-1-4', '8']);

/** Dates and IPv4 addresses are written in groups of digits, too. */
function isDateOrAddress({ groups, text, firstWord, lastWord }: Candidate, { words }: Scene): boolean {
  if (DATES.has(groups)) return groups !== '8' || /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(text);
  if (lastWord - firstWord !== 3) return false;
  for (let word = firstWord; word < lastWord; word += 1) if (!words.isDottedPair(word)) return false;
  return true;
}
