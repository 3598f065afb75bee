import { type Country, type CountryWords, WORDS } from './country.ts';
import { dateBetween, instantBetween } from './dates.ts';
import { nationalId } from './national-id.ts';
import { customerNote } from './notes.ts';
import type { SeededRandom } from './random.ts';

/** A row of `customers`, named as its columns are. */
export interface Customer {
  readonly id: number;
  readonly external_id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly national_id: string;
  readonly birth_date: string;
  readonly balance: string;
  readonly credit_limit: string;
  readonly home_country: Country;
  readonly city: string;
  readonly notes: string | null;
  readonly profile: CustomerProfile;
  readonly created_at: string;
}

/** The document in `customers.profile`. */
export interface CustomerProfile {
  readonly language: string;
  readonly segment: string;
  readonly newsletter: boolean;
  readonly address: { readonly street: string; readonly postcode: string; readonly city: string };
  readonly contact: { readonly backup_email?: string; readonly preferred: string };
}

const SEGMENTS = ['retail', 'retail', 'retail', 'business', 'private banking'];

/** Invents a customer. Names that sound alike get their `id` into the address, so that e-mail addresses are unique. */
export function makeCustomer(id: number, country: Country, random: SeededRandom): Customer {
  const words = WORDS[country];
  const female = random.chance(0.5);
  const first = random.pick(female ? words.female : words.male);
  const last = random.pick(words.last);
  const birthDate = dateBetween('1938-01-01', '2006-12-31', random);
  const email = `${mailName(first, last, random)}${id}@${random.pick(words.mailDomains)}`;
  const phone = random.chance(0.06) ? null : random.pick(words.phones).replaceAll('#', () => random.digits(1));
  const number = nationalId({ country, female, birthDate }, random);
  const profile = makeProfile(first, words, random);
  return {
    id,
    external_id: uuid(random),
    name: `${first} ${last}`,
    email,
    phone,
    national_id: number,
    birth_date: birthDate,
    balance: money(random, -2_500, 48_000),
    credit_limit: `${random.pick([0, 500, 1000, 2500, 5000, 10_000, 25_000])}.00`,
    home_country: country,
    city: profile.address.city,
    notes: random.chance(0.35) ? null : customerNote({ first, last, email, phone, nationalId: number }, random),
    profile,
    created_at: instantBetween('2019-01-07', '2026-05-31', random),
  };
}

function makeProfile(first: string, words: CountryWords, random: SeededRandom): CustomerProfile {
  const [city, prefix] = random.pick(words.cities);
  const house = random.integer(1, 180);
  const street = random.pick(words.streets);
  const backup = `${ascii(first)}.${random.digits(4)}@${random.pick(words.mailDomains)}`;
  return {
    language: words.language,
    segment: random.pick(SEGMENTS),
    newsletter: random.chance(0.4),
    address: {
      street: words.language === 'de' ? `${street} ${house}` : `${house} ${street}`,
      postcode: prefix + random.digits(words.postcodeDigits - prefix.length),
      city,
    },
    contact: {
      ...(random.chance(0.3) ? { backup_email: backup } : {}),
      preferred: random.pick(['email', 'email', 'phone', 'post']),
    },
  };
}

const mailName = (first: string, last: string, random: SeededRandom): string =>
  random.pick([`${ascii(first)}.${ascii(last)}`, `${ascii(first).slice(0, 1)}.${ascii(last)}`, ascii(first)]);

/** Letters and hyphens only, as most people write their name in an address. */
function ascii(name: string): string {
  const spelled = name.toLowerCase().replaceAll('ß', 'ss').replaceAll('ı', 'i').replaceAll('ø', 'o');
  return spelled.normalize('NFD').replace(/[^a-z-]/g, '');
}

/** `numeric(12,2)` as text: most balances are small, a few are not. */
function money(random: SeededRandom, min: number, max: number): string {
  const cents = Math.round((min + (max - min) * random.next() ** 3) * 100);
  return (cents / 100).toFixed(2);
}

/** Version 4, variant 1 (RFC 9562). */
function uuid(random: SeededRandom): string {
  const variant = random.pick(['8', '9', 'a', 'b']);
  return [random.hex(8), random.hex(4), `4${random.hex(3)}`, variant + random.hex(3), random.hex(12)].join('-');
}
