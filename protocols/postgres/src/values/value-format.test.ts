import type { CellValue, ValueFormat } from '@bailiwick/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueFormat } from './value-format.ts';

const OIDS = {
  ...{ bool: 16, bytea: 17, char: 18, name: 19, int8: 20, int2: 21, int4: 23, text: 25, oid: 26, json: 114, xml: 142 },
  ...{ cidr: 650, float4: 700, float8: 701, macaddr8: 774, macaddr: 829, inet: 869, bpchar: 1042, varchar: 1043 },
  ...{ date: 1082, time: 1083, timestamp: 1114, timestamptz: 1184, interval: 1186, timetz: 1266, bit: 1560 },
  ...{ varbit: 1562, numeric: 1700, uuid: 2950, jsonb: 3802 },
} as const;
type TypeName = keyof typeof OIDS;

const formatOf = (type: TypeName, wireFormat: 0 | 1): ValueFormat => {
  const format = valueFormat(OIDS[type], wireFormat);
  if (format === undefined) throw new Error(`no format for ${type}`);
  return format;
};
const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Captured from PostgreSQL 18 with the types' send functions. */
const BINARY_GOLDENS: readonly (readonly [TypeName, string, CellValue])[] = [
  ['bool', '01', { kind: 'boolean', boolean: true }],
  ['int2', 'ffff', { kind: 'integer', integer: -1n }],
  ['int4', '0000002a', { kind: 'integer', integer: 42n }],
  ['int8', '8000000000000000', { kind: 'integer', integer: -9_223_372_036_854_775_808n }],
  ['oid', 'ffffffff', { kind: 'integer', integer: 4_294_967_295n }],
  ['float4', '3dcccccd', { kind: 'float', float: Math.fround(0.1) }],
  ['float8', '3fb999999999999a', { kind: 'float', float: 0.1 }],
  ['numeric', '0002 0000 0000 0002 000c 1388', { kind: 'decimal', decimal: '12.50' }],
  ['numeric', '0001 fffe 4000 0005 2710'.replace('2710', '03e8'), { kind: 'decimal', decimal: '-0.00001' }],
  ['numeric', '0000 0000 c000 0000', { kind: 'decimal', decimal: 'NaN' }],
  ['date', '00000000', { kind: 'date', days: 10_957 }],
  ['date', '7fffffff', { kind: 'special', special: 'infinity' }],
  ['timestamp', '0000000000000001', { kind: 'timestamp', micros: 946_684_800_000_001n }],
  ['timestamptz', '8000000000000000', { kind: 'special', special: '-infinity' }],
  ['time', '0000000000000001', { kind: 'text', text: '00:00:00.000001' }],
  ['timetz', '0000000000000000 ffffe3e0', { kind: 'text', text: '00:00:00+02' }],
  ['interval', '00000000000f4240 ffffffff 0000000d', { kind: 'text', text: '1 year 1 mon -1 days +00:00:01' }],
  ['uuid', '00112233445566778899aabbccddeeff', { kind: 'uuid', hex: '00112233445566778899aabbccddeeff' }],
  ['jsonb', '017b7d', { kind: 'json', json: '{}' }],
  ['inet', '0220000401020304', { kind: 'text', text: '1.2.3.4' }],
  ['cidr', '020801040a000000', { kind: 'text', text: '10.0.0.0/8' }],
  ['macaddr', '08002b010203', { kind: 'text', text: '08:00:2b:01:02:03' }],
  ['bit', '00000003a0', { kind: 'text', text: '101' }],
];

describe.each(BINARY_GOLDENS)('binary %s %s', (type, golden, value) => {
  const format = formatOf(type, 1);

  test('decodes, and encodes to the same bytes', () => {
    expect(format.decode(hex(golden))).toEqual(value);
    expect(format.encode(value).toString('hex')).toBe(golden.replaceAll(' ', ''));
  });

  test('every truncation and every longer cell throws', () => {
    const cell = hex(golden);
    for (let length = 0; length < cell.length; length += 1) {
      expect(() => format.decode(cell.subarray(0, length))).toThrow();
    }
    expect(() => format.decode(Buffer.concat([cell, Buffer.from([0])]))).toThrow();
  });
});

/** Cells that are not of their type: each must throw, and none of it may be in the message. */
const FAULTS: readonly (readonly [TypeName, 0 | 1, Buffer])[] = [
  ['bool', 0, utf8('true')],
  ['bool', 0, utf8('1')],
  ['bool', 1, hex('02')],
  ['int2', 0, utf8('32768')],
  ['int4', 0, utf8('-2147483649')],
  ['int4', 0, utf8('')],
  ['int4', 0, utf8('1.0')],
  ['int4', 0, utf8(' 1')],
  ['int4', 0, utf8('0x10')],
  ['int8', 0, utf8('9223372036854775808')],
  ['int8', 0, utf8('1'.repeat(1000))],
  ['oid', 0, utf8('-1')],
  ['float4', 0, utf8('1e39')],
  ['float8', 0, utf8('1e400')],
  ['float8', 0, utf8('')],
  ['float8', 0, utf8('infinity')],
  ['float8', 0, utf8('0x1p3')],
  ['float8', 0, utf8('hasOwnProperty')],
  ['numeric', 0, utf8('')],
  ['numeric', 0, utf8('.5')],
  ['numeric', 0, utf8('1e5')],
  ['numeric', 0, utf8('1,000')],
  ['numeric', 0, utf8(`${'1'.repeat(131_073)}`)],
  ['numeric', 1, hex('0001 0000 0000 0000 2710')],
  ['numeric', 1, hex('0001 0000 1234 0000 0001')],
  ['numeric', 1, hex('0001 0000 c000 0000 0001')],
  ['numeric', 1, hex('0001 ffff 0000 0002 0001')],
  ['numeric', 1, hex('0000 0000 0000 4000')],
  ['text', 0, hex('c3')],
  ['text', 0, hex('eda080')],
  ['text', 1, hex('c0af')],
  ['text', 0, hex('610062')],
  ['bpchar', 0, hex('ff')],
  ['char', 1, hex('')],
  ['char', 0, utf8('ab')],
  ['bytea', 0, utf8('\\x0')],
  ['bytea', 0, utf8('\\x0g')],
  ['bytea', 0, utf8('\\40')],
  ['bytea', 0, utf8('\\400')],
  ['bytea', 0, utf8('é')],
  ['date', 0, utf8('2023-02-29')],
  ['date', 0, utf8('2024-00-01')],
  ['date', 0, utf8('2024-13-01')],
  ['date', 0, utf8('0000-01-01')],
  ['date', 0, utf8('01/02/2024')],
  ['date', 0, utf8('2024-01-01 00:00:00')],
  ['date', 0, utf8('5874898-01-01')],
  ['date', 0, utf8('4714-11-23 BC')],
  ['date', 1, hex('7ffffffe')],
  ['timestamp', 0, utf8('2024-01-01 24:00:00')],
  ['timestamp', 0, utf8('2024-01-01 00:60:00')],
  ['timestamp', 0, utf8('2024-01-01 00:00:60')],
  ['timestamp', 0, utf8('2024-01-01 00:00:00+00')],
  ['timestamptz', 0, utf8('2024-01-01 00:00:00')],
  ['timestamptz', 0, utf8('2024-01-01 00:00:00 CET')],
  ['timestamptz', 0, utf8('2024-01-01 00:00:00+16')],
  ['timestamp', 0, utf8('294277-01-01 00:00:00')],
  ['timestamp', 1, hex('7ffffffffffffffe')],
  ['time', 0, utf8('24:00:01')],
  ['time', 1, hex('ffffffffffffffff')],
  ['timetz', 0, utf8('12:00:00')],
  ['timetz', 1, hex('0000000000000000 7fffffff')],
  ['interval', 0, utf8('')],
  ['interval', 0, utf8('P1Y')],
  ['interval', 0, utf8('1 year ')],
  ['interval', 0, utf8('2 year')],
  ['interval', 0, utf8('1 day 2 years')],
  ['uuid', 0, utf8('00112233445566778899aabbccddeeff')],
  ['uuid', 0, utf8('00112233-4455-6677-8899-aabbccddeefg')],
  ['json', 0, utf8('{a:1}')],
  ['json', 0, utf8('')],
  ['jsonb', 1, hex('027b7d')],
  ['jsonb', 1, hex('01')],
  ['inet', 0, utf8('1.2.3')],
  ['inet', 0, utf8('1.2.3.256')],
  ['inet', 0, utf8('1.2.3.4/33')],
  ['inet', 0, utf8('1:2:3:4:5:6:7')],
  ['inet', 0, utf8('1::2::3')],
  ['inet', 0, utf8('1:2:3:4:5:6:7::8')],
  ['cidr', 0, utf8('10.0.0.1/8')],
  ['inet', 1, hex('0220010401020304')],
  ['inet', 1, hex('0220000501020304 05')],
  ['macaddr', 0, utf8('08002b010203')],
  ['bit', 0, utf8('012')],
  ['bit', 1, hex('00000003a1')],
  ['varbit', 1, hex('ffffffff')],
];

const shown = (cell: Buffer): string => JSON.stringify(cell.toString('latin1', 0, 30));

test.each(FAULTS.map(([type, wireFormat, cell]) => ({ type, wireFormat, cell, title: shown(cell) })))(
  '$type in format $wireFormat refuses $title',
  ({ type, wireFormat, cell }) => {
    const format = formatOf(type, wireFormat);
    const refuse = (): unknown => format.decode(cell);
    expect(refuse).toThrow(expect.objectContaining({ name: 'ValueError', typeName: format.typeName }));
    if (cell.length > 3) expect(refuse).not.toThrow(cell.toString('latin1'));
  },
);

/** Arbitrary values of a type, as `decode` could give them. */
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 25 }))
  .map(([digits, scale]) => {
    const size = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
    const text = scale === 0 ? size : `${size.slice(0, -scale)}.${size.slice(-scale)}`;
    return digits < 0n ? `-${text}` : text;
  });
const VALUES: readonly (readonly [TypeName, fc.Arbitrary<CellValue>])[] = [
  ['int8', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((integer) => ({ kind: 'integer', integer }))],
  ['float4', fc.float().map((float) => ({ kind: 'float', float }))],
  ['float8', fc.double().map((float) => ({ kind: 'float', float }))],
  ['numeric', decimals.map((decimal) => ({ kind: 'decimal', decimal }))],
  ['text', fc.string({ unit: 'grapheme' }).map((text) => ({ kind: 'text', text: text.replaceAll('\0', '') }))],
  ['bytea', fc.uint8Array().map((bytes) => ({ kind: 'bytes', bytes: Buffer.from(bytes) }))],
  ['date', fc.integer({ min: -2_440_588, max: 2_145_031_948 }).map((days) => ({ kind: 'date', days }))],
  [
    'timestamptz',
    fc
      .bigInt({ min: -210_866_803_200_000_000n, max: 9_224_318_015_999_999_999n })
      .map((micros) => ({ kind: 'timestamp', micros })),
  ],
  ['uuid', fc.uuid().map((uuid) => ({ kind: 'uuid', hex: uuid.replaceAll('-', '') }))],
  ['jsonb', fc.json().map((json) => ({ kind: 'json', json }))],
];

describe.each(VALUES)('any %s', (type, values) => {
  test.each([0, 1] as const)('survives encode and decode in format %d', (wireFormat) => {
    const format = formatOf(type, wireFormat);
    fc.assert(
      fc.property(values, (value) => {
        expect(format.decode(format.encode(value))).toEqual(value);
      }),
      { numRuns: 150 },
    );
  });
});

test('arbitrary bytes decode or throw a ValueError, and what decodes is encodable', () => {
  const types = Object.keys(OIDS) as TypeName[];
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.constantFrom(0, 1),
      fc.uint8Array({ maxLength: 24 }),
      (type, wire, bytes) => {
        const format = formatOf(type, wire === 0 ? 0 : 1);
        let value: CellValue;
        try {
          value = format.decode(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ name: 'ValueError' });
          return;
        }
        expect(format.decode(format.encode(value))).toEqual(value);
      },
    ),
    { numRuns: 200 },
  );
});

test('a value of another kind is refused by every type', () => {
  for (const type of Object.keys(OIDS) as TypeName[]) {
    for (const wireFormat of [0, 1] as const) {
      const format = formatOf(type, wireFormat);
      const other: CellValue =
        format.kind === 'boolean' ? { kind: 'text', text: 'x' } : { kind: 'boolean', boolean: true };
      expect(() => format.encode(other)).toThrow(expect.objectContaining({ name: 'ValueError' }));
    }
  }
});

test('text that UTF-8 or PostgreSQL cannot hold is refused', () => {
  expect(() => formatOf('text', 0).encode({ kind: 'text', text: '\ud800' })).toThrow('surrogate');
  expect(() => formatOf('text', 1).encode({ kind: 'text', text: 'a\0b' })).toThrow('NUL');
  expect(() => formatOf('name', 0).encode({ kind: 'text', text: 'é'.repeat(32) })).toThrow('longer');
});

test('unknown oids have no format', () => {
  for (const oid of [0, 1, 194, 1033, 2249, 2277, 3361, 16_384, 4_294_967_295]) {
    expect(valueFormat(oid, 0)).toBeUndefined();
    expect(valueFormat(oid, 1)).toBeUndefined();
  }
});
