// A database that cuts the stream of a COPY where no server would, or lies in it: rows are masked wherever they are cut,
// and what cannot be read for certain ends the session before any of it is delivered.
import {
  encodeCommandComplete,
  encodeCopyBothResponse,
  encodeCopyData,
  encodeCopyDone,
  encodeCopyOutResponse,
  encodeDataRow,
  encodeErrorResponse,
  encodeReadyForQuery,
  encodeRowDescription,
} from '@bailiwick/postgres';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PEOPLE_DATA, PEOPLE_POLICY } from '../integration/fixtures/copied.ts';
import {
  EU_AGENT,
  errorsOf,
  type HostileServer,
  rowsOf,
  type ServerFrame,
  sharedPostgres,
  startHostileServer,
  startTestGateway,
  type TestGateway,
  tagsOf,
  type WireClient,
} from '../servers/index.ts';

const CANARY = '999-88-7777';
const FRAME_BYTES_MAX = 1 << 20;

let hostile: HostileServer;
let gateway: TestGateway;
beforeAll(async () => {
  const server = await sharedPostgres();
  hostile = await startHostileServer(server.port);
  gateway = await startTestGateway({
    policy: PEOPLE_POLICY,
    data: PEOPLE_DATA,
    server: { ...server, port: hostile.port },
    limits: { frameBytesMax: FRAME_BYTES_MAX },
  });
});
afterAll(async () => {
  await gateway.close();
  await hostile.close();
});
beforeEach(() => hostile.answerWith(null));

const data = (bytes: Buffer | string): Buffer => encodeCopyData({ data: Buffer.from(bytes) });
const begin = (format: 0 | 1, columns = 2): Buffer =>
  encodeCopyOutResponse({ format, columnFormats: Array<0 | 1>(columns).fill(format) });
const complete = (rows: number): Buffer =>
  Buffer.concat([encodeCommandComplete({ tag: `COPY ${rows}` }), encodeReadyForQuery({ status: 'I' })]);

async function ask(wire: WireClient, sql: string, answer: readonly Buffer[]): Promise<ServerFrame[]> {
  hostile.answerWith([Buffer.concat(answer)]);
  return wire.query(sql);
}

const linesOf = (frames: readonly ServerFrame[]): string =>
  frames
    .filter(({ type }) => type === 'd')
    .map(({ body }) => body.toString('latin1'))
    .join('');

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...places, bytes.length].map((place, index) => data(bytes.subarray(places[index - 1] ?? 0, place)));
}

const QUERY = '(SELECT id, ssn FROM people)';
const CSV = Buffer.from(`1,"x\n${CANARY}, ""4444"\n2,${CANARY}\n3,\n`);
const TEXT = Buffer.from(`1\tx\\n${CANARY}\\\\4444\n2\t${CANARY}\n3\t\\N\n`);
const cell = (bytes: Buffer | string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
};
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.from([0, 0, 0, 0]), cell('more')]);
const BINARY = Buffer.concat([
  ...[HEADER, Buffer.from([0, 2]), cell(Buffer.from([0, 0, 0, 1])), cell(`${CANARY}4444`)],
  Buffer.from([0xff, 0xff]),
]);
const MASKED_BINARY = Buffer.concat([
  ...[HEADER, Buffer.from([0, 2]), cell(Buffer.from([0, 0, 0, 1])), cell('****4444')],
  Buffer.from([0xff, 0xff]),
]);

describe('rows are masked wherever their stream is cut', () => {
  test.each([
    ['text', '', 0, TEXT, '1\t****4444\n2\t****7777\n3\t\\N\n'],
    ['CSV', 'CSV', 0, CSV, '1,****4444\n2,****7777\n3,\n'],
    ['binary', 'BINARY', 1, BINARY, MASKED_BINARY.toString('latin1')],
  ] as const)('%s', async (_, options, format, stream, expected) => {
    const wire = await gateway.wire(EU_AGENT);
    const sql = `COPY ${QUERY} TO STDOUT ${options}`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 12 }), async (cuts) => {
        const frames = await ask(wire, sql, [begin(format), ...pieces(stream, cuts), encodeCopyDone(), complete(3)]);
        expect(linesOf(frames)).toBe(expected);
        expect(tagsOf(frames)).toEqual(['COPY 3']);
      }),
      { numRuns: 60 },
    );
    const every = [...stream.keys()];
    const frames = await ask(wire, sql, [begin(format), ...pieces(stream, every), encodeCopyDone(), complete(3)]);
    expect(linesOf(frames)).toBe(expected);
    expect(wire.received.includes('999-88')).toBe(false);
  });

  test('an error in the middle of a row takes the rest of it with it', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const fields = new Map([
      ['S', 'ERROR'],
      ['V', 'ERROR'],
      ['C', '22012'],
      ['M', CANARY],
    ]);
    const frames = await ask(wire, `COPY ${QUERY} TO STDOUT`, [
      ...[begin(0), data(`1\t${CANARY}\n2\t${CANARY.slice(0, 6)}`), encodeErrorResponse({ fields })],
      encodeReadyForQuery({ status: 'I' }),
    ]);
    expect(linesOf(frames)).toBe('1\t****7777\n');
    expect(errorsOf(frames)).toMatchObject([{ C: '22012' }]);
    const again = await ask(wire, `COPY ${QUERY} TO STDOUT`, [begin(0), data(TEXT), encodeCopyDone(), complete(3)]);
    expect(linesOf(again)).toMatch(/^1\t\*\*\*\*4444\n/);
    expect(wire.received.includes('999-88')).toBe(false);
  });
});

const WRONG: readonly (readonly [string, string, readonly Buffer[]])[] = [
  ['a column too many', '', [begin(0, 3), data(`1\t${CANARY}\t${CANARY}\n`)]],
  ['a column too few', '', [begin(0, 1), data(`${CANARY}\n`)]],
  ['binary in place of text', '', [begin(1), data(BINARY)]],
  ['text in place of binary', 'BINARY', [begin(0), data(TEXT)]],
  ['columns of another format', '', [encodeCopyOutResponse({ format: 0, columnFormats: [0, 1] }), data(TEXT)]],
  ['a cell too many', '', [begin(0), data(`1\tx\t${CANARY}\n`)]],
  ['a cell too few', '', [begin(0), data(`${CANARY}\n`)]],
  ['a hexadecimal escape', '', [begin(0), data(`1\t\\x39${CANARY}\n`)]],
  ['a backslash before a line end', '', [begin(0), data(`1\t${CANARY}\\\n${CANARY}\n`)]],
  ['a quote in the middle of a cell', 'CSV', [begin(0), data(`1,9"${CANARY}"\n`)]],
  ['text behind a quote', 'CSV', [begin(0), data(`1,""${CANARY}\n`)]],
  ['a byte order mark ahead of the names of a binary stream', 'BINARY', [begin(1), data('\ufeff'), data(BINARY)]],
  [
    'rows with oids',
    'BINARY',
    [begin(1), data(Buffer.concat([HEADER.subarray(0, 11), Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])]))],
  ],
  [
    'a binary cell longer than its row',
    'BINARY',
    [
      begin(1),
      data(Buffer.concat([HEADER, Buffer.from([0, 2, 0, 0, 0, 4, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff])])),
      encodeCopyDone(),
      complete(1),
    ],
  ],
  [
    'a negative length',
    'BINARY',
    [begin(1), data(Buffer.concat([HEADER, Buffer.from([0, 2, 0xff, 0xff, 0xff, 0xf0])]))],
  ],
  ['half a row', '', [begin(0), data(`1\t${CANARY}`), encodeCopyDone(), complete(1)]],
  ['no trailer', 'BINARY', [begin(1), data(BINARY.subarray(0, -2)), encodeCopyDone(), complete(1)]],
  ['no CopyDone', '', [begin(0), data(TEXT), complete(3)]],
  ['more after CopyDone', '', [begin(0), data(TEXT), encodeCopyDone(), data(TEXT)]],
  ['a DataRow among them', '', [begin(0), encodeDataRow([Buffer.from('1'), Buffer.from(CANARY)])]],
  ['a description among them', '', [begin(0), encodeRowDescription({ fields: [] })]],
  ['a second beginning', '', [begin(0), begin(0)]],
  ['both directions', '', [encodeCopyBothResponse({ format: 0, columnFormats: [0, 0] }), data(TEXT)]],
  ['a row that does not end', '', [begin(0), ...Array<Buffer>(40).fill(data(CANARY.repeat(3_000)))]],
  [
    'a quote that does not end',
    'CSV',
    [begin(0), data('1,"'), ...Array<Buffer>(40).fill(data(`${CANARY}\n`.repeat(3_000)))],
  ],
  ['text that is not UTF-8', '', [begin(0), data(Buffer.from([0x31, 9, 0xff, 0xfe, 10]))]],
];

test.each(WRONG)('%s ends the session', async (_, options, answer) => {
  const wire = await gateway.wire(EU_AGENT);
  hostile.answerWith([Buffer.concat(answer)]);
  const frames = await wire.query(`COPY ${QUERY} TO STDOUT ${options}`);
  expect(errorsOf(frames).at(-1)).toMatchObject({ S: 'FATAL' });
  expect(wire.received.includes('999-88')).toBe(false);
  hostile.answerWith(null);
  const next = await gateway.wire(EU_AGENT);
  expect(rowsOf(await next.query('SELECT 1'))).toEqual([['1']]);
  next.destroy();
});

test('a binary cell that is not of its type ends the session', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const row = Buffer.concat([HEADER, Buffer.from([0, 1]), cell(Buffer.from([0, 0, 0]))]);
  for (const column of ['born', 'score', 'key', 'balance', 'seen', 'tags']) {
    const one = column === 'born' ? wire : await gateway.wire(EU_AGENT);
    hostile.answerWith([Buffer.concat([begin(1, 1), data(row)])]);
    const frames = await one.query(`COPY (SELECT ${column} FROM people) TO STDOUT BINARY`);
    expect(errorsOf(frames), column).toMatchObject([{ S: 'FATAL' }]);
    expect(linesOf(frames)).toBe('');
  }
});
