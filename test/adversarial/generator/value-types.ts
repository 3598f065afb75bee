import type { Choices } from './choices.ts';

/** The types of columns and expressions, by the names that SQL gives them. */
export const VALUE_TYPES = [
  'int',
  'text',
  'numeric',
  'bool',
  'date',
  'jsonb',
  'text[]',
  'int[]',
  'uuid',
  'timestamptz',
  'bigint',
  'float8',
  'bytea',
  'inet',
  'interval',
  'mood',
  'pair',
  'code',
  'daterange',
  'varchar',
  'xml',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** Types that the schema defines itself. */
export const OWN_TYPES = `CREATE TYPE mood AS ENUM ('calm', 'glad', 'sour');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN code AS text CHECK (length(VALUE) < 60);
`;

/** Types that can be compared, sorted and grouped. */
export const ORDERED: readonly ValueType[] = VALUE_TYPES.filter((type) => type !== 'xml');

/** What to write for a value of each type, made of a number below 100. */
const OPEN: Readonly<Record<ValueType, (n: number) => string>> = {
  int: (n) => `${n % 7}`,
  text: (n) => `'w${n % 9}'`,
  numeric: (n) => `${(n % 11) + 0.5}`,
  bool: (n) => (n % 2 === 0 ? 'true' : 'false'),
  date: (n) => `date '2024-0${1 + (n % 9)}-1${n % 10}'`,
  jsonb: (n) => `'{"k": "w${n % 5}", "n": ${n % 6}, "a": [${n % 4}, "x"]}'::jsonb`,
  'text[]': (n) => `ARRAY['w${n % 4}', 'v']`,
  'int[]': (n) => `ARRAY[${n % 5}, 2]`,
  uuid: (n) => `'00000000-0000-4000-8000-0000000000${10 + (n % 90)}'::uuid`,
  timestamptz: (n) => `timestamptz '2024-03-0${1 + (n % 9)} 10:00:00+00'`,
  bigint: (n) => `${n % 8}::bigint`,
  float8: (n) => `${(n % 13) + 0.25}::float8`,
  bytea: (n) => `'\\x0${n % 10}ab'::bytea`,
  inet: (n) => `'192.0.2.${n}'::inet`,
  interval: (n) => `interval '${n % 9} hours'`,
  mood: (n) => `'${['calm', 'glad', 'sour'][n % 3]}'::mood`,
  pair: (n) => `ROW(${n % 7}, 'w${n % 5}')::pair`,
  code: (n) => `'w${n % 6}'::code`,
  daterange: (n) => `daterange('2024-0${1 + (n % 9)}-01', '2024-10-01')`,
  varchar: (n) => `'w${n % 7}'::varchar`,
  xml: (n) => `'<m>w${n % 4}</m>'::xml`,
};

/** A value of a column that is no secret, the same in both worlds. */
export const openValue = (type: ValueType, n: number): string => OPEN[type](n % 100);

/** A literal for a statement; small, so that it meets values that are stored. */
export const literal = (type: ValueType, choices: Choices): string => OPEN[type](choices.below(100));

/**
 * A value of a secret column: another one in the other world, of the same length, and in the opposite order. `id` is a
 * number of four digits that no other cell of the schema has.
 */
export function secretValue(type: ValueType, id: number, other: boolean): string {
  const digits = String(other ? 9999 - id : id).padStart(4, '0');
  const number = `19073${other ? 2 : 1}${digits}`;
  const word = `${other ? 'othr' : 'hush'}-${digits}`;
  const day = `${other ? 3908 : 3907}-0${1 + (Number(digits) % 9)}-1${Number(digits) % 10}`;
  switch (type) {
    case 'int':
      return number;
    case 'bigint':
      return `${number}001`;
    case 'numeric':
      return `${number}.${other ? 75 : 25}`;
    case 'float8':
      return `${number}.${other ? 5 : 25}`;
    case 'text':
    case 'code':
    case 'varchar':
      return `'${word}'`;
    case 'bool':
      return (id % 2 === 0) === other ? 'true' : 'false';
    case 'date':
      return `'${day}'`;
    case 'timestamptz':
      return `'${day} 1${other ? 2 : 1}:00:00+00'`;
    case 'jsonb':
      return `'{"k": "${word}", "n": ${number}, "a": [${number}, "${word}"]}'`;
    case 'text[]':
      return `ARRAY['${word}', '${word}']`;
    case 'int[]':
      return `ARRAY[${number}, ${number}]`;
    case 'uuid':
      return `'${other ? 'feedfac1' : 'deadbee1'}-0000-4000-8000-00000000${digits}'`;
    case 'bytea':
      return `convert_to('${word}', 'UTF8')`;
    case 'inet':
      return `'10.7${other ? 4 : 3}.${Number(digits) % 200}.${id % 200}'`;
    case 'interval':
      return `'19073${other ? 2 : 1} days ${Number(digits) % 24} hours'`;
    case 'mood':
      return `'${['calm', 'glad', 'sour'][(id + (other ? 1 : 0)) % 3]}'`;
    case 'pair':
      return `ROW(${number}, '${word}')`;
    case 'daterange':
      return `daterange('${day}', '${other ? 3911 : 3910}-01-01')`;
    case 'xml':
      return `'<m>${word}</m>'`;
  }
}

/** How the values of `secretValue` look, of both worlds; those of booleans and enums cannot be told from others. */
export const SECRET_PATTERNS: readonly RegExp[] = [
  ...[/hush/i, /othr/i, /19073[12]\d{4}/, /390[78]-\d\d-\d\d/, /39(?:09|1[01])-/, /deadbee1/i, /feedfac1/i],
  ...[/10\.7[34]\.\d/, /19073[12] days/],
];
