// Values of the kinds that detectors look for, with check digits computed here and not by the code under test.
import type { DetectorName } from '@bailiwick/domain';
import { nationalId } from './national-ids.ts';
import type { Random } from './random.ts';

const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const UPPER_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function email(random: Random): string {
  const first = random.pick([
    'anna',
    'j.meyer',
    'Lucia.Rossi',
    'tom+news',
    'k_nowak',
    "r.o'brien",
    'priya',
    'pieter-jan',
    'x',
    'm.garcía',
    'ops',
    'billing-eu',
    'a.b.c.d',
    'Zoe99',
  ]);
  const host = random.pick([
    'gmail.com',
    'example.co.uk',
    'posteo.de',
    'orange.fr',
    'mail.bank-example.eu',
    'uni-bonn.de',
    'libero.it',
    'corp.internal.example.org',
    'wp.pl',
    'münchen.example',
    'telefonica.es',
    'rediffmail.com',
  ]);
  return `${first}@${host}`;
}

const PHONES: readonly [string, ...string[]] = [
  ...([
    '+49 30 2%####',
    '+49 171 %######',
    '0171 %######',
    '030/23%###',
    '089 23%####',
    '(0221) 92%###',
    '+49 (0)40 42%###',
  ] as const),
  ...(['+33 6 %# ## ## ##', '06 12 ## ## ##', '01.42.##.##.##', '+33142######', '07-68-##-##-##'] as const),
  ...(['+34 612 ### ###', '612 ## ## ##', '91 5## ## ##', '654 ### ###'] as const),
  ...(['+39 347 #######', '06 698#####', '02 8646####', '+39 02 8646####'] as const),
  ...(['+31 6 2%######', '06-2%######', '020 62#####', '+31 20 62#####'] as const),
  ...(['+32 470 ## ## ##', '0470 ## ## ##', '02 512 ## ##'] as const),
  ...(['+48 512 ### ###', '512 ### ###', '22 82# ## ##'] as const),
  ...(['+44 7700 9#####', '020 7946 0###', '07911 12####', '+44 (0)20 7946 0###', '0161 496 0###'] as const),
  ...(['(415) 2%#-####', '212-5%#-####', '+1 646 2%# ####', '312.5%#.####', '1-800-4%#-####'] as const),
  ...(['+91 98%## #####', '98%## #####', '+91-99%##-#####'] as const),
];

const luhn = (body: string): string => {
  let sum = 0;
  for (const [at, digit] of Array.from(body).reverse().entries()) {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return body + String((10 - (sum % 10)) % 10);
};

function card(random: Random): string {
  const shape = random.pick([
    '4%#############',
    '51#############',
    '54#############',
    '2221###########',
    '37############',
    '6011###########',
    '3530###########',
    '36###########',
  ]);
  const number = luhn(random.shaped(shape.slice(0, shape.length)));
  const separator = random.pick(['', ' ', '-', ' ']);
  if (number.length === 16) return (number.match(/.{4}/g) ?? []).join(separator);
  if (number.length === 15) return [number.slice(0, 4), number.slice(4, 10), number.slice(10)].join(separator);
  return number;
}

function iban(random: Random): string {
  const [country, shape] = random.pick<readonly [string, string]>([
    ['DE', '##################'],
    ['FR', '10#########A######B####'],
    ['ES', '20##################'],
    ['IT', 'X0###############A#####'],
    ['NL', 'ABNA##########'],
    ['BE', '############'],
    ['PL', '########################'],
    ['GB', 'NWBK##############'],
    ['CH', '00###############'],
    ['IE', 'AIBK##############'],
  ]);
  const bban = random.shaped(shape);
  const numeric = Array.from(`${bban}${country}00`, (one) => String(Number.parseInt(one, 36))).join('');
  const check = String(98n - (BigInt(numeric) % 97n)).padStart(2, '0');
  const whole = `${country}${check}${bban}`;
  return random.pick([whole, (whole.match(/.{1,4}/g) ?? []).join(' '), (whole.match(/.{1,4}/g) ?? []).join(' ')]);
}

const weighted = (text: string): number => {
  let sum = 0;
  for (const [at, one] of Array.from(text).entries()) {
    sum += (one === '<' ? 0 : Number.parseInt(one, 36)) * ([7, 3, 1][at % 3] ?? 0);
  }
  return sum % 10;
};

function passport(random: Random): string {
  const number = `C${random.letters(8, 'FGHJKLMNPRTVWXYZ0123456789')}`;
  if (random.below(3) > 0) return `${number}${weighted(number)}`;
  const born = `${random.shaped('7#')}0${random.between(1, 9)}1${random.below(10)}`;
  const until = `3${random.below(10)}0${random.between(1, 9)}2${random.below(9)}`;
  const optional = '<'.repeat(14);
  const body = `${number}${weighted(number)}D<<${born}${weighted(born)}F${until}${weighted(until)}${optional}<`;
  const over = body.slice(0, 10) + body.slice(13, 20) + body.slice(21, 43);
  return `${body}${weighted(over)}`;
}

function ip(random: Random): string {
  const v4 = (): string => Array.from({ length: 4 }, () => random.between(1, 254)).join('.');
  const hex = (): string => random.between(1, 0xffff).toString(16);
  return random.pick([v4, v4, v4, () => `2001:db8::${hex()}:${hex()}`, () => `fe80::${hex()}:${hex()}:1f`])();
}

function mac(random: Random): string {
  const pairs = Array.from({ length: 6 }, () => random.below(256).toString(16).padStart(2, '0'));
  return random.pick([pairs.join(':'), pairs.join('-').toUpperCase(), pairs.join('').replace(/(.{4})(?=.)/g, '$1.')]);
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const jwt = (random: Random): string =>
  `${base64url({ alg: random.pick(['RS256', 'ES256', 'HS256']), typ: 'JWT' })}.${base64url({ sub: random.shaped('user-####'), exp: 1_900_000_000 + random.below(99_999) })}.${random.letters(43, ALNUM)}`;

const accessKey = (random: Random): string =>
  random.pick([
    () => `AKIA${random.letters(16, UPPER_DIGITS)}`,
    () => `ASIA${random.letters(16, UPPER_DIGITS)}`,
    () => `ghp_${random.letters(36, ALNUM)}`,
    () => `sk_live_${random.letters(24, ALNUM)}`,
    () => `AIza${random.letters(35, ALNUM)}`,
    () => `glpat-${random.letters(20, ALNUM)}`,
    () => `xoxb-${random.shaped('%###########')}-${random.letters(24, ALNUM)}`,
    () => `${random.letters(20, ALNUM)}/${random.letters(19, ALNUM)}`,
  ])();

const privateKey = (random: Random): string => {
  const label = random.pick(['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY', 'OPENSSH PRIVATE KEY']);
  return `-----BEGIN ${label}-----\n${random.letters(64, ALNUM)}\n${random.letters(43, ALNUM)}=\n-----END ${label}-----`;
};

/** Makes a value of a kind. */
export const MAKERS: Readonly<Record<DetectorName, (random: Random) => string>> = {
  email,
  phone: (random) => random.shaped(random.pick(PHONES)),
  card,
  iban,
  national_id: nationalId,
  passport,
  ip,
  mac,
  jwt,
  access_key: accessKey,
  private_key: privateKey,
};
