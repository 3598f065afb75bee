import { stdnum } from 'stdnum';
import { type Candidate, digitsOf } from './candidates.ts';
import type { Words } from './words.ts';

interface NationalId {
  /** How it is written: lengths of its groups. */
  readonly groups: readonly string[];
  /** What it is made of. Checked first, because the library makes an error of whatever is not valid. */
  readonly shape: RegExp;
  /** It has no digits that check it and is not written in groups: it counts behind one of these words only. */
  readonly context?: ReadonlySet<string>;
  isValid(text: string): boolean;
}

const validator =
  (country: string, name: string) =>
  (text: string): boolean =>
    stdnum[country]?.[name]?.validate(text).isValid === true;

const either =
  (...validators: readonly ((text: string) => boolean)[]) =>
  (text: string): boolean =>
    validators.some((isValid) => isValid(text));

/** NHS number: eleven minus the weighted sum modulo eleven; ten is none. */
function isNhsNumber(text: string): boolean {
  const digits = digitsOf(text);
  const sum = digits.slice(0, 9).reduce((total, digit, at) => total + digit * (10 - at), 0);
  const check = (11 - (sum % 11)) % 11;
  return check !== 10 && check === digits[9];
}

/** An individual taxpayer's number of the IRS: 9xx with a middle group that it gives out. */
const isItin = (text: string): boolean => /^9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/.test(text);
const always = (): boolean => true;

const SSN_CONTEXT: ReadonlySet<string> = new Set(['ssn', 'social', 'security', 'itin', 'tin', 'taxpayer']);
const SIN_CONTEXT: ReadonlySet<string> = new Set(['sin', 'nas', 'insurance']);
const DIGITS = /^\d+$/;

/** Checksums and dates are the library's business; how people write the number is ours. By country of issue. */
const IDS: readonly NationalId[] = [
  // AT, BE, BR
  { groups: ['10', '4-6'], shape: /^[1-9]\d{9}$/, isValid: validator('AT', 'vnr') },
  {
    groups: ['11', '2-2-2-3-2', '6-3-2', '6-5'],
    shape: /^\d{2}[0-6]\d[0-3]\d{6}$/,
    isValid: either(validator('BE', 'nn'), validator('BE', 'bis')),
  },
  { groups: ['11', '3-3-3-2', '9-2'], shape: DIGITS, isValid: validator('BR', 'cpf') },
  // CA, CH
  { groups: ['3-3-3'], shape: /^[1-79]\d{8}$/, isValid: validator('CA', 'sin') },
  { groups: ['9'], shape: /^[1-79]\d{8}$/, context: SIN_CONTEXT, isValid: validator('CA', 'sin') },
  { groups: ['13', '3-4-4-2'], shape: /^756\d{10}$/, isValid: validator('CH', 'ssn') },
  // DE: tax, pension
  { groups: ['11', '2-3-3-3'], shape: /^[1-9]\d{10}$/, isValid: validator('DE', 'idnr') },
  { groups: ['12', '2-6-1-3', '8-1-3', '2-6-1-2-1'], shape: /^\d{8}[A-Z]\d{3}$/, isValid: validator('DE', 'svnr') },
  // ES
  { groups: ['9', '8-1', '2-3-3-1'], shape: /^\d{8}[A-Z]$/, isValid: validator('ES', 'dni') },
  { groups: ['9', '8-1', '1-7-1', '1-8'], shape: /^[XYZ]\d{7}[A-Z]$/, isValid: validator('ES', 'nie') },
  // FI, FR
  {
    groups: ['6-4'],
    shape: /^[0-3]\d[01]\d{6}[0-9A-Y]$/,
    isValid: (text) => validator('FI', 'hetu')(`${text.slice(0, 6)}-${text.slice(6)}`),
  },
  {
    groups: ['15', '13-2', '1-2-2-2-3-3-2', '1-12-2'],
    shape: /^[1-478]\d{4}\d[0-9AB]\d{8}$/,
    isValid: validator('FR', 'nir'),
  },
  // GB: National Insurance, NHS
  { groups: ['9', '2-2-2-2-1', '2-6-1', '8-1'], shape: /^[A-Z]{2}\d{6}[A-D]$/, isValid: validator('GB', 'nino') },
  { groups: ['10', '3-3-4'], shape: /^[1-9]\d{9}$/, isValid: isNhsNumber },
  // IE, IN, IT
  { groups: ['8', '9', '7-1', '7-2'], shape: /^\d{7}[A-W][A-IW]?$/, isValid: validator('IE', 'pps') },
  { groups: ['12', '4-4-4'], shape: /^[2-9]\d{11}$/, isValid: validator('IN', 'aadhaar') },
  { groups: ['10', '5-4-1'], shape: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/, isValid: always },
  {
    groups: ['16', '3-3-5-5', '6-5-5'],
    shape: /^[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]$/,
    isValid: validator('IT', 'codicefiscale'),
  },
  // NL, PL, SE
  { groups: ['9', '4-2-3', '3-3-3'], shape: DIGITS, isValid: validator('NL', 'bsn') },
  { groups: ['11'], shape: /^\d{2}[0-389]\d[0-3]\d{6}$/, isValid: validator('PL', 'pesel') },
  {
    groups: ['6-4', '8-4', '12'],
    shape: /^(?:19|20)?\d{2}[01]\d[0-3]\d{5}$/,
    isValid: validator('SE', 'personnummer'),
  },
  // US: Social Security, ITIN
  { groups: ['3-2-4'], shape: DIGITS, isValid: either(validator('US', 'ssn'), isItin) },
  { groups: ['9'], shape: DIGITS, context: SSN_CONTEXT, isValid: either(validator('US', 'ssn'), isItin) },
];

const BY_GROUPS: ReadonlyMap<string, readonly NationalId[]> = new Map(
  IDS.flatMap(({ groups }) => groups).map((written) => [written, IDS.filter(({ groups }) => groups.includes(written))]),
);

/** Whether a candidate is a national identity, tax or social security number, written as its country writes it. */
export function isNationalId({ text, groups, firstWord }: Candidate, words: Words): boolean {
  return (BY_GROUPS.get(groups) ?? []).some(
    ({ shape, context, isValid }) =>
      shape.test(text) && isValid(text) && (context === undefined || words.saidBefore(firstWord, context)),
  );
}
