import { type Candidate, digitsOf } from './candidates.ts';

/** How card numbers are written: in one, or in the groups of the card. */
const GROUPS: ReadonlySet<string> = new Set([
  ...['13', '14', '15', '16', '17', '18', '19'],
  ...['4-4-4-4', '4-6-5', '4-6-4', '4-4-5', '4-5-6', '4-4-4-3', '4-4-4-1', '4-4-4-4-3', '6-13', '8-8', '4-12'],
]);

interface Issuer {
  readonly low: string;
  readonly high: string;
  readonly lengths: readonly number[];
}

const issuer = (low: string, high: string, ...lengths: readonly number[]): Issuer => ({ low, high, lengths });
const UP_TO_19 = [16, 17, 18, 19] as const;

/** Ranges of first digits by network (ISO/IEC 7812 registrations as the networks publish them). */
const ISSUERS: readonly Issuer[] = [
  issuer('4', '4', 13, 16, 19), // Visa
  issuer('51', '55', 16), // Mastercard
  issuer('2221', '2720', 16),
  issuer('34', '34', 15), // American Express
  issuer('37', '37', 15),
  issuer('300', '305', 14, 16), // Diners Club
  issuer('3095', '3095', 14, 16),
  issuer('36', '36', 14, 16),
  issuer('38', '39', 14, 16),
  issuer('6011', '6011', ...UP_TO_19), // Discover
  issuer('622126', '622925', ...UP_TO_19),
  issuer('644', '659', ...UP_TO_19),
  issuer('3528', '3589', ...UP_TO_19), // JCB
  issuer('62', '62', ...UP_TO_19), // UnionPay
  issuer('81', '81', ...UP_TO_19),
  issuer('50', '50', 13, 14, 15, ...UP_TO_19), // Maestro
  issuer('56', '58', 13, 14, 15, ...UP_TO_19),
  issuer('60', '60', 16), // RuPay
  issuer('63', '63', ...UP_TO_19),
  issuer('67', '69', 13, 14, 15, ...UP_TO_19),
  issuer('2200', '2204', ...UP_TO_19), // Mir
  issuer('9792', '9792', 16), // Troy
];

/** Whether a candidate is a payment card's number: grouped as one, of an issuer's range and length, with Luhn's digit. */
export function isCard({ text, groups, isNumber }: Candidate): boolean {
  return isNumber && GROUPS.has(groups) && ISSUERS.some((range) => isWithin(range, text)) && passesLuhn(text);
}

function isWithin({ low, high, lengths }: Issuer, digits: string): boolean {
  const prefix = digits.slice(0, low.length);
  return prefix >= low && prefix <= high && lengths.includes(digits.length);
}

/** ISO/IEC 7812-1 annex B. */
export function passesLuhn(digits: string): boolean {
  const sum = digitsOf(digits)
    .toReversed()
    .reduce((total, digit, at) => total + (at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return sum % 10 === 0;
}
