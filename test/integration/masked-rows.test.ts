// The same rows by every way in which a client can ask for them: the masks are the same, and never is a cell bare.
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeSync,
  valueFormat,
} from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cellsOf,
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  extendedQuery,
  rowsOf,
  startTestGateway,
  type TestGateway,
  tagsOf,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from './fixtures/crm.ts';

const COLUMNS = 'id, email, ssn, birth_date, balance, score, profile, notes, city';
const SELECT = `SELECT ${COLUMNS} FROM customers ORDER BY id`;
const OIDS = [23, 25, 25, 1082, 1700, 20, 3802, 25, 25];
const MASKED = [
  ['1', 'a***@berlin.example', '****3344', '1980-01-01', '15000', '7', null, '[redacted]', 'Berlin'],
  ['2', 'b***@paris.example', '****7788', '1975-01-01', '-1000', '7', null, '[redacted]', 'Paris'],
  ['3', null, null, null, null, null, null, null, 'Lyon'],
];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
});
afterAll(() => gateway.close());

const bind = (portal: string, statement: string, resultFormats: readonly (0 | 1)[] = []): Buffer =>
  encodeBind({ portal, statement, parameterFormats: [], parameters: [], resultFormats });
const execute = (portal: string, rowsMax = 0): Buffer => encodeExecute({ portal, rowsMax });
const parse = (statement: string, sql = SELECT): Buffer => encodeParse({ statement, sql, parameterTypeOids: [] });

async function suspendedPortal(wire: WireClient): Promise<(string | null)[][]> {
  wire.send(parse('', SELECT), bind('p', ''), execute('p', 2), execute('p', 2), encodeSync());
  const frames = await wire.replies();
  expect(typesOf(frames)).toBe('12DDsDCZ');
  return rowsOf(frames);
}

async function preparedTwiceWithoutDescribe(wire: WireClient): Promise<(string | null)[][]> {
  wire.send(parse('twice'), encodeSync());
  await wire.replies();
  wire.send(bind('', 'twice'), execute(''), encodeSync());
  const first = rowsOf(await wire.replies());
  wire.send(bind('', 'twice'), execute(''), encodeClose({ kind: 'statement', name: 'twice' }), encodeSync());
  const frames = await wire.replies();
  expect(typesOf(frames)).toBe('2DDDC3Z');
  expect(rowsOf(frames)).toEqual(first);
  return first;
}

async function inScript(wire: WireClient, ...script: readonly string[]): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for (const sql of script) {
    const frames = await wire.query(sql);
    expect(errorsOf(frames)).toEqual([]);
    rows.push(...rowsOf(frames));
  }
  return rows;
}

const WAYS: readonly (readonly [string, (wire: WireClient) => Promise<(string | null)[][]>])[] = [
  ['a simple query', async (wire) => rowsOf(await wire.query(SELECT))],
  ['a star', async (wire) => inScript(wire, `SELECT ${COLUMNS} FROM (SELECT * FROM customers) AS c ORDER BY id`)],
  [
    'an extended query',
    async (wire) => {
      wire.send(extendedQuery(SELECT));
      return rowsOf(await wire.replies());
    },
  ],
  ['a statement prepared once and executed twice without Describe', preparedTwiceWithoutDescribe],
  ['a portal that is suspended', suspendedPortal],
  [
    'a cursor',
    (wire) => inScript(wire, 'BEGIN', `DECLARE c CURSOR FOR ${SELECT}`, 'FETCH 2 FROM c', 'FETCH ALL c', 'COMMIT'),
  ],
  [
    'a cursor read by a portal of its name',
    async (wire) => {
      await inScript(wire, 'BEGIN', `DECLARE c CURSOR FOR ${SELECT}`);
      wire.send(encodeDescribe({ kind: 'portal', name: 'c' }), execute('c'), encodeSync());
      const rows = rowsOf(await wire.replies());
      await inScript(wire, 'COMMIT');
      return rows;
    },
  ],
  ['PREPARE and EXECUTE', (wire) => inScript(wire, `PREPARE s AS ${SELECT}`, 'EXECUTE s', 'DEALLOCATE s')],
  [
    'PREPARE, then Bind of its name',
    async (wire) => {
      await inScript(wire, `PREPARE t AS ${SELECT}`);
      wire.send(bind('', 't'), execute(''), encodeSync());
      return rowsOf(await wire.replies());
    },
  ],
  [
    'RETURNING',
    async (wire) => {
      const frames = await wire.query(`UPDATE customers SET city = city WHERE id < 4 RETURNING ${COLUMNS}`);
      expect(tagsOf(frames)).toEqual(['UPDATE 3']);
      return rowsOf(frames).sort((a, b) => Number(a[0]) - Number(b[0]));
    },
  ],
  ['a CTE', (wire) => inScript(wire, `WITH c AS (SELECT * FROM customers) SELECT ${COLUMNS} FROM c ORDER BY id`)],
  [
    'another alias',
    (wire) => inScript(wire, `SELECT x.${COLUMNS.replaceAll(', ', ', x.')} FROM customers x ORDER BY 1`),
  ],
  ['TABLE in a subquery', (wire) => inScript(wire, `SELECT ${COLUMNS} FROM (TABLE customers) t ORDER BY id`)],
];

test.each(WAYS)('%s gives masked rows', async (_name, read) => {
  const wire = await gateway.wire(EU_AGENT);
  expect(await read(wire)).toEqual(MASKED);
  const bytes = wire.received.toString('latin1');
  for (const secret of CRM_SECRETS) expect(bytes).not.toContain(secret);
});

describe('binary results', () => {
  test('hold the same values as text ones', async () => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(extendedQuery(SELECT, [], [1]));
    const rows = cellsOf(await wire.replies()).map((row) =>
      row.map((cell, column) => (cell === null ? null : valueFormat(OIDS[column] ?? 0, 1)?.decode(cell))),
    );
    const expected = MASKED.map((row) =>
      row.map((cell, column) => (cell === null ? null : valueFormat(OIDS[column] ?? 0, 0)?.decode(Buffer.from(cell)))),
    );
    expect(rows).toEqual(expected);
  });

  test('of one column among text ones, on a portal fetched in parts', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const sql = 'SELECT birth_date, birth_date, ssn FROM customers WHERE id = 1';
    wire.send(parse('', sql), bind('', '', [1, 0, 0]), execute('', 1), execute('', 1), encodeSync());
    const [row] = cellsOf(await wire.replies());
    // 1980-01-01 is 7305 days before 2000-01-01.
    expect(row?.[0]?.readInt32BE(0)).toBe(-7305);
    expect(row?.slice(1).map(String)).toEqual(['1980-01-01', '****3344']);
  });
});

describe('a keyed mask', () => {
  test('gives each value one pseudonym, the same in text and binary, in every session', async () => {
    const one = await gateway.wire(EU_AGENT);
    const other = await gateway.wire(EU_AGENT);
    const sql = 'SELECT key FROM customers WHERE id < 3 ORDER BY id';
    const text = rowsOf(await one.query(sql)).flat();
    other.send(extendedQuery(sql, [], [1]));
    const binary = cellsOf(await other.replies()).flatMap((row) => row.map((cell) => cell?.toString('hex')));
    expect(new Set(text).size).toBe(2);
    expect(text.map((uuid) => uuid?.replaceAll('-', ''))).toEqual(binary);
    expect(text.join()).not.toMatch(/0b5c1de2|5f0e3b1c/);
  });
});

test('a rule that excepts the reader shows the cell, and only that one', async () => {
  const wire = await gateway.wire(EU_PERSON);
  const frames = await wire.query('SELECT email, ssn FROM customers WHERE id = 1');
  expect(rowsOf(frames)).toEqual([['anna.adler@berlin.example', '****3344']]);
});

test('views show what their columns are made of', async () => {
  const wire = await gateway.wire(EU_AGENT);
  expect(rowsOf(await wire.query('SELECT mail, city FROM contacts WHERE id = 1'))).toEqual([
    ['a***@berlin.example', 'Berlin'],
  ]);
  expect(rowsOf(await wire.query(`SELECT mail, town FROM deep_contacts WHERE town = 'PARIS'`))).toEqual([
    ['b***@paris.example', 'PARIS'],
  ]);
});

test('COPY TO STDOUT is masked as the rows are, and of other columns it is as it comes', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const masked = await wire.query(`COPY (${SELECT}) TO STDOUT`);
  expect(masked.filter(({ type }) => type === 'd').map(({ body }) => String(body))).toEqual(
    MASKED.map((row) => `${row.map((cell) => cell ?? '\\N').join('\t')}\n`),
  );
  const frames = await wire.query('COPY customers (id, city) TO STDOUT');
  expect(typesOf(frames)).toBe('HdddcCZ');
  expect(frames.filter(({ type }) => type === 'd').map(({ body }) => String(body))).toEqual([
    '1\tBerlin\n',
    '2\tParis\n',
    '3\tLyon\n',
  ]);
});

test('a new policy masks the next execution of what was prepared under the old one', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const sql = 'SELECT city FROM customers WHERE id = 1';
  wire.send(parse('later', sql), bind('', 'later'), execute(''), encodeSync());
  expect(rowsOf(await wire.replies())).toEqual([['Berlin']]);
  const stricter = MASKING_POLICY.replace('email: [pii.contact]', 'city: [pii.contact]\n        email: [pii.contact]');
  gateway.usePolicy(stricter);
  try {
    wire.send(bind('', 'later'), execute(''), encodeSync());
    expect(rowsOf(await wire.replies())).toEqual([['[redacted]']]);
  } finally {
    gateway.usePolicy(MASKING_POLICY);
  }
});
