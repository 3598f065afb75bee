// Attack: a table that only this session, or only this transaction, can see stands where the gateway sees another.
import { encodeSync } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  errorsOf,
  extendedStatement,
  rowsOf,
  startTestGateway,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';

/** Owned by somebody who trusts it to hold nothing: a view and a table that a temporary one may hide. */
const MORE = `
CREATE TABLE board (word text);
INSERT INTO board VALUES ('harmless');
CREATE VIEW board_view AS SELECT word FROM board;
`;
const POLICY = MASKING_POLICY.replace('writes: allow', 'writes: allow, launder: allow');

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: CRM_DATA + MORE, holdMs: 50 });
});
beforeEach(async () => {
  wire = await gateway.wire(EU_AGENT);
});
afterEach(() => {
  const seen = wire.received.toString('latin1');
  wire.destroy();
  for (const secret of CRM_SECRETS) expect(seen).not.toContain(secret);
});
afterAll(() => gateway.close());

const sync = encodeSync();
const run = extendedStatement;
const READ = 'SELECT word FROM board';

const WAYS: readonly (readonly [name: string, texts: readonly string[]])[] = [
  ['CREATE TEMP TABLE AS', [`CREATE TEMP TABLE board AS SELECT ssn AS word FROM customers`]],
  ['SELECT INTO TEMP', [`SELECT ssn AS word INTO TEMP board FROM customers`]],
  ['a table in pg_temp by name', [`CREATE TABLE pg_temp.board AS SELECT ssn AS word FROM customers`]],
  ['a temporary view', [`CREATE TEMP VIEW board AS SELECT ssn AS word FROM customers`]],
  ['LIKE and INSERT', [`CREATE TEMP TABLE board (word text)`, `INSERT INTO pg_temp.board SELECT ssn FROM customers`]],
  [
    'LIKE and UPDATE',
    [
      `CREATE TEMP TABLE board (id int, word text)`,
      `INSERT INTO pg_temp.board VALUES (1)`,
      `UPDATE pg_temp.board b SET word = c.ssn FROM customers c WHERE c.id = b.id`,
    ],
  ],
  [
    'a column moved into its place',
    [`ALTER TABLE customers RENAME name TO old`, `ALTER TABLE customers RENAME ssn TO name`],
  ],
  ['a view replaced', [`CREATE OR REPLACE VIEW board_view AS SELECT ssn AS word FROM customers`]],
  [
    'a schema moved into its place',
    [
      `CREATE SCHEMA other`,
      `CREATE TABLE other.board AS SELECT ssn AS word FROM customers`,
      `ALTER SCHEMA public RENAME TO old`,
      `ALTER SCHEMA other RENAME TO public`,
    ],
  ],
];
const READS = [
  READ,
  'SELECT word FROM board_view',
  'SELECT name FROM customers',
  'SELECT word FROM pg_temp.board',
  'SELECT word FROM public.board',
];

test('a temporary table hides another from the session that made it, and from nobody else', async () => {
  const other = await gateway.wire(EU_AGENT);
  await wire.query('CREATE TEMP TABLE board AS SELECT 1 AS id');
  await wire.query(READ);
  expect(rowsOf(await other.query(READ))).toEqual([['harmless']]);
  expect(errorsOf(await wire.query('SELECT word FROM public.board'))).toEqual([]);
});

test.each(WAYS)('%s, outside a transaction', async (_name, texts) => {
  for (const text of texts) await wire.query(text);
  for (const read of READS) await wire.query(read);
  await undo();
});

test.each(WAYS)('%s, in a transaction that is open', async (_name, texts) => {
  await wire.query('BEGIN');
  for (const text of texts) await wire.query(text);
  for (const read of READS) {
    await wire.query('SAVEPOINT s');
    await wire.query(read);
    await wire.query('ROLLBACK TO s');
  }
  await wire.query('ROLLBACK');
  await undo();
});

test.each(WAYS)('%s, in the same pipeline and text', async (_name, texts) => {
  await wire.query([...texts, READ].join('; '));
  for (const read of READS) {
    wire.send(...texts.map((text) => run(text)), run(read), sync);
    await wire.replies();
  }
  await undo();
});

test.each(WAYS)('%s, read by what was prepared before', async (_name, texts) => {
  for (const [index, read] of READS.slice(0, 3).entries()) await wire.query(`PREPARE r${index} AS ${read}`);
  for (const text of texts) await wire.query(text);
  for (let index = 0; index < 3; index++) await wire.query(`EXECUTE r${index}`);
  await undo();
});

/** Puts everything back, however far the attack got. */
async function undo(): Promise<void> {
  wire.send(run('ROLLBACK'), sync);
  await wire.replies();
  await gateway.sql(`DO $$ BEGIN
    IF to_regnamespace('old') IS NOT NULL THEN DROP SCHEMA public CASCADE; ALTER SCHEMA old RENAME TO public; END IF;
    IF to_regclass('public.old') IS NOT NULL THEN DROP TABLE public.board; ALTER TABLE public.old RENAME TO board; END IF;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'public.customers'::regclass AND attname = 'old') THEN
      ALTER TABLE public.customers RENAME name TO ssn; ALTER TABLE public.customers RENAME old TO name; END IF;
    DROP TABLE IF EXISTS public.stolen; DROP SCHEMA IF EXISTS other CASCADE;
    CREATE OR REPLACE VIEW public.board_view AS SELECT word FROM public.board; END $$`);
}
