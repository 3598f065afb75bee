import { DETECTOR_NAMES, type DetectorName } from '@bailiwick/domain';
import { describe, expect, test } from 'vitest';
import { findAll } from './find-all.ts';

const ALL: ReadonlySet<DetectorName> = new Set(DETECTOR_NAMES);

const found = (text: string, ...names: readonly DetectorName[]): readonly string[] =>
  findAll(text, names.length === 0 ? ALL : new Set(names)).findings.map(({ start, end }) => text.slice(start, end));

/** Values from the issuers' own documentation and from standards. */
const VALUES: readonly (readonly [DetectorName, string])[] = [
  ['email', 'alice@example.com'],
  ['email', "o'neil+tag@mail.example.co.uk"],
  ['email', 'żółw@przykład.pl'],
  ['email', '"alice smith"@example.com'],
  ['phone', '+49 30 901820'],
  ['phone', '030/901820'],
  ['phone', '+44 (0)20 7946 0958'],
  ['phone', '(415) 555-2671'],
  ['phone', '06 12 34 56 78'],
  ['phone', '0033 6 12 34 56 78'],
  ['phone', '+91 98765 43210'],
  ['phone', '612 34 56 78'],
  ['card', '4111111111111111'],
  ['card', '4111 1111 1111 1111'],
  ['phone', '1.312.555.2368'],
  ['card', '3782-822463-10005'],
  ['card', '5555555555554444'],
  ['card', '6011111111111117'],
  ['card', '30569309025904'],
  ['card', '４１１１　１１１１　１１１１　１１１１'],
  ['card', '4111\u00a01111\u20091111\u202f1111'],
  ['iban', 'DE89 3704 0044 0532 0130 00'],
  ['iban', 'GB82WEST12345698765432'],
  ['iban', 'NO9386011117947'],
  ['iban', 'mt84 malt 0110 0001 2345 mtlc ast0 01s'],
  ['national_id', '86095742719'],
  ['national_id', '2 55 08 14 168 025 38'],
  ['national_id', '12345678Z'],
  ['national_id', 'X-1234567-L'],
  ['national_id', 'RSSMRA85T10A562S'],
  ['national_id', '111222333'],
  ['national_id', '85.07.30-033.28'],
  ['national_id', '44051401458'],
  ['national_id', 'AB 12 34 56 C'],
  ['national_id', '943 476 5919'],
  ['national_id', '123-45-6789'],
  ['national_id', '2341 2341 2346'],
  ['national_id', 'ABCPE1234F'],
  ['national_id', '756.9217.0769.85'],
  ['passport', 'C01X00T478'],
  ['passport', 'ZS0000177'],
  ['passport', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10'],
  ['passport', 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<'],
  ['passport', 'I<UTOD231458907<<<<<<<<<<<<<<<'],
  ['ip', '192.168.1.10'],
  ['ip', '2001:db8::ff00:42:8329'],
  ['ip', '2001:0db8:0000:0000:0000:ff00:0042:8329'],
  ['ip', '::ffff:192.0.2.1'],
  ['mac', '00:1B:44:11:3A:B7'],
  ['mac', '00-1b-44-11-3a-b7'],
  ['mac', '001b.4411.3ab7'],
  ['jwt', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_x'],
  ['access_key', 'AKIAIOSFODNN7EXAMPLE'],
  ['access_key', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
  ['private_key', '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----'],
];

describe.each(VALUES)('%s %j', (name, value) => {
  test('is found at either end of a text and in the midst of it, alone and with all others', () => {
    for (const text of [value, `(${value})`, `It is ${value}, she says.`, `x=${value};y`]) {
      for (const detectors of [[name], DETECTOR_NAMES]) {
        const covered = findAll(text, new Set(detectors)).findings.some(
          ({ start, end }) => start <= text.indexOf(value) && end >= text.indexOf(value) + value.length,
        );
        expect(covered, `${detectors.length} in ${text}`).toBe(true);
      }
    }
  });
});

test.each([
  ['a card with another last digit', '4111 1111 1111 1112'],
  ['a card that no issuer has', '9111111111111117'],
  ['an IBAN with other check digits', 'DE88370400440532013000'],
  ['an IBAN of another length', 'DE893704004405320130001'],
  ['a DNI with another letter', '12345678A'],
  ['a codice fiscale with another letter', 'RSSMRA85T10A562T'],
  ['a PESEL with another digit', '44051401459'],
  ['a Social Security number of no area', '000-45-6789'],
  ['a date and a time', '2024-05-06 12:30:45'],
  ['a version', 'version 10.4.2.1'],
  ['more than an address', '1.2.3.4.5'],
  ['an address with too much', '192.168.1.256'],
  ['a qualified name', 'std::vector and Foo::Bar'],
  ['a commit', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b'],
  ['a UUID', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
  ['a name with an at sign', '@example or a@b'],
  ['a public key', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
  ['a bare number of nine digits', 'order 123456789'],
])('%s is nothing', (_what, text) => {
  expect(found(text)).toEqual([]);
});

test('a private key that was cut off goes on to the end', () => {
  expect(found('key: -----BEGIN PRIVATE KEY-----\nMIIB')).toEqual(['-----BEGIN PRIVATE KEY-----\nMIIB']);
});

test('places that overlap are one', () => {
  expect(found('postgres://svc:secret4711@db.example.com/crm')).toHaveLength(1);
});

test('only what is wanted is looked for', () => {
  expect(found('alice@example.com 4111111111111111', 'card')).toEqual(['4111111111111111']);
});

/** Texts made to be read again and again. */
const HOSTILE = [
  ...['1', '0', '@', 'a@', '@a.', 'a.', '1 ', '1-', '1.', '(', '+1 ', '00', 'eyJ', 'eyJ.', 'eyJ.eyJ.', '"@', '"a@'],
  ...['-----BEGIN ', '-----BEGIN RSA PRIVATE KEY-----', '-----END ', '::', 'a:', '1:', '<', 'P<', 'A<', 'AB ', 'DE89 '],
  ...['4111 1111 1111 1111 ', '4111', '1234567890 ', 'a=', '/', '=', '\u200b1', 'é@', 'AKIA', 'ghp_', 'sk-', 'x@x.x'],
  ...['ab:', 'ab-', '1.1.1.1.', 'tel ', 'tel 1 ', '123 456 ', '12 34 56 78 90 ', '1a ', 'ssn 123456789 '],
];
/** Each detector reads a text a few times over, and looks back a bounded number of characters from each word. */
const STEPS_PER_UNIT_MAX = 40;

test.each(HOSTILE)('a megabyte of %j takes no more steps a character than a kilobyte', (unit) => {
  const stepsPerUnit = (length: number): number => {
    const text = unit.repeat(Math.ceil(length / unit.length));
    return findAll(text, ALL).steps / text.length;
  };
  const small = stepsPerUnit(1 << 10);
  const large = stepsPerUnit(1 << 20);
  expect(large).toBeLessThan(STEPS_PER_UNIT_MAX);
  expect(large).toBeLessThan(small * 1.2 + 1);
});
