// Malformed, oversized and misplaced frames end that session, with a reason, and no other.
import {
  encodeBind,
  encodeExecute,
  encodeFunctionCall,
  encodeParse,
  encodeQuery,
  encodeSync,
} from '@bailiwick/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  rowsOf,
  startTestGateway,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

let gateway: TestGateway;
let bystander: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({
    policy: MASKING_POLICY,
    data: CRM_DATA,
    limits: { frameBytesMax: 100_000, statementBytesMax: 10_000 },
  });
  bystander = await gateway.wire(EU_PERSON);
});
afterAll(() => gateway.close());

const frame = (type: string, length: number, body: Buffer | string = ''): Buffer => {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(body)]);
};
const INSERT = `INSERT INTO runs VALUES ('smuggled')`;

test.each<readonly [what: string, bytes: Buffer, sqlState: RegExp]>([
  ['an unknown message', frame('!', 4), /08P01/],
  ['a message of the server', frame('Z', 5, 'I'), /08P01/],
  ['a password now', frame('p', 9, 'abc\0'), /08P01/],
  ['a length below 4', frame('Q', 3), /08P01/],
  ['a negative length', frame('Q', -1), /08P01/],
  ['a length of 2 GiB', frame('Q', 0x7fffffff), /08P01/],
  ['a length over the limit', frame('Q', 100_005), /54000/],
  ['a Sync with a body', frame('S', 5, 'x'), /08P01/],
  ['a Query without a terminator', frame('Q', 12, 'SELECT 1'), /08P01/],
  ['a Query with bytes behind its terminator', frame('Q', 15, 'SELECT 1\0\0x'), /08P01/],
  ['a Query with a terminator inside', Buffer.concat([frame('Q', 4 + 48, `SELECT 1;\0${INSERT}\0`)]), /08P01/],
  ['a Bind that ends early', frame('B', 7, Buffer.from('\0\0\0')), /08P01/],
  ['a Bind with a negative count', frame('B', 8, Buffer.from('\0\0\xff\xff', 'latin1')), /08P01/],
  ['a Describe of nothing', frame('D', 6, 'x\0'), /08P01/],
  [
    'a Parse with text that is not UTF-8',
    frame('P', 10, Buffer.from('\0\xff\xfe\0\0\0', 'latin1')),
    /08P01|42501|22021/,
  ],
  ['CopyDone when no COPY is under way', frame('c', 4), /.*/],
])('%s', async (what, bytes, sqlState) => {
  const wire = await gateway.wire(EU_AGENT);
  wire.send(bytes, encodeQuery({ sql: INSERT }));
  if (what.startsWith('CopyDone')) {
    // The server ignores it there, and so must we: what counts is that nothing gets out of step.
    const frames = await wire.replies();
    expect(frames.at(-1)?.type).toMatch(/[ZE]/);
    await gateway.sql('TRUNCATE runs');
  } else {
    const errors = errorsOf(await wire.rest());
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ S: 'FATAL' });
    expect(errors[0]?.C).toMatch(sqlState);
    expect(await gateway.sql('SELECT * FROM runs')).toEqual([]);
  }
  expect(rowsOf(await bystander.query('SELECT 1'))).toEqual([['1']]);
});

test('the fast-path function call runs only what would run by SQL', async () => {
  const [row] = await gateway.sql(`SELECT 'pg_read_file(text)'::regprocedure::oid::int AS oid`);
  const wire = await gateway.wire(EU_AGENT);
  wire.send(
    encodeFunctionCall({
      functionOid: Number(row?.oid),
      argumentFormats: [],
      arguments: [Buffer.from('PG_VERSION')],
      resultFormat: 0,
    }),
  );
  const frames = await wire.replies();
  expect(errorsOf(frames)).toHaveLength(1);
  expect(frames.some(({ type }) => type === 'V')).toBe(false);
});

test('a statement over the limit costs that statement', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const long = `SELECT '${'x'.repeat(10_000)}'`;
  expect(errorsOf(await wire.query(long))).toMatchObject([{ S: 'ERROR', C: '54000' }]);
  wire.send(encodeParse({ statement: '', sql: long, parameterTypeOids: [] }), encodeSync());
  expect(errorsOf(await wire.replies())).toMatchObject([{ S: 'ERROR', C: '54000' }]);
  expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
});

test('names that are not there are errors of the statement', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const bind = (statement: string): Buffer =>
    encodeBind({ portal: '', statement, parameterFormats: [], parameters: [], resultFormats: [] });
  wire.send(bind('nobody'), encodeSync());
  expect(errorsOf(await wire.replies())).toMatchObject([{ S: 'ERROR', C: '26000' }]);
  wire.send(encodeExecute({ portal: 'nobody', rowsMax: 0 }), encodeSync());
  expect(errorsOf(await wire.replies())).toMatchObject([{ S: 'ERROR', C: '34000' }]);
  wire.send(encodeExecute({ portal: 'bailiwick: refused', rowsMax: 0 }), encodeSync());
  expect(errorsOf(await wire.replies())).toHaveLength(1);
  expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
});

test('a frame cut into single bytes is the same frame', async () => {
  const wire = await gateway.wire(EU_AGENT);
  for (const byte of encodeQuery({ sql: 'SELECT ssn FROM customers WHERE id = 1' })) wire.send(Buffer.of(byte));
  expect(rowsOf(await wire.replies())).toEqual([['****3344']]);
});

test('garbage of every kind leaves the process working', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const wire = await gateway.wire(EU_AGENT);
    const garbage = Buffer.alloc(64);
    for (let at = 0; at < garbage.length; at++) garbage[at] = (Math.imul(seed * 64 + at, 2654435761) >>> 13) & 0xff;
    // Every other one looks like a message at first.
    if (seed % 2 === 0) {
      garbage.write('QPBDECSHdcfF'[seed % 12] ?? 'Q', 'latin1');
      garbage.writeUInt32BE(4 + (seed % 50), 1);
    }
    wire.send(garbage);
    wire.destroy();
  }
  expect(rowsOf(await bystander.query('SELECT 1'))).toEqual([['1']]);
});
