// A database whose values are not what it says they are: where they would have to be masked, no row passes.
import {
  encodeCommandComplete,
  encodeDataRow,
  encodeQuery,
  encodeReadyForQuery,
  encodeRowDescription,
} from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CRM_DATA } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  errorsOf,
  type HostileServer,
  rowsOf,
  sharedPostgres,
  startHostileServer,
  startTestGateway,
  type TestGateway,
} from '../servers/index.ts';

const POLICY = `version: 1
data: { crm: { public.customers: { columns: { ssn: [a], email: [b], notes: [c], birth_date: [d] } } } }
rules:
  - { id: a, on: { tags: [a] }, do: { mask: redact } }
  - { id: b, on: { tags: [b] }, do: { mask: hash } }
  - { id: c, on: { tags: [c] }, do: { mask: null } }
  - { id: d, on: { tags: [d] }, do: { mask: date } }
`;
const CANARY = 'canary-99';

let hostile: HostileServer;
let gateway: TestGateway;
beforeAll(async () => {
  const server = await sharedPostgres();
  hostile = await startHostileServer(server.port);
  gateway = await startTestGateway({ server: { ...server, port: hostile.port }, data: CRM_DATA, policy: POLICY });
});
afterAll(async () => {
  await gateway.close();
  await hostile.close();
});

/** One column of this type, one row of this cell. */
const answer = (typeOid: number, format: 0 | 1, cell: Buffer): readonly Buffer[] => [
  encodeRowDescription({
    fields: [{ name: 'x', tableOid: 0, attnum: 0, typeOid, typeSize: -1, typeModifier: -1, format }],
  }),
  encodeDataRow([cell]),
  encodeCommandComplete({ tag: 'SELECT 1' }),
  encodeReadyForQuery({ status: 'I' }),
];

async function send(sql: string, typeOid: number, format: 0 | 1, cell: Buffer) {
  const wire = await gateway.wire(EU_AGENT);
  hostile.answerWith(answer(typeOid, format, cell));
  wire.send(encodeQuery({ sql }));
  return wire;
}

async function isRefused(sql: string, typeOid: number, format: 0 | 1, cell: Buffer): Promise<void> {
  const wire = await send(sql, typeOid, format, cell);
  const frames = await wire.rest();
  expect(errorsOf(frames)).toMatchObject([{ C: '08006' }]);
  expect(rowsOf(frames)).toEqual([]);
  expect(wire.received.includes(CANARY)).toBe(false);
  expect(gateway.logText()).not.toContain(CANARY);
}

const COLUMNS = ['ssn', 'email', 'notes', 'birth_date', "ssn || ''"] as const;
/** Types of one length, by oid: every other length is a lie. */
const WIDTHS: readonly (readonly [string, number, number])[] = [
  ...([
    ['bool', 16, 1],
    ['"char"', 18, 1],
    ['int8', 20, 8],
    ['int2', 21, 2],
    ['int4', 23, 4],
    ['oid', 26, 4],
  ] as const),
  ...([
    ['float4', 700, 4],
    ['float8', 701, 8],
    ['money', 790, 8],
    ['macaddr', 829, 6],
    ['macaddr8', 774, 8],
  ] as const),
  ...([
    ['date', 1082, 4],
    ['time', 1083, 8],
    ['timestamp', 1114, 8],
    ['timestamptz', 1184, 8],
  ] as const),
  ...([
    ['interval', 1186, 16],
    ['timetz', 1266, 12],
    ['uuid', 2950, 16],
    ['pg_lsn', 3220, 8],
    ['point', 600, 16],
  ] as const),
  ...([
    ['lseg', 601, 32],
    ['box', 603, 32],
    ['line', 628, 24],
    ['circle', 718, 24],
    ['tid', 27, 6],
  ] as const),
  ...([
    ['xid', 28, 4],
    ['cid', 29, 4],
    ['xid8', 5069, 8],
    ['regclass', 2205, 4],
    ['regrole', 4096, 4],
  ] as const),
];

describe.each(WIDTHS)('%s in binary', (_type, oid, width) => {
  test.each(COLUMNS)('of another length is refused as %s', async (column) => {
    for (const length of [0, width - 1, width + 1]) {
      await isRefused(`SELECT ${column} FROM customers`, oid, 1, Buffer.alloc(length, 1));
    }
  });
});

test.each([
  ['text that is not UTF-8', 25, 0, Buffer.from([0xff, 0x41])],
  ['a number that is text', 23, 0, Buffer.from(CANARY)],
  ['a numeric of more digits than it says', 1700, 1, Buffer.alloc(9)],
  ['a uuid that is text', 2950, 0, Buffer.from(CANARY)],
  ['an array of other elements', 1007, 1, Buffer.from('000000010000000000000019000000010000000100000001', 'hex')],
  ['an array that goes on', 1009, 0, Buffer.from(`{${CANARY}`)],
] as const)('%s is refused where a mask has to read it', async (_what, oid, format, cell) => {
  await isRefused('SELECT email FROM customers', oid, format, cell);
});

test.each(COLUMNS)('a type that nobody knows is refused as %s', async (column) => {
  for (const format of [0, 1] as const) {
    await isRefused(`SELECT ${column} FROM customers`, 4_000_000, format, Buffer.from(CANARY));
  }
});

test('what nobody masks is relayed, whatever it is', async () => {
  const wire = await send('SELECT city FROM customers', 4_000_000, 0, Buffer.from('plain'));
  expect(rowsOf(await wire.replies())).toEqual([['plain']]);
});
