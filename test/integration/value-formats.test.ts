// The server's own output and send functions are the oracle: both wire formats of one value must decode to the same,
// and what is encoded from it must be read back by the server as the value it was.
import type { CellValue, ValueFormat } from '@bailiwick/domain';
import { valueFormat } from '@bailiwick/postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, sharedPostgres } from '../servers/postgres.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await sharedPostgres();
});

/** Literals of each type, with the ends of its range; `as` is how two values are compared where the type has no `=`. */
const TYPES: readonly { readonly type: string; readonly literals: readonly string[]; readonly as?: string }[] = [
  { type: 'bool', literals: ['true', 'false'] },
  { type: 'int2', literals: ['0', '-1', '32767', '-32768'] },
  { type: 'int4', literals: ['0', '42', '2147483647', '-2147483648'] },
  { type: 'int8', literals: ['0', '-7', '9223372036854775807', '-9223372036854775808'] },
  { type: 'oid', literals: ['0', '4294967295'] },
  {
    type: 'float4',
    literals: ['0', '-0', '0.1', '1.1754944e-38', '3.4028235e38', '1e-45', '16777216', '1e15', 'NaN', '-Infinity'],
  },
  {
    type: 'float8',
    literals: ['0', '-0', '0.1', '1e15', '1e21', '1.7976931348623157e308', '5e-324', '-123.456', 'NaN', 'Infinity'],
  },
  {
    type: 'numeric',
    literals: [
      ...['0', '0.00', '1', '-1', '12.50', '-12.5', '9999', '10000', '10001', '100000000', '0.0001', '0.00001234'],
      ...['-0.5', '123456789012345678901234567890.123456789', '1e40', '1e-40', '99999999.99990', 'NaN'],
      ...['Infinity', '-Infinity', `1${'0'.repeat(131_071)}`, `0.${'0'.repeat(16_382)}1`, '1e131071', '10000.0001'],
    ],
  },
  { type: 'text', literals: ['', 'plain', 'Zoë – 東京 🙂', ' padded ', '\uFEFFbom', "quote ' and \\"] },
  { type: 'varchar', literals: ['', 'plain', 'é'.repeat(300)] },
  { type: 'bpchar', literals: ['padded   ', 'x', '', 'in ner  '] },
  { type: 'name', literals: ['', 'pg_class', 'é'.repeat(31)] },
  { type: '"char"', literals: ['', 'a', '\\200', '\\377', '\\'] },
  { type: 'bytea', literals: ['\\x', '\\x00ff5c', `\\x${'ab'.repeat(500)}`] },
  {
    type: 'date',
    literals: [
      ...['1970-01-01', '2000-01-01', '1999-12-31', '2000-02-29', '0001-01-01', '9999-12-31', '10000-01-01'],
      ...['4714-11-24 BC', '0001-12-31 BC', '0005-02-29 BC', '5874897-12-31', 'infinity', '-infinity'],
    ],
  },
  {
    type: 'timestamp',
    literals: [
      ...['1970-01-01 00:00:00', '1969-12-31 23:59:59.999999', '2000-01-01 00:00:00.000001', '2024-02-29 12:30:45.12'],
      ...['4714-11-24 00:00:00 BC', '0044-03-15 12:00:00 BC', '294276-12-31 23:59:59.999999', 'infinity', '-infinity'],
    ],
  },
  {
    type: 'timestamptz',
    literals: [
      ...[
        '1970-01-01 00:00:00+00',
        '2024-07-01 12:30:45.123456+02',
        '1800-01-01 00:00:00+00',
        '4714-11-24 00:00:00+00 BC',
      ],
      ...['0044-03-15 12:00:00+00 BC', '294276-12-30 23:59:59.999999+00', 'infinity', '-infinity'],
    ],
  },
  { type: 'time', literals: ['00:00:00', '23:59:59.999999', '24:00:00', '12:34:56.5'] },
  {
    type: 'timetz',
    literals: ['00:00:00+00', '12:00:00+02', '12:00:00-03:30', '24:00:00+15:59:59', '01:02:03.000004-15:59:59'],
  },
  {
    type: 'interval',
    literals: [
      ...['0', '1 year', '-1 year', '1 year 2 mons 3 days 04:05:06.789', '-1 year 2 days', '1 mon -1 day', '100:00:00'],
      ...[
        '-00:00:00.000001',
        '-178000000 years',
        '2562047788:00:54.775807',
        '-1 mon 1 day -01:00:00',
        '1 day 00:00:01',
      ],
      ...['infinity', '-infinity'],
    ],
  },
  {
    type: 'uuid',
    literals: ['00000000-0000-0000-0000-000000000000', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
  },
  { type: 'json', literals: ['{"a": 1, "a" : [null, "\\u0041é"]}', 'null', '"x"', '1e400'], as: 'text' },
  { type: 'jsonb', literals: ['{"b": 1, "a": [null, "é", 1.50]}', 'null', '[]'] },
  { type: 'xml', literals: ['<a b="1">é</a>', 'just text', ''], as: 'text' },
  {
    type: 'inet',
    literals: [
      ...['0.0.0.0', '192.168.0.1', '10.1.2.3/8', '255.255.255.255/0', '::', '::1', '::ffff:1.2.3.4', '1::/16'],
      ...['2001:db8::ff00:42:8329/64', '1:0:0:2:0:0:0:3', '1:2:3:4:5:6:7:8', 'fe80::', '0:0:1::', '1:0:2:0:3:0:4:0'],
    ],
  },
  { type: 'cidr', literals: ['10.0.0.0/8', '192.168.0.1/32', '::/0', '2001:db8::/32'] },
  { type: 'macaddr', literals: ['08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff'] },
  { type: 'macaddr8', literals: ['08:00:2b:01:02:03:04:05'] },
  { type: 'bit(12)', literals: ['101010101011'] },
  { type: 'varbit', literals: ['', '1', '00000000', '1111111100000001', '101'] },
];

interface WireForms {
  readonly oid: number;
  readonly text: Buffer;
  readonly binary: Buffer;
}

const quoted = (literal: string): string => `'${literal.replaceAll("'", "''")}'`;

/** A value as the server writes it in both formats. `settings` run before, on the same connection. */
async function fetchForms(type: string, literal: string, settings = ''): Promise<WireForms> {
  const base = type.replace(/\(\d+\)$/, '');
  const [functions] = await server.query(
    `SELECT oid::int4 AS oid, typoutput::text AS out, typsend::text AS send FROM pg_type WHERE oid = $1::regtype`,
    [base],
  );
  if (functions === undefined) throw new Error(`no type ${base}`);
  const value = `${quoted(literal)}::${type}`;
  const [row] = await server.query(
    `${settings} SELECT ${functions.out}(${value}) AS text, encode(${functions.send}(${value}), 'hex') AS binary`,
  );
  return {
    oid: Number(functions.oid),
    text: Buffer.from(String(row?.text), 'utf8'),
    binary: Buffer.from(String(row?.binary), 'hex'),
  };
}

function formatsOf(oid: number): { text: ValueFormat; binary: ValueFormat } {
  const text = valueFormat(oid, 0);
  const binary = valueFormat(oid, 1);
  if (text === undefined || binary === undefined) throw new Error(`no format for ${oid}`);
  return { text, binary };
}

const cases = TYPES.flatMap(({ type, literals, as }) => literals.map((literal) => ({ type, literal, as })));

describe.each(cases)('$type $literal', ({ type, literal, as }) => {
  test('both wire formats decode to the same value, and the server reads back what is encoded', async () => {
    const { oid, ...cells } = await fetchForms(type, literal);
    const formats = formatsOf(oid);
    const value: CellValue = formats.text.decode(cells.text);
    expect(formats.binary.decode(cells.binary)).toEqual(value);

    const text = formats.text.encode(value);
    const binary = formats.binary.encode(value);
    expect(formats.text.decode(text)).toEqual(value);
    expect(formats.binary.decode(binary)).toEqual(value);

    const [cast, compared] = [`::${type}`, as === undefined ? '' : `::${as}`];
    const equal = `SELECT $1${cast}${compared} = ${quoted(literal)}${cast}${compared} AS equal`;
    // node-postgres sends a string as a text parameter and a Buffer as a binary one.
    expect(await server.query(equal, [text.toString('utf8')])).toEqual([{ equal: true }]);
    expect(await server.query(equal, [binary])).toEqual([{ equal: true }]);
  });
});

describe('what the session sets', () => {
  test.each(['Asia/Kolkata', 'America/St_Johns', 'Pacific/Kiritimati', 'Europe/Amsterdam'])(
    'a timestamptz decodes to the same moment under TimeZone %s',
    async (zone) => {
      for (const literal of ['2024-07-01 12:30:45.123456+02', '1800-01-01 00:00:00+00', '0044-03-15 12:00:00+00 BC']) {
        const forms = await fetchForms('timestamptz', literal, `SET TimeZone = '${zone}';`);
        const formats = formatsOf(forms.oid);
        expect(formats.text.decode(forms.text)).toEqual(formats.binary.decode(forms.binary));
      }
    },
  );

  test.each(['SQL, MDY', 'Postgres, DMY', 'German'])(
    'another DateStyle is refused, never misread: %s',
    async (style) => {
      for (const [type, literal] of [
        ['date', '2024-05-06'],
        ['timestamp', '2024-05-06 01:02:03'],
        ['timestamptz', '2024-05-06 01:02:03+00'],
      ] as const) {
        const forms = await fetchForms(type, literal, `SET DateStyle = '${style}';`);
        expect(() => formatsOf(forms.oid).text.decode(forms.text)).toThrow();
      }
    },
  );

  test.each(['sql_standard', 'postgres_verbose', 'iso_8601'])('another IntervalStyle is refused: %s', async (style) => {
    const forms = await fetchForms('interval', '1 year -2 days 03:04:05', `SET IntervalStyle = '${style}';`);
    expect(() => formatsOf(forms.oid).text.decode(forms.text)).toThrow();
  });

  test('both forms of bytea_output are read', async () => {
    for (const hex of ['', '00', '5c', '20417e7f80ff5c5c']) {
      const forms = await fetchForms('bytea', `\\x${hex}`, `SET bytea_output = 'escape';`);
      expect(formatsOf(forms.oid).text.decode(forms.text)).toEqual({ kind: 'bytes', bytes: Buffer.from(hex, 'hex') });
    }
  });
});

test('an XML declaration is the same in both wire formats', async () => {
  const forms = await fetchForms('xml', '<?xml version="1.1" encoding="UTF-8" standalone="yes"?><a>é</a>');
  const value = formatsOf(forms.oid).text.decode(forms.text);
  expect(value).toEqual({ kind: 'text', text: '<?xml version="1.1" standalone="yes"?><a>é</a>' });
  expect(formatsOf(forms.oid).binary.decode(forms.binary)).toEqual(value);
});

test('types that only the server writes have no format', async () => {
  const rows = await server.query(
    `SELECT oid::int4 AS oid FROM pg_type WHERE typname IN ('pg_class', 'record', 'aclitem', 'pg_node_tree', 'void')`,
  );
  expect(rows).toHaveLength(5);
  for (const { oid } of rows) {
    expect(valueFormat(Number(oid), 0)).toBeUndefined();
    expect(valueFormat(Number(oid), 1)).toBeUndefined();
  }
});
