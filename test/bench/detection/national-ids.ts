// National numbers with their check digits, from the issuers' descriptions.
import type { Random } from './random.ts';

const two = (number: number): string => String(number).padStart(2, '0');
const date = (random: Random): readonly [string, string, string] => [
  two(random.between(40, 99)),
  two(random.between(1, 12)),
  two(random.between(1, 28)),
];
const sumOf = (digits: string, weights: readonly number[]): number =>
  Array.from(digits, Number).reduce((sum, digit, at) => sum + digit * (weights[at] ?? 0), 0);

/** Steuer-Identifikationsnummer: ten digits of which exactly one comes twice; ISO 7064 mod 11, 10. */
function germanTax(random: Random): string {
  const digits = Array.from('0123456789');
  for (let at = 9; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [digits[at], digits[other]] = [digits[other] ?? '', digits[at] ?? ''];
  }
  digits[9] = digits[1] ?? '';
  if (digits[0] === '0') [digits[0], digits[5]] = [digits[5] ?? '', '0'];
  let product = 10;
  for (const digit of digits) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  const whole = digits.join('') + String((11 - product) % 10);
  return random.pick([whole, whole.replace(/^(..)(...)(...)(...)$/, '$1 $2 $3 $4')]);
}

function frenchNir(random: Random): string {
  const [year, month] = date(random);
  const body = `${random.between(1, 2)}${year}${month}${two(random.between(21, 95))}${random.shaped('0##')}${random.shaped('0%#')}`;
  const whole = body + two(97 - Number(BigInt(body) % 97n));
  return random.pick([whole, whole.replace(/^(.)(..)(..)(..)(...)(...)(..)$/, '$1 $2 $3 $4 $5 $6 $7')]);
}

const SPANISH = 'TRWAGMYFPDXBNJZSQVHLCKE';
function spanish(random: Random): string {
  const dni = random.shaped('%#######');
  const nie = random.shaped('#######');
  return random.pick([
    `${dni}${SPANISH.charAt(Number(dni) % 23)}`,
    `${dni}-${SPANISH.charAt(Number(dni) % 23)}`,
    `X${nie}${SPANISH.charAt(Number(nie) % 23)}`,
    `Y-${nie}-${SPANISH.charAt(Number(`1${nie}`) % 23)}`,
  ]);
}

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
function italian(random: Random): string {
  const name = random.pick(['RSSMRA', 'BNCLCU', 'FRRGNN', 'VRDNNA', 'CLMPLA']);
  const day = two(random.between(1, 28) + (random.below(2) === 0 ? 0 : 40));
  const body = `${name}${random.shaped('7#')}${random.letters(1, 'ABCDEHLMPRST')}${day}${random.pick(['H501', 'F205', 'L219', 'F839'])}`;
  let sum = 0;
  for (const [at, one] of Array.from(body).entries()) {
    const value = /\d/.test(one) ? Number(one) : one.charCodeAt(0) - 65;
    sum += at % 2 === 0 ? (ODD[value] ?? 0) : value;
  }
  return body + String.fromCharCode(65 + (sum % 26));
}

function dutch(random: Random): string {
  for (;;) {
    const body = random.shaped('%#######');
    const check = sumOf(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    if (check < 10) return body + String(check);
  }
}

function belgian(random: Random): string {
  const [year, month, day] = date(random);
  const serial = random.shaped('%##');
  const check = two(97 - (Number(year + month + day + serial) % 97));
  return random.pick([`${year}.${month}.${day}-${serial}.${check}`, `${year}${month}${day}${serial}${check}`]);
}

function polish(random: Random): string {
  const body = `${date(random).join('')}${random.shaped('####')}`;
  return body + String((10 - (sumOf(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10);
}

function british(random: Random): string {
  if (random.below(2) === 0) {
    const nino = random.pick(['AB', 'CE', 'JK', 'WM', 'PR']);
    return random.pick([
      random.shaped(`${nino}######`) + random.letters(1, 'ABCD'),
      random.shaped(`${nino} ## ## ## `) + random.letters(1, 'ABCD'),
    ]);
  }
  for (;;) {
    const body = random.shaped('%########');
    const check = (11 - (sumOf(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
    if (check < 10)
      return random.pick([body + check, `${body.slice(0, 3)} ${body.slice(3, 6)} ${body.slice(6)}${check}`]);
  }
}

const american = (random: Random): string =>
  `${random.between(101, 665)}-${two(random.between(1, 99))}-${String(random.between(1, 9999)).padStart(4, '0')}`;

const TIMES = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const TURNS = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff's check digit. */
function verhoeff(body: string): number {
  let check = 0;
  for (const [at, digit] of Array.from(body).reverse().entries()) {
    check = Number(TIMES[check]?.charAt(Number(TURNS[(at + 1) % 8]?.charAt(Number(digit)))));
  }
  return Number('0432156789'.charAt(check));
}

function indian(random: Random): string {
  if (random.below(2) === 0)
    return `${random.letters(3, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}P${random.letters(1, 'KMRSV')}${random.shaped('####')}${random.letters(1, 'ABCDEFGHJK')}`;
  const body = `${random.between(2, 9)}${random.shaped('##########')}`;
  const whole = body + String(verhoeff(body));
  return random.pick([whole, whole.replace(/^(.{4})(.{4})(.{4})$/, '$1 $2 $3')]);
}

/** A number of one of ten countries. */
export const nationalId = (random: Random): string =>
  random.pick([germanTax, frenchNir, spanish, italian, dutch, belgian, polish, british, american, indian])(random);
