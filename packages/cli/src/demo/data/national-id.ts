import { mod1110Digit, nirKey, verhoeffDigit } from './check-digits.ts';
import type { Country } from './country.ts';
import type { SeededRandom } from './random.ts';

/** Whom a number is for. */
export interface Bearer {
  readonly country: Country;
  readonly female: boolean;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
}

/** A number of the form and with the check digits that its country prescribes; invented, not anybody's. */
export function nationalId(bearer: Bearer, random: SeededRandom): string {
  switch (bearer.country) {
    case 'DE':
      return steuerId(random);
    case 'FR':
      return nir(bearer, random);
    case 'IN':
      return aadhaar(random);
    case 'US':
      return socialSecurityNumber(random);
    default:
      return bearer.country satisfies never;
  }
}

/** Ten digits of which one occurs twice and one not at all, the first not 0, and a check digit. */
function steuerId(random: SeededRandom): string {
  const left = [...'0123456789'];
  const digits = Array.from({ length: 10 }, () => left.splice(random.integer(0, left.length - 1), 1)[0] ?? '0');
  const doubled = random.integer(0, 9);
  digits[(doubled + random.integer(1, 9)) % 10] = digits[doubled] ?? '0';
  // Two zeros may stand in front of one another.
  while (digits[0] === '0') digits.push(digits.shift() ?? '');
  const text = digits.join('');
  return text + mod1110Digit(text);
}

/** Sex, year and month of birth, department, commune, order, key: as printed on a carte Vitale. */
function nir({ female, birthDate }: Bearer, random: SeededRandom): string {
  const department = random.pick(DEPARTMENTS);
  const commune = String(random.integer(1, 620)).padStart(3, '0');
  const order = String(random.integer(1, 480)).padStart(3, '0');
  const digits = `${female ? 2 : 1}${birthDate.slice(2, 4)}${birthDate.slice(5, 7)}${department}${commune}${order}`;
  return `${digits}${nirKey(digits)}`.replace(/^(.)(..)(..)(..)(...)(...)(..)$/, '$1 $2 $3 $4 $5 $6 $7');
}

/** Metropolitan France without Corsica, whose departments are written with a letter. */
const DEPARTMENTS = Array.from({ length: 95 }, (_, index) => String(index + 1).padStart(2, '0')).filter(
  (department) => department !== '20',
);

function aadhaar(random: SeededRandom): string {
  const digits = `${random.integer(2, 9)}${random.digits(10)}`;
  return `${digits}${verhoeffDigit(digits)}`.replace(/^(....)(....)(....)$/, '$1 $2 $3');
}

/** Area 001–899 but not 666, group 01–99, serial 0001–9999. */
function socialSecurityNumber(random: SeededRandom): string {
  let area = random.integer(1, 898);
  if (area >= 666) area += 1;
  const pad = (value: number, length: number): string => String(value).padStart(length, '0');
  return `${pad(area, 3)}-${pad(random.integer(1, 99), 2)}-${pad(random.integer(1, 9999), 4)}`;
}
