// Several statements in one Query: understood one by one, judged together before any of them runs, and run as the server
// runs them: in one implicit transaction, with its own tags, errors and positions.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedStatement,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
  tagsOf,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

const LOOKALIKE = `
CREATE SCHEMA harmless;
CREATE TABLE harmless.customers AS SELECT 1 AS id, 'nothing'::text AS ssn;`;

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA + LOOKALIKE });
});
beforeEach(async () => {
  await gateway.sql('TRUNCATE runs');
  wire = await gateway.wire(EU_AGENT);
});
afterAll(() => gateway.close());

const runs = async (): Promise<unknown[]> =>
  (await gateway.sql('SELECT marker FROM runs ORDER BY 1')).map((row) => row.marker);
const FAIL = 'SELECT 1 / (id - id) FROM orders';

describe('judged together', () => {
  test('each result is masked by its own statement', async () => {
    const frames = await wire.query(
      'SELECT memo FROM orders WHERE id = 1; SELECT ssn FROM customers WHERE id = 1; SELECT id, email FROM customers WHERE id = 1',
    );
    expect(rowsOf(frames).slice(0, 2)).toEqual([['first'], ['****3344']]);
    expect(rowsOf(frames)).toHaveLength(3);
    expect(wire.received.toString()).not.toContain('anna.adler');
  });

  test.each([
    `INSERT INTO runs VALUES ('early'); SET ROLE postgres`,
    `INSERT INTO runs VALUES ('early'); SELECT nonsense FROM WHERE`,
    `INSERT INTO runs VALUES ('early'); COMMIT; SELECT max(ssn) FROM customers WHERE ssn > '5'`,
    `BEGIN; INSERT INTO runs VALUES ('early'); COMMIT; SET ROLE postgres`,
  ])('%s runs nothing of it', async (sql) => {
    const frames = await wire.query(sql);
    expect(typesOf(frames)).toBe('EZ');
    expect(statusOf(frames)).toBe('I');
    expect(await runs()).toEqual([]);
  });
});

describe('run as the server runs them', () => {
  test('one that fails takes those before it back', async () => {
    const frames = await wire.query(`INSERT INTO runs VALUES ('one'); ${FAIL}; INSERT INTO runs VALUES ('two')`);
    expect(tagsOf(frames)).toEqual(['INSERT 0 1']);
    expect(errorsOf(frames)).toHaveLength(1);
    expect(await runs()).toEqual([]);
  });

  test('COMMIT in the middle keeps what came before it', async () => {
    const frames = await wire.query(
      `BEGIN; INSERT INTO runs VALUES ('kept'); COMMIT; INSERT INTO runs VALUES ('lost'); ${FAIL}`,
    );
    expect(tagsOf(frames)).toEqual(['BEGIN', 'INSERT 0 1', 'COMMIT', 'INSERT 0 1']);
    expect(await runs()).toEqual(['kept']);
  });

  test('BEGIN in the middle leaves its block open', async () => {
    expect(statusOf(await wire.query(`INSERT INTO runs VALUES ('a'); BEGIN; INSERT INTO runs VALUES ('b')`))).toBe('T');
    expect(statusOf(await wire.query('ROLLBACK'))).toBe('I');
    expect(await runs()).toEqual([]);
  });

  test.each(['', ';', ' ;; ', '-- nothing', '/* nothing */;'])('%j is an empty query', async (sql) => {
    expect(typesOf(await wire.query(sql))).toBe('IZ');
    wire.send(extendedStatement(sql), Buffer.from([0x53, 0, 0, 0, 4]));
    expect(typesOf(await wire.replies())).toBe('12nIZ');
  });

  test('empty statements between others are nothing', async () => {
    const frames = await wire.query(`; SELECT 1;; SELECT 2; ;`);
    expect(typesOf(frames)).toBe('TDCTDCZ');
  });
});

describe('the position of an error is one in the text that the client sent', () => {
  const direct = async (sql: string): Promise<string | undefined> => {
    const client = await gateway.direct();
    const error = await client.query(sql).catch((reason: { position?: string }) => reason);
    return (error as { position?: string }).position;
  };

  test.each([
    'SELECT nothing FROM orders',
    `SELECT 'é€😀', nothing FROM orders`,
    'SELECT 1; SELECT nothing FROM orders',
    `SET application_name = 'x'; SELECT nothing FROM orders`,
    `SET application_name = 'é€😀 and more of it'; SELECT nothing FROM orders`,
    `SET application_name TO DEFAULT; SET LOCAL application_name = 'a'; SELECT 'é', nothing FROM orders`,
  ])('%s', async (sql) => {
    const [error] = errorsOf(await wire.query(sql));
    expect(error?.C).toBe('42703');
    expect(error?.P).toBe(await direct(sql));
  });
});

test('the same text means something else to another session with another path', async () => {
  const other = await gateway.wire(EU_AGENT);
  await other.query('SET search_path = harmless');
  const sql = 'SELECT ssn FROM customers WHERE id = 1';
  expect(rowsOf(await other.query(sql))).toEqual([['nothing']]);
  expect(rowsOf(await wire.query(sql))).toEqual([['****3344']]);
  expect(rowsOf(await other.query(sql))).toEqual([['nothing']]);
});
