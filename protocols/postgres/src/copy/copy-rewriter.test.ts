import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputBuffer } from '../flow/output-buffer.ts';
import type { CellRewrite } from '../flow/row-rewriter.ts';
import type { CopyFormatOptions } from './copy-format-options.ts';
import { CopyRewriter } from './copy-rewriter.ts';
import { nullTextKind } from './text-cells.ts';

const ROW_BYTES_MAX = 10_000;
const MARK = Buffer.from('masked\t,"|\\');
const MASK: CellRewrite = { kind: 'mask', mask: () => Buffer.from(MARK) };
const ECHO: CellRewrite = { kind: 'mask', mask: (cell) => Buffer.from(cell) };
const NULL: CellRewrite = { kind: 'constant', bytes: null };

const text = (more: Partial<CopyFormatOptions & { format: 'text' }> = {}): CopyFormatOptions => ({
  ...{ format: 'text', delimiter: 0x09, nullText: Buffer.from('\\N'), header: false },
  ...more,
});
const csv = (more: Partial<CopyFormatOptions & { format: 'csv' }> = {}): CopyFormatOptions => ({
  ...{ format: 'csv', delimiter: 0x2c, nullText: Buffer.alloc(0), header: false, quote: 0x22, escaper: 0x22 },
  forcesQuote: [],
  ...more,
});
const BINARY: CopyFormatOptions = { format: 'binary' };

/** What comes out of a stream that arrives in these pieces: the data of each CopyData. */
function rewrite(
  options: CopyFormatOptions,
  rewrites: readonly CellRewrite[],
  pieces: readonly (string | Buffer)[],
  rowBytesMax = ROW_BYTES_MAX,
): string[] {
  const rewriter = new CopyRewriter(options, rewrites.length, rowBytesMax);
  const out = new OutputBuffer();
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    rewriter.receive(
      Buffer.concat([Buffer.from('before'), bytes, Buffer.from('\n"behind')]),
      6,
      6 + bytes.length,
      (row) => rewriter.write(row, rewrites, out),
    );
  }
  rewriter.finish();
  return dataOf(out.take()).map((data) => data.toString('latin1'));
}

function dataOf(frames: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < frames.length; at += 1 + frames.readUInt32BE(at + 1)) {
    expect(frames[at]).toBe(0x64);
    found.push(frames.subarray(at + 5, at + 1 + frames.readUInt32BE(at + 1)));
  }
  return found;
}

describe('text', () => {
  test('masked cells are escaped anew, NULL stays NULL, and the others are as they came', () => {
    const lines = ['a\\tb\tsecret\tc\n', '\\N\t\\N\t\\N\n', '\t\t\n'];
    expect(rewrite(text(), [null, MASK, null], lines)).toEqual([
      'a\\tb\tmasked\\t,"|\\\\\tc\n',
      '\\N\t\\N\t\\N\n',
      '\tmasked\\t,"|\\\\\t\n',
    ]);
  });

  test('masks see the value, not its escapes', () => {
    const seen: string[] = [];
    const spy: CellRewrite = { kind: 'mask', mask: (cell) => Buffer.from(`${seen.push(String(cell))}`) };
    rewrite(text({ delimiter: 0x7c }), [spy, spy], ['\\b\\f\\n\\r\\t\\v\\\\\\||\\\\N\n', '\\\\.|\u0001\n']);
    expect(seen).toEqual(['\b\f\n\r\t\v\\|', '\\N', '\\.', '\u0001']);
  });

  test('names of columns pass, and count', () => {
    expect(rewrite(text({ header: true }), [MASK], ['ssn\n', '1\n'])).toEqual(['ssn\n', 'masked\\t,"|\\\\\n']);
    expect(rewrite(text({ header: true }), [MASK], ['ssn\n'])).toEqual(['ssn\n']);
  });

  test.each([
    ['a cell too few', 'a\tb\n'],
    ['a cell too many', 'a\tb\tc\td\n'],
    ['an escape that the server never writes', 'a\t\\x41\tc\n'],
    ['an octal escape', 'a\t\\101\tc\n'],
    ['a backslash before a delimiter that is no delimiter', 'a\t\\|\tc\n'],
    ['a backslash before the end of the line', 'a\tb\tc\\\n'],
    ['no end', 'a\tb\tc'],
  ])('a line with %s is refused', (_, line) => {
    expect(() => rewrite(text(), [null, MASK, null], [line])).toThrow(/CopyD/);
  });

  test.each([
    ['\\N', '\t', 'alone'],
    ['a\\Nb', '\t', 'alone'],
    ['', '\t', 'shared'],
    ['NULL', '\t', 'shared'],
    ['\\\\N', '\t', 'shared'],
    ['\\n', '\t', 'shared'],
    ['\\|', '|', 'shared'],
    ['\\|', '\t', 'alone'],
    ['\\', '\t', 'unreadable'],
    ['\\N\\', '\t', 'unreadable'],
  ])('the NULL string %j under delimiter %j is %s', (nullText, delimiter, kind) => {
    expect(nullTextKind(Buffer.from(nullText), delimiter.charCodeAt(0))).toBe(kind);
  });
});

describe('CSV', () => {
  test('masked cells are quoted for what they are now, NULL stays NULL, and the others are as they came', () => {
    const lines = ['"a\nb",secret,c\n', ',,""\n', '"","secret, quoted"," "\n'];
    expect(rewrite(csv(), [null, MASK, null], lines)).toEqual([
      '"a\nb","masked\t,""|\\",c\n',
      ',,""\n',
      '"","masked\t,""|\\"," "\n',
    ]);
    const plain: CellRewrite = { kind: 'constant', bytes: Buffer.from('plain') };
    expect(rewrite(csv(), [plain, NULL], ['"se""cret",x\n'])).toEqual(['plain,\n']);
  });

  test('options', () => {
    const options = csv({
      ...{ delimiter: 0x3b, quote: 0x27, escaper: 0x5c, nullText: Buffer.from('nil'), header: true },
      forcesQuote: [true, false],
    });
    const stream = [`ssn;"x\n`, `'it\\'s \\\\;\n';secret\n`, `nil;nil\n`, `'nil';'nil'\n`];
    expect(rewrite(options, [ECHO, ECHO], stream)).toEqual(stream);
    expect(rewrite(options, [NULL, ECHO], stream)[1]).toBe('nil;secret\n');
  });

  test('a lone end-of-data mark is quoted where it is the only cell', () => {
    const dot: CellRewrite = { kind: 'constant', bytes: Buffer.from('\\.') };
    expect(rewrite(csv(), [dot], ['x\n'])).toEqual(['"\\."\n']);
    expect(rewrite(csv(), [dot, null], ['x,y\n'])).toEqual(['\\.,y\n']);
  });

  test.each([
    ['a cell too few', 'a,b\n'],
    ['a cell too many', 'a,b,c,d\n'],
    ['a quote within a cell', 'a,b"c,d\n'],
    ['something behind a closing quote', 'a,"b"c,d\n'],
    ['a bare carriage return', 'a,b,c\r\n'],
    ['a quote without end', 'a,"b,c\n'],
    ['no end', 'a,b,c'],
  ])('a line with %s is refused', (_, line) => {
    expect(() => rewrite(csv(), [null, MASK, null], [line])).toThrow(/CopyD/);
  });

  test('an escape that the server never writes is refused', () => {
    expect(() => rewrite(csv({ escaper: 0x5c }), [MASK], ['"a\\b"\n'])).toThrow(/never puts/);
  });
});

describe('binary', () => {
  const header = (flags = 0, extension = ''): Buffer => {
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(flags, 0);
    numbers.writeInt32BE(extension.length, 4);
    return Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), numbers, Buffer.from(extension)]);
  };
  const row = (...cells: readonly (string | null)[]): Buffer => {
    const parts = [Buffer.from([0, cells.length])];
    for (const cell of cells) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(cell === null ? -1 : cell.length);
      parts.push(length, Buffer.from(cell ?? ''));
    }
    return Buffer.concat(parts);
  };
  const TRAILER = Buffer.from([0xff, 0xff]);
  const joined = (...pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString('latin1');

  test('the header goes with the first row, and the trailer alone', () => {
    const masked = MARK.toString();
    expect(
      rewrite(BINARY, [null, MASK], [joinedBuffer(header(), row('a', 'secret')), row(null, null), TRAILER]),
    ).toEqual([joined(header(), row('a', masked)), joined(row(null, null)), joined(TRAILER)]);
    expect(rewrite(BINARY, [MASK], [joinedBuffer(header(7, 'extension'), TRAILER)])).toEqual([
      joined(header(7, 'extension'), TRAILER),
    ]);
  });

  const joinedBuffer = (...pieces: readonly Buffer[]): Buffer => Buffer.concat(pieces);

  test.each([
    ['another signature', [Buffer.from('PGCOPX'), row('a'), TRAILER]],
    ['rows with oids', [header(1 << 16), row('a'), TRAILER]],
    ['a header of negative length', [Buffer.from(header().fill(0xff, 15)), row('a'), TRAILER]],
    ['a cell too many', [header(), row('a', 'b'), TRAILER]],
    ['a negative count', [header(), Buffer.from([0xff, 0xfe])]],
    ['a cell of length -2', [header(), Buffer.from([0, 1, 0xff, 0xff, 0xff, 0xfe]), TRAILER]],
    ['no trailer', [header(), row('a')]],
    ['something behind the trailer', [header(), TRAILER, row('a')]],
    ['a row cut off', [header(), row('abc').subarray(0, 8)]],
    ['no header', [row('a'), TRAILER]],
    ['nothing', []],
  ])('a stream with %s is refused', (_, stream) => {
    expect(() => rewrite(BINARY, [MASK], [Buffer.concat(stream)])).toThrow(/CopyD/);
  });

  test('a constant takes the place of cells of its width only', () => {
    const constant: CellRewrite = { kind: 'constant', bytes: Buffer.from('0000'), width: 4 };
    expect(rewrite(BINARY, [constant], [joinedBuffer(header(), row('abcd'), TRAILER)])[0]).toContain('0000');
    expect(() => rewrite(BINARY, [constant], [joinedBuffer(header(), row('abcde'), TRAILER)])).toThrow(/its type/);
  });
});

test('a row that does not end is an error at the limit, not growth', () => {
  const piece = Buffer.alloc(600, 0x78);
  for (const options of [text(), csv()])
    expect(() => rewrite(options, [MASK], Array(3).fill(piece), 1000)).toThrow(/over 1000 bytes/);
  expect(rewrite(text(), [null], [piece, '\n', piece, '\n'], 1000)).toHaveLength(2);
});

// The server's own writer (CopyAttributeOutText and CopyAttributeOutCSV in copyto.c), over characters.
function serverText(value: string | null, delimiter: string, nullText: string): string {
  if (value === null) return nullText;
  const letters: Readonly<Record<string, string>> = {
    '\b': 'b',
    '\t': 't',
    '\n': 'n',
    '\v': 'v',
    '\f': 'f',
    '\r': 'r',
  };
  return [...value]
    .map((char) => (letters[char] ? `\\${letters[char]}` : char === '\\' || char === delimiter ? `\\${char}` : char))
    .join('');
}

const VALUE = fc.oneof(
  fc.constantFrom(
    '',
    '\\N',
    '\\.',
    '\\',
    '"',
    '""',
    ',',
    '\t',
    '\n',
    '\r\n',
    "'",
    'a',
    'nil',
    '\\\n',
    '",\n"',
    '\u00e9|;',
  ),
  fc.string({
    unit: fc.constantFrom('a', '"', "'", ',', ';', '|', '\\', '\n', '\r', '\t', '\v', 'N', '.', 'ü'),
    maxLength: 8,
  }),
);
const CELL = fc.option(VALUE, { nil: null });
const TABLE = fc.integer({ min: 1, max: 4 }).chain((columns) =>
  fc.record({
    rows: fc.array(fc.array(CELL, { minLength: columns, maxLength: columns }), { maxLength: 6 }),
    masked: fc.array(fc.boolean(), { minLength: columns, maxLength: columns }),
  }),
);
const CUTS = fc.array(fc.nat(200), { maxLength: 8 });
const shout = (value: string | null): string | null => (value === null ? null : `<${value.toUpperCase()}>`);

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...places, bytes.length].map((place, index) => bytes.subarray(places[index - 1] ?? 0, place));
}

function shouted(
  options: CopyFormatOptions,
  rows: readonly string[],
  masked: readonly boolean[],
  cuts: readonly number[],
) {
  const mask: CellRewrite = { kind: 'mask', mask: (cell) => Buffer.from(shout(cell.toString()) ?? '') };
  const rewrites = masked.map((one) => (one ? mask : null));
  return rewrite(options, rewrites, cutAt(Buffer.from(rows.join('')), cuts)).map((line) =>
    Buffer.from(line, 'latin1').toString(),
  );
}

test('text, whatever the values, options and cuts: as if the server had the masked values', () => {
  fc.assert(
    fc.property(
      TABLE,
      fc.constantFrom('\t', '|', ','),
      fc.constantFrom('\\N', '\\x'),
      CUTS,
      ({ rows, masked }, delimiter, nullText, cuts) => {
        const line = (cells: readonly (string | null)[]): string =>
          `${cells.map((cell) => serverText(cell, delimiter, nullText)).join(delimiter)}\n`;
        const options = text({ delimiter: delimiter.charCodeAt(0), nullText: Buffer.from(nullText) });
        const expected = rows.map((row) => line(row.map((cell, column) => (masked[column] ? shout(cell) : cell))));
        expect(shouted(options, rows.map(line), masked, cuts)).toEqual(expected);
      },
    ),
  );
});

test('CSV, whatever the values, options and cuts: as if the server had the masked values', () => {
  const OPTIONS = fc.record({
    delimiter: fc.constantFrom(',', ';', '|'),
    quote: fc.constantFrom('"', "'"),
    escaper: fc.constantFrom('"', "'", '\\'),
    nullText: fc.constantFrom('', 'nil', '\\N'),
    forced: fc.boolean(),
  });
  fc.assert(
    fc.property(TABLE, OPTIONS, CUTS, ({ rows, masked }, { delimiter, quote, escaper, nullText, forced }, cuts) => {
      const cellOf = (value: string | null): string => {
        if (value === null) return nullText;
        const special = [delimiter, quote, '\n', '\r'].some((char) => value.includes(char));
        const alone = masked.length === 1 && value === '\\.';
        if (!forced && value !== nullText && !special && !alone) return value;
        const escaped = [...value].map((char) => (char === quote || char === escaper ? escaper + char : char)).join('');
        return quote + escaped + quote;
      };
      const line = (cells: readonly (string | null)[]): string => `${cells.map(cellOf).join(delimiter)}\n`;
      const options = csv({
        ...{ delimiter: delimiter.charCodeAt(0), quote: quote.charCodeAt(0), escaper: escaper.charCodeAt(0) },
        ...{ nullText: Buffer.from(nullText), forcesQuote: masked.map(() => forced) },
      });
      const expected = rows.map((row) => line(row.map((cell, column) => (masked[column] ? shout(cell) : cell))));
      expect(shouted(options, rows.map(line), masked, cuts)).toEqual(expected);
    }),
  );
});
