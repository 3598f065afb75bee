// Masks over the real value formats, cell by cell: what each gives for each type, and what may never survive any of them.
import { type CellValue, MASK_NAMES, type MaskName, type MaskSpec, type ValueFormat } from '@bailiwick/domain';
import { compileMask, constantCell, type MaskKeys, REDACTED } from '@bailiwick/masking';
import { valueFormat } from '@bailiwick/postgres';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const OIDS = {
  ...{ bool: 16, bytea: 17, char: 18, name: 19, int8: 20, int2: 21, int4: 23, text: 25, oid: 26, json: 114, xml: 142 },
  ...{ cidr: 650, float4: 700, float8: 701, macaddr8: 774, macaddr: 829, inet: 869, bpchar: 1042, varchar: 1043 },
  ...{ date: 1082, time: 1083, timestamp: 1114, timestamptz: 1184, interval: 1186, timetz: 1266, bit: 1560 },
  ...{ varbit: 1562, numeric: 1700, uuid: 2950, jsonb: 3802 },
} as const;
type TypeName = keyof typeof OIDS;
const TYPE_NAMES = Object.keys(OIDS) as TypeName[];

const KEYS: MaskKeys = { keys: [{ id: 'k1', key: Buffer.alloc(32, 1) }] };
const OTHER_KEYS: MaskKeys = { keys: [{ id: 'k2', key: Buffer.alloc(32, 2) }, ...KEYS.keys] };
const KEYED: readonly MaskName[] = ['hash', 'token', 'fpe', 'fake'];

const formatOf = (type: TypeName, wireFormat: 0 | 1): ValueFormat => {
  const format = valueFormat(OIDS[type], wireFormat);
  if (format === undefined) throw new Error(`no format for ${type}`);
  return format;
};
const specOf = (name: MaskName, options: MaskSpec['options'] = {}): MaskSpec => ({ name, options });
/** Every mask with options that give it something to do. */
const SPECS: readonly MaskSpec[] = [
  ...MASK_NAMES.filter((name) => name !== 'constant' && name !== 'bucket').map((name) => specOf(name)),
  specOf('constant', { value: 'n/a' }),
  specOf('constant', { value: 7 }),
  specOf('bucket', { size: 1000 }),
  specOf('date', { precision: 'month' }),
  specOf('date', { shift_days: 30 }),
  specOf('partial', { keep_first: 2, keep_last: 2, character: '•', keep_length: true }),
  specOf('email', { keep_domain: false, keep_first: false }),
  specOf('fake', { kind: 'email' }),
];

/** Masks text in and text out; null for SQL NULL. */
function mask(spec: MaskSpec, type: TypeName, text: string, keys: MaskKeys = KEYS): string | null {
  const format = formatOf(type, 0);
  const cell = compileMask(spec, format, keys)(Buffer.from(text, 'utf8'));
  if (cell !== null) format.decode(cell);
  return cell?.toString('utf8') ?? null;
}

describe('constants', () => {
  test.each([
    ['text', REDACTED],
    ['varchar', REDACTED],
    ['bpchar', REDACTED],
    ['name', REDACTED],
    ['char', '['],
    ['bool', 'f'],
    ['int2', '0'],
    ['int8', '0'],
    ['oid', '0'],
    ['float4', '0'],
    ['numeric', '0'],
    ['date', '1970-01-01'],
    ['timestamp', '1970-01-01 00:00:00'],
    ['timestamptz', '1970-01-01 00:00:00+00'],
    ['time', '00:00:00'],
    ['timetz', '00:00:00+00'],
    ['interval', '00:00:00'],
    ['uuid', '00000000-0000-0000-0000-000000000000'],
    ['json', '{}'],
    ['jsonb', '{}'],
    ['xml', '<redacted/>'],
    ['bytea', '\\x'],
    ['inet', '0.0.0.0'],
    ['cidr', '0.0.0.0/32'],
    ['macaddr', '00:00:00:00:00:00'],
    ['macaddr8', '00:00:00:00:00:00:00:00'],
    ['bit', '0'],
    ['varbit', ''],
  ] as const)('of %s is %j', (type, constant) => {
    const [text, binary] = [formatOf(type, 0), formatOf(type, 1)];
    expect(constantCell(text).toString('utf8')).toBe(constant);
    expect(binary.decode(constantCell(binary))).toEqual(text.decode(constantCell(text)));
  });

  test('every type has one', () => {
    for (const type of TYPE_NAMES) expect(constantCell(formatOf(type, 1))).toBeInstanceOf(Buffer);
  });

  test.each([
    ['text', 'n/a', 'n/a'],
    ['char', 'xyz', 'x'],
    ['int4', '12', '12'],
    ['int4', 12, '12'],
    ['int2', 70000, '0'],
    ['int4', 'many', '0'],
    ['numeric', '12.50', '12.50'],
    ['float8', 1.5, '1.5'],
    ['bool', true, 't'],
    ['date', '2020-02-29', '2020-02-29'],
    ['date', '2021-02-29', '1970-01-01'],
    ['timestamptz', '2020-02-29', '2020-02-29 00:00:00+00'],
    ['uuid', '00112233-4455-6677-8899-aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff'],
    ['jsonb', '{"a":1}', '{"a":1}'],
    ['jsonb', '{a:1}', '{}'],
    ['inet', '127.0.0.1', '127.0.0.1'],
    ['inet', 'home', '0.0.0.0'],
    ['bytea', 'ab', '\\x6162'],
  ] as const)('chosen for %s: %j gives %j', (type, value, output) => {
    expect(mask(specOf('constant', { value }), type, 'never read')).toBe(output);
  });
});

describe('partial', () => {
  const last4 = specOf('partial', { keep_last: 4 });
  test.each([
    [{}, '4111111111111111', '****1111'],
    [{ keep_last: 4 }, '123-45-6789', '****6789'],
    [{ keep_last: 4 }, 'a much longer text than that', '****that'],
    [{ keep_first: 2, keep_last: 2 }, '4111111111111111', '41****11'],
    [{ keep_first: 1 }, 'Magdalena', 'M****'],
    [{ keep_last: 0 }, '4111111111111111', '****'],
    [{ keep_last: 4, keep_length: true }, '123-45-6789', '*******6789'],
    [{ keep_last: 3, character: '•' }, 'Zoë-東京🙂🙂🙂🙂', '••••🙂🙂🙂'],
  ])('%j on %s shows %s', (options, value, output) => {
    expect(mask(specOf('partial', options), 'text', value)).toBe(output);
  });

  // Each of these showed the value, or too much of it, until its limit was there.
  test.each([
    ['short', '123456789'],
    ['shorter than what is kept', '678'],
    ['empty', ''],
    ['short behind blanks', '            6789'],
    ['short before blanks', '6789            '],
    ['short among invisible characters', `\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\ufeff6789`],
    ['mostly padding', '------------6789'],
    ['padded with zero-width joiners inside', `6${'\u200d'.repeat(20)}789`],
    ['padded with combining marks inside', `x${'\u0301'.repeat(20)}789`],
  ])('shows nothing of a value that is %s', (_what, value) => {
    expect(mask(last4, 'text', value)).toBe('****');
  });

  test('does not count the blanks of bpchar', () => {
    expect(mask(specOf('partial', { keep_first: 3 }), 'bpchar', 'abc                ')).toBe('****');
  });

  test('never shows more than a third, rounded up, nor more than half of the letters and digits', () => {
    const ends = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), ends, ends, (value, keep_first, keep_last) => {
        const text = value.replaceAll('\0', '').replaceAll('•', '');
        const output = mask(specOf('partial', { keep_first, keep_last, character: '•' }), 'text', text);
        const shown = Array.from((output ?? '').replaceAll('•', '')).length;
        expect(shown).toBeLessThanOrEqual(Math.ceil(Array.from(text).length / 3));
        expect(output).toContain('••••');
      }),
      { numRuns: 200 },
    );
  });
});

describe('email', () => {
  test.each([
    ['alice@example.com', 'a***@example.com'],
    ["o'neil+tag@mail.example.co.uk", 'o***@mail.example.co.uk'],
    ['al@example.com', '***@example.com'],
    ['a@example.com', '***@example.com'],
    ['żółw@przykład.pl', 'ż***@przykład.pl'],
    ['x-y-z@xn--bcher-kva.xn--p1ai', 'x***@xn--bcher-kva.xn--p1ai'],
  ])('%s shows %s', (value, output) => {
    expect(mask(specOf('email'), 'text', value)).toBe(output);
  });

  test.each([
    '',
    'alice',
    'alice@localhost',
    'alice@example.com ',
    'Alice <alice@example.com>',
    'alice@example.com, bob@example.com',
    'alice@example.com@example.com',
    'alice@127.0.0.1',
    'alice@123.456',
    'alice@example.com/4111111111111111',
    'alice@example.com\nssn: 123-45-6789',
    '"alice smith"@example.com',
    'alice@exa mple.com',
    'alice@-example.com',
    'alice@.com',
    `alice@${'a'.repeat(64)}.com`,
    `${'a'.repeat(65)}@example.com`,
    `alice@${'abcdefgh.'.repeat(30)}com`,
  ])('redacts what is not one address: %j', (value) => {
    expect(mask(specOf('email'), 'text', value)).toBe(REDACTED);
  });

  test('hides what the options say', () => {
    expect(mask(specOf('email', { keep_domain: false }), 'text', 'alice@example.com')).toBe('a***@masked.invalid');
    expect(mask(specOf('email', { keep_first: false }), 'text', 'alice@example.com')).toBe('***@example.com');
  });
});

describe('bucket', () => {
  const thousand = specOf('bucket', { size: 1000 });
  test.each([
    ['int4', '12345', '12000'],
    ['int4', '0', '0'],
    ['int4', '-1', '-1000'],
    ['int4', '-1000', '-1000'],
    ['int4', '-2147483648', '-2147483648'],
    ['int4', '-2147483001', '-2147483648'],
    ['int8', '9223372036854775807', '9223372036854775000'],
    ['numeric', '12345.67', '12000'],
    ['numeric', '999.99', '0'],
    ['numeric', '-0.01', '-1000'],
    ['numeric', '-1000.00', '-1000'],
    ['numeric', '-1000.01', '-2000'],
    ['numeric', 'NaN', '0'],
    ['numeric', '9'.repeat(41), '0'],
    ['float8', '12345.67', '12000'],
    ['float8', '-0', '0'],
    ['float8', '-0.5', '-1000'],
    ['float8', 'Infinity', '0'],
    ['text', '12345', REDACTED],
    ['date', '2024-05-06', '1970-01-01'],
  ] as const)('%s %s becomes %s', (type, value, output) => {
    expect(mask(thousand, type, value)).toBe(output);
  });
});

describe('date', () => {
  test.each([
    [{}, 'date', '2024-05-06', '2024-01-01'],
    [{ precision: 'month' }, 'date', '2024-05-06', '2024-05-01'],
    // The day of a date is the whole of it.
    [{ precision: 'day' }, 'date', '2024-05-06', '1970-01-01'],
    [{}, 'date', '0001-12-31', '0001-01-01'],
    [{}, 'date', '0099-12-31', '0099-01-01'],
    [{}, 'date', '0001-12-31 BC', '1970-01-01'],
    [{}, 'date', '10000-01-01', '1970-01-01'],
    [{}, 'date', 'infinity', '1970-01-01'],
    [{}, 'timestamp', '1969-12-31 23:59:59.999999', '1969-01-01 00:00:00'],
    [{ precision: 'day' }, 'timestamptz', '2024-05-06 01:30:00+02', '2024-05-05 00:00:00+00'],
    [{ precision: 'month' }, 'timestamptz', '-infinity', '1970-01-01 00:00:00+00'],
    [{}, 'text', '2024-05-06', REDACTED],
    [{}, 'int4', '20240506', '0'],
  ] as const)('%j on %s %s gives %s', (options, type, value, output) => {
    expect(mask(specOf('date', options), type, value)).toBe(output);
  });

  test('a shift moves by 1 to shift_days days, by key and day, and never out of the years', () => {
    const spec = specOf('date', { shift_days: 3 });
    const format = formatOf('date', 1);
    const shift = compileMask(spec, format, KEYS);
    const moves = new Set<number>();
    for (let days = 0; days < 200; days += 1) {
      const output = format.decode(shift(format.encode({ kind: 'date', days })) ?? Buffer.alloc(0));
      if (output.kind === 'date') moves.add(output.days - days);
    }
    expect([...moves].sort((one, other) => one - other)).toEqual([-3, -2, -1, 1, 2, 3]);
    const far = specOf('date', { shift_days: 3650 });
    expect(mask(far, 'date', '0001-01-02') ?? '').not.toContain('BC');
    expect((mask(far, 'date', '9999-12-30') ?? '').length).toBe(10);
    expect(mask(far, 'date', '2024-05-06', OTHER_KEYS)).not.toBe(mask(far, 'date', '2024-05-06'));
  });
});

describe('keyed masks', () => {
  test.each([
    ['hash', 'text', 'alice@example.com', /^[0-9a-f]{32}$/],
    ['hash', 'int2', '5', /^\d{1,5}$/],
    ['hash', 'int8', '-5', /^\d{1,19}$/],
    [
      'hash',
      'uuid',
      '00112233-4455-6677-8899-aabbccddeeff',
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/,
    ],
    ['hash', 'numeric', '12.50', /^\d{1,18}$/],
    ['hash', 'char', 'x', /^\[$/],
    ['token', 'text', 'Ann-Lee 12/34', /^[A-Z][a-z]{2}-[A-Z][a-z]{2} \d{2}\/\d{2}$/],
    ['token', 'text', 'Zoë 東京 ٤٢', /^[A-Z][a-z]{2} [a-z]{2} \d{2}$/],
    ['token', 'text', 'x\t|<>\u0000'.replace('\u0000', '🙂'), /^[a-z]{6}$/],
    ['token', 'text', '- . @ /', /^\[redacted\]$/],
    ['token', 'text', 'M', /^\[redacted\]$/],
    ['token', 'int4', '-4321', /^-[1-9]\d{3}$/],
    ['token', 'int4', '2147483647', /^[12]\d{9}$/],
    ['token', 'int2', '-32768', /^-[123]\d{4}$/],
    ['token', 'bool', 't', /^f$/],
    ['fpe', 'text', '4111-1111-1111-1111', /^\d{4}-\d{4}-\d{4}-\d{4}$/],
    ['fpe', 'text', '+49 (30) 123456', /^\+\d{2} \(\d{2}\) \d{6}$/],
    ['fpe', 'text', '12345', /^\[redacted\]$/],
    ['fpe', 'text', 'DE89370400440532013000', /^\[redacted\]$/],
    ['fpe', 'text', '１２３４５６７', /^\[redacted\]$/],
    ['fpe', 'text', '1'.repeat(65), /^\[redacted\]$/],
    ['fpe', 'int4', '-1234567', /^-[1-9]\d{6}$/],
    ['fpe', 'int4', '2147483647', /^[12]\d{9}$/],
    ['fpe', 'int4', '-2147483648', /^0$/],
    ['fpe', 'int4', '12345', /^0$/],
    ['fpe', 'int8', '9223372036854775807', /^[1-9]\d{18}$/],
    ['fake', 'text', 'Magdalena Novak', /^\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+$/u],
    ['fake', 'int4', '5', /^0$/],
  ] as const)('%s of %s %s has its shape, is stable, and differs under another key', (name, type, value, shape) => {
    const output = mask(specOf(name), type, value);
    expect(output).toMatch(shape);
    expect(output).not.toBe(value);
    expect(mask(specOf(name), type, value)).toBe(output);
    const isConstant = output === constantCell(formatOf(type, 0)).toString('utf8');
    // int2 has few values: two keys may agree on one.
    if (!isConstant && type !== 'int2') expect(mask(specOf(name), type, value, OTHER_KEYS)).not.toBe(output);
  });

  test('joins still work across the text types, and masks do not agree with each other', () => {
    for (const name of KEYED) {
      expect(mask(specOf(name), 'varchar', '4111111111111111')).toBe(mask(specOf(name), 'text', '4111111111111111'));
      expect(mask(specOf(name), 'bpchar', '4111111111111111  ')).toBe(mask(specOf(name), 'text', '4111111111111111'));
    }
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    expect(mask(specOf('hash'), 'uuid', uuid)).not.toBe(mask(specOf('token'), 'uuid', uuid));
  });

  test('fpe and cycle walking keep integers apart', () => {
    const format = formatOf('int4', 0);
    const fpe = compileMask(specOf('fpe'), format, KEYS);
    const images = new Set<string>();
    for (let at = 0; at < 500; at += 1) images.add(String(fpe(Buffer.from(String(2_147_483_647 - at)))));
    expect(images.size).toBe(500);
  });

  test('a fake shares no word with the value, whatever the value holds', () => {
    for (let at = 0; at < 300; at += 1) {
      const first = mask(specOf('fake', { kind: 'first_name' }), 'text', `person ${at}`) ?? '';
      const again = mask(specOf('fake', { kind: 'first_name' }), 'text', `${first} ${at}`) ?? '';
      expect(again).not.toBe(first);
    }
    expect(mask(specOf('fake', { kind: 'email' }), 'text', 'bob@example.com')).toMatch(
      /^[a-z]+\.[a-z]+\.\d+@example\.com$/,
    );
  });

  test('none compiles without a key, or with a short one', () => {
    const cases = [
      ...KEYED.map((name) => ['text', specOf(name)] as const),
      ['date', specOf('date', { shift_days: 1 })] as const,
    ];
    for (const [type, spec] of cases) {
      expect(() => compileMask(spec, formatOf(type, 0), { keys: [] })).toThrow('needs a key');
      const short = { keys: [{ id: 'k', key: Buffer.alloc(31) }] };
      expect(() => compileMask(spec, formatOf(type, 0), short)).toThrow('32 bytes');
    }
  });
});

test('a spec that is not valid does not compile', () => {
  expect(() => compileMask(specOf('bucket'), formatOf('int4', 0), KEYS)).toThrow('size');
  expect(() => compileMask(specOf('partial', { keep_lats: 4 }), formatOf('text', 0), KEYS)).toThrow('keep_lats');
});

/** Values of a type as a cell may hold them. */
const text = fc
  .oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.emailAddress(), fc.stringMatching(/^[0-9 -]{0,30}$/))
  .map((value) => value.replaceAll('\0', ''));
const asText = (value: string): CellValue => ({ kind: 'text', text: value });
const VALUES: Readonly<Partial<Record<TypeName, fc.Arbitrary<CellValue>>>> = {
  text: text.map(asText),
  name: fc.string({ maxLength: 63 }).map((value) => asText(value.replaceAll('\0', ''))),
  char: fc.integer({ min: 1, max: 127 }).map((code) => asText(String.fromCharCode(code))),
  int2: fc.integer({ min: -32_768, max: 32_767 }).map((n) => ({ kind: 'integer', integer: BigInt(n) })),
  int4: fc.integer().map((n) => ({ kind: 'integer', integer: BigInt(n) })),
  int8: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((integer) => ({ kind: 'integer', integer })),
  oid: fc.nat().map((n) => ({ kind: 'integer', integer: BigInt(n) })),
  numeric: fc.tuple(fc.bigInt(), fc.nat(999)).map(([n, part]) => ({ kind: 'decimal', decimal: `${n}.${part}` })),
  float4: fc.float().map((float) => ({ kind: 'float', float })),
  float8: fc.double().map((float) => ({ kind: 'float', float })),
  bool: fc.boolean().map((boolean) => ({ kind: 'boolean', boolean })),
  date: fc.integer({ min: -2_440_588, max: 2_145_031_948 }).map((days) => ({ kind: 'date', days })),
  timestamptz: fc
    .bigInt({ min: -210_866_803_200_000_000n, max: 9_224_318_015_999_999_999n })
    .map((micros) => ({ kind: 'timestamp', micros })),
  uuid: fc.uuid().map((uuid) => ({ kind: 'uuid', hex: uuid.replaceAll('-', '') })),
  jsonb: fc.json().map((json) => ({ kind: 'json', json })),
  bytea: fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ kind: 'bytes', bytes: Buffer.from(bytes) })),
  inet: fc.ipV4().map(asText),
};
const CASES = (Object.keys(VALUES) as TypeName[]).flatMap((type) =>
  SPECS.map((spec) => ({ type, spec, title: `${spec.name} ${JSON.stringify(spec.options)} on ${type}` })),
);

describe.each(CASES)('$title', ({ type, spec }) => {
  const formats = [formatOf(type, 0), formatOf(type, 1)] as const;
  const masks = [compileMask(spec, formats[0], KEYS), compileMask(spec, formats[1], KEYS)] as const;

  test('gives a value of the type, the same in text and binary, and leaves its input alone', () => {
    fc.assert(
      fc.property(VALUES[type] ?? fc.constant(asText('')), (value) => {
        const decoded = ([0, 1] as const).map((wireFormat) => {
          const input = formats[wireFormat].encode(value);
          const before = Buffer.from(input);
          const output = masks[wireFormat](input);
          expect(input.equals(before)).toBe(true);
          if (output === null) return null;
          const kept = formats[wireFormat].decode(output);
          const copy = Buffer.from(output);
          input.fill(0);
          expect(output.equals(copy)).toBe(true);
          return kept;
        });
        expect(decoded[0]).toEqual(decoded[1]);
        expect(decoded[0] === null).toBe(spec.name === 'null');
      }),
      { numRuns: 25 },
    );
  });
});

describe.each(['redact', 'hash', 'null', 'constant', 'fake'] as const)('%s', (name) => {
  test('lets no four characters in a row of a longer text through', () => {
    const masked = compileMask(specOf(name, name === 'constant' ? { value: '—' } : {}), formatOf('text', 0), KEYS);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 13 }), (value) => {
        const input = value.replaceAll('\0', '');
        const output = masked(Buffer.from(input, 'utf8'))?.toString('utf8') ?? '';
        for (let at = 0; at + 4 <= input.length; at += 1) expect(output).not.toContain(input.slice(at, at + 4));
      }),
      { numRuns: 200 },
    );
  });
});

test('a cell that is not of its type throws under every mask that has to read it', () => {
  const faulty: readonly (readonly [TypeName, MaskSpec, Buffer])[] = [
    ['text', specOf('partial'), Buffer.from([0xff])],
    ['text', specOf('email'), Buffer.from([0xc3])],
    ['text', specOf('hash'), Buffer.from([0x61, 0x00])],
    ['text', specOf('token'), Buffer.from([0xed, 0xa0, 0x80])],
    ['int4', specOf('fpe'), Buffer.from('12x')],
    ['numeric', specOf('bucket', { size: 10 }), Buffer.from('1e5')],
    ['date', specOf('date'), Buffer.from('05/06/2024')],
    ['uuid', specOf('hash'), Buffer.from('0011')],
  ];
  for (const [type, spec, cell] of faulty) {
    expect(() => compileMask(spec, formatOf(type, 0), KEYS)(cell)).toThrow();
  }
});

test('a long run of blanks costs no more than its length', () => {
  const cell = Buffer.from(`a${' '.repeat(300_000)}b`);
  const started = performance.now();
  for (const spec of SPECS) compileMask(spec, formatOf('text', 0), KEYS)(cell);
  for (const spec of SPECS) compileMask(spec, formatOf('bpchar', 0), KEYS)(cell);
  expect(performance.now() - started).toBeLessThan(10_000);
});
