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
 * A value of a secret column: another one in the other world, of another size, shape and sign, and in the opposite order, so
 * that what computes with it fails, or gives rows, in one of them only. `id` is a number of four digits that no other cell of
 * the schema has.
 */
export const secretValue = (type: ValueType, id: number, other: boolean): string =>
  other ? otherSecret(type, id) : secret(type, id);

function secret(type: ValueType, id: number): string {
  const digits = String(id).padStart(4, '0');
  const number = `190731${digits}`;
  const word = `hush-${digits}`;
  const day = `3907-0${1 + (id % 9)}-1${id % 10}`;
  switch (type) {
    case 'int':
      return number;
    case 'bigint':
      return `${number}001`;
    case 'numeric':
    case 'float8':
      return `${number}.25`;
    case 'text':
    case 'code':
    case 'varchar':
      return `'${word}'`;
    case 'bool':
      return id % 2 === 0 ? 'true' : 'false';
    case 'date':
      return `'${day}'`;
    case 'timestamptz':
      return `'${day} 11:00:00+00'`;
    case 'jsonb':
      return `'{"k": "${word}", "n": ${number}, "a": [${number}, "${word}"]}'`;
    case 'text[]':
      return `ARRAY['${word}', '${word}']`;
    case 'int[]':
      return `ARRAY[${number}, ${number}]`;
    case 'uuid':
      return `'deadbee1-0000-4000-8000-00000000${digits}'`;
    case 'bytea':
      return `convert_to('${word}', 'UTF8')`;
    case 'inet':
      return `'10.73.${id % 200}.${id % 211}'`;
    case 'interval':
      return `'190731 days ${id % 24} hours'`;
    case 'mood':
      return `'${['calm', 'glad', 'sour'][id % 3]}'`;
    case 'pair':
      return `ROW(${number}, '${word}')`;
    case 'daterange':
      return `daterange('${day}', '3910-01-01')`;
    case 'xml':
      return `'<m>${word}</m>'`;
  }
}

function otherSecret(type: ValueType, id: number): string {
  const left = 9999 - id;
  const [even, day] = [id % 2 === 0, `1908-0${1 + (left % 9)}-1${left % 10}`];
  switch (type) {
    case 'int':
      return even ? `-${left}` : `40732${left}`;
    case 'bigint':
      return even ? '0' : `9073190732${left}`;
    case 'numeric':
    case 'float8':
      return even ? `-${left}.5` : `${left}407.125`;
    case 'text':
    case 'code':
    case 'varchar':
      return even ? `'40732${left}'` : `'othr ${left}, wx'`;
    case 'bool':
      return even ? 'false' : 'true';
    case 'date':
      return `'${day}'`;
    case 'timestamptz':
      return `'${day} 02:30:00+00'`;
    case 'jsonb':
      return even ? `'["othr", ${left}, {}]'` : `'{"j": "othr${left}", "n": "x", "a": {}}'`;
    case 'text[]':
      return even ? "'{}'" : `ARRAY['othr${left}', NULL, 'w1']`;
    case 'int[]':
      return even ? "'{}'" : `ARRAY[${left}, 2, NULL]`;
    case 'uuid':
      return `'0feedfac-1000-4000-8000-00000000${left}'`;
    case 'bytea':
      return even ? "''" : `convert_to('othr ${left}', 'UTF8')`;
    case 'inet':
      return even ? `'10.74.${left % 200}.0/20'` : `'fe80::${left}'`;
    case 'interval':
      return `'-${left} hours'`;
    case 'mood':
      return `'${['calm', 'glad', 'sour'][(id + 1) % 3]}'`;
    case 'pair':
      return even ? `ROW(${left}, NULL)` : `ROW(NULL, 'othr ${left}')`;
    case 'daterange':
      return even ? "'empty'" : `daterange('${day}', NULL)`;
    case 'xml':
      return even ? `'<m n="${left}"/>'` : `'othr ${left} <n/>'`;
  }
}

/** How the values of `secretValue` look; those of booleans, enums and small numbers cannot be told from others. */
export const SECRET_PATTERNS: readonly RegExp[] = [
  ...[/hush/i, /othr/i, /190731\d{4}/, /3907-\d\d-\d\d/, /1908-\d\d-\d\d/, /deadbee1/i, /feedfac-1/i],
  ...[/10\.7[34]\.\d/, /190731 days/],
];
