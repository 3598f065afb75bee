// What is sent ahead: replies meet their own plans, names their own statements, and nobody waits for ever.
import {
  encodeBind,
  encodeCopyData,
  encodeCopyDone,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeQuery,
  encodeSync,
  encodeTerminate,
} from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  extendedQuery,
  extendedStatement,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
  tagsOf,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from './fixtures/crm.ts';

/** Derived from a regulated column: the description says nothing of its origin, only the plan does. */
const SECRET = `SELECT ssn || '' FROM customers WHERE id < 3 ORDER BY id`;

/** Two schemas with a table of the same shape: which one is read is a question of the path alone. */
const LOOKALIKES = `
CREATE SCHEMA harmless;
CREATE TABLE harmless.customers (LIKE public.customers);
INSERT INTO harmless.customers (id, name, ssn, home_country) VALUES (1, 'nobody', 'nothing', 'DE');
CREATE FUNCTION swap() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN
  DEALLOCATE s; EXECUTE 'PREPARE s AS ${SECRET.replaceAll("'", "''")}'; RETURN 1; END $$;
CREATE FUNCTION reopen() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ DECLARE c refcursor := 'p'; BEGIN
  CLOSE c; OPEN c FOR ${SECRET}; RETURN 1; END $$;
CREATE VIEW board AS SELECT memo AS word FROM orders;
`;

const POLICY = MASKING_POLICY.replace('defaults: { writes: allow }', 'defaults: { writes: allow, launder: allow }');

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: CRM_DATA + LOOKALIKES });
});
beforeEach(async () => {
  await gateway.sql('TRUNCATE runs');
  wire = await gateway.wire(EU_AGENT);
});
afterEach(() => {
  const seen = wire.received.toString('latin1');
  wire.destroy();
  for (const secret of CRM_SECRETS) expect(seen).not.toContain(secret);
});
afterAll(() => gateway.close());

const parse = (statement: string, sql: string): Buffer => encodeParse({ statement, sql, parameterTypeOids: [] });
const bind = (portal: string, statement: string): Buffer =>
  encodeBind({ portal, statement, parameterFormats: [], parameters: [], resultFormats: [] });
const execute = (portal: string, rowsMax = 0): Buffer => encodeExecute({ portal, rowsMax });

describe('a reply meets its own plan', () => {
  test.each(['bailiwick: refused', 'bailiwick: run'])(
    'a portal named "%s" cannot be made, and is not run in place of what is refused',
    async (name) => {
      wire.send(parse('', SECRET), bind(name, ''), encodeSync(), parse('x', 'SELEC nonsense'), encodeSync());
      for (let pipeline = 0; pipeline < 2; pipeline++) {
        const frames = await wire.replies();
        expect(errorsOf(frames)).toHaveLength(1);
        expect(statusOf(frames)).toBe('I');
        expect(frames.filter(({ type }) => type === 'D')).toEqual([]);
      }
    },
  );

  test('a cursor or a prepared statement of that name neither', async () => {
    for (const sql of [
      `BEGIN; DECLARE "bailiwick: refused" CURSOR FOR ${SECRET}`,
      `PREPARE "bailiwick: run" AS ${SECRET}`,
    ])
      expect(errorsOf(await wire.query(sql))).toMatchObject([{ C: '0A000' }]);
  });

  test('a Sync behind a COPY is swallowed, and what comes after is not taken for its answer', async () => {
    wire.send(encodeQuery({ sql: 'COPY runs FROM STDIN' }), encodeSync());
    expect(typesOf(await wire.replies('GEZ'))).toBe('G');
    wire.send(encodeCopyDone());
    await wire.replies();
    wire.send(encodeQuery({ sql: `SELECT (1 / (id - id))::text FROM orders` }), encodeQuery({ sql: SECRET }));
    expect(errorsOf(await wire.replies())).toHaveLength(1);
    const answer = await wire.replies();
    expect(rowsOf(answer)).toHaveLength(2);
  });

  test('a whole COPY and what follows it, sent ahead in one piece', async () => {
    wire.send(
      Buffer.concat([
        parse('', 'COPY runs FROM STDIN'),
        bind('', ''),
        execute(''),
        encodeCopyData({ data: Buffer.from('one\ntwo\n') }),
        encodeCopyDone(),
        encodeSync(),
        encodeQuery({ sql: SECRET }),
        encodeQuery({ sql: `SELECT memo FROM orders ORDER BY id` }),
      ]),
    );
    expect(tagsOf(await wire.replies())).toEqual(['COPY 2']);
    expect(rowsOf(await wire.replies())).toHaveLength(2);
    expect(rowsOf(await wire.replies())).toEqual([['first'], ['second']]);
  });

  test('a Query behind a failed Parse is skipped, and later ones are not held up by it', async () => {
    wire.send(
      extendedStatement('SELECT 1 / (id - id) FROM orders'),
      encodeQuery({ sql: 'SET search_path = harmless' }),
      encodeSync(),
    );
    expect(statusOf(await wire.replies())).toBe('I');
    expect(rowsOf(await wire.query('SELECT memo FROM orders ORDER BY id'))).toHaveLength(2);
    expect(rowsOf(await wire.query('SHOW bailiwick.session')).length).toBeGreaterThan(0);
  });
});

describe('a name stands for what was judged', () => {
  test('search_path set ahead in the same pipeline counts, also after a server that reports it has done so', async () => {
    await wire.query('SET search_path = harmless');
    expect(rowsOf(await wire.query(SECRET))).toEqual([['nothing']]);
    wire.send(extendedStatement('SET search_path = public'), extendedQuery(SECRET));
    const rows = rowsOf(await wire.replies());
    expect(rows).toHaveLength(2);
  });

  test('a SET that is rolled back with its pipeline is taken back', async () => {
    wire.send(
      extendedStatement('SET search_path = harmless'),
      extendedStatement('SELECT 1 / (id - id) FROM public.orders'),
      encodeSync(),
    );
    expect(errorsOf(await wire.replies())).toHaveLength(1);
    expect(rowsOf(await wire.query(SECRET))).toHaveLength(2);
  });

  test('a function that prepares something else under a name does not get it executed', async () => {
    wire.send(parse('s', 'SELECT memo FROM public.orders ORDER BY id'), encodeSync());
    await wire.replies();
    wire.send(extendedStatement('SELECT swap()'), bind('', 's'), execute(''), encodeSync());
    const ahead = await wire.replies();
    expect(tagsOf(ahead)).toEqual(['SELECT 1', 'SELECT 2']);
    expect(rowsOf(ahead).slice(1)).toEqual([['first'], ['second']]);
  });

  test('a function that opens another cursor under the name of a portal does not get it executed', async () => {
    await wire.query('BEGIN');
    wire.send(parse('', 'SELECT memo FROM public.orders'), bind('p', ''), parse('', 'SELECT reopen()'), bind('', ''));
    wire.send(execute(''), execute('p'), encodeSync());
    const frames = await wire.replies();
    expect(tagsOf(frames)).toEqual(['SELECT 1']);
    expect(errorsOf(frames)).toMatchObject([{ C: '42501' }]);
    expect(statusOf(frames)).toBe('E');
  });

  test('a view that was replaced in the same transaction is not read by what it used to be', async () => {
    await wire.query('BEGIN');
    const replaced = await wire.query(`CREATE OR REPLACE VIEW board AS SELECT ssn || '' AS word FROM customers`);
    const read = await wire.query('SELECT word FROM board');
    expect(statusOf(replaced) === 'T' ? errorsOf(read) : errorsOf(replaced)).toMatchObject([{ S: 'ERROR' }]);
    await wire.query('ROLLBACK');
    expect(rowsOf(await wire.query('SELECT word FROM board ORDER BY word'))).toEqual([['first'], ['second']]);
  });

  test('a portal that was bound under another policy is executed under the one of now', async () => {
    const plain = POLICY.replace('public.customers:', 'public.orders:').replace(
      /columns:[\s\S]*?rules:/,
      'columns: { customer_id: [pii.key] }\nrules:',
    );
    gateway.usePolicy(plain);
    await wire.query('BEGIN');
    wire.send(parse('', `SELECT memo FROM orders ORDER BY id`), bind('p', ''), encodeFlush());
    await wire.replies('2E');
    gateway.usePolicy(
      POLICY.replace(
        'public.customers:',
        'public.orders:\n      columns: { memo: [pii.free_text] }\n    public.customers:',
      ),
    );
    wire.send(execute('p'), encodeSync());
    const rows = rowsOf(await wire.replies());
    gateway.usePolicy(POLICY);
    expect(rows).toHaveLength(2);
    expect(rows.flat()).not.toContain('first');
  });
});

describe('nobody waits for ever', () => {
  test('one Bind of several megabytes arrives', async () => {
    const value = 'x'.repeat(3_000_000);
    wire.send(extendedQuery('SELECT length($1::text)', [value]));
    expect(rowsOf(await wire.replies())).toEqual([['3000000']]);
  });

  test('a large write that waits for the disk, and what comes behind it', async () => {
    for (let time = 0; time < 3; time++) {
      wire.send(extendedQuery('INSERT INTO runs VALUES ($1)', ['x'.repeat(900_000)]), extendedQuery('SELECT 1'));
      expect(tagsOf(await wire.replies())).toEqual(['INSERT 0 1']);
      expect(tagsOf(await wire.replies())).toEqual(['SELECT 1']);
    }
  });

  test('twenty megabytes of COPY', async () => {
    wire.send(encodeQuery({ sql: 'COPY runs FROM STDIN' }));
    await wire.replies('GE');
    const rows = encodeCopyData({ data: Buffer.from(`${'y'.repeat(9_999)}\n`.repeat(100)) });
    for (let chunk = 0; chunk < 20; chunk++) wire.send(rows);
    wire.send(encodeCopyDone());
    expect(tagsOf(await wire.replies())).toEqual(['COPY 2000']);
  });

  test('ten thousand requests sent ahead, without a Sync and with', async () => {
    const one = Buffer.concat([bind('', 's'), execute('')]);
    wire.send(parse('s', 'SELECT 1'), ...Array.from({ length: 5_000 }, () => one), encodeSync());
    expect((await wire.replies()).filter(({ type }) => type === 'C')).toHaveLength(5_000);
    wire.send(...Array.from({ length: 5_000 }, () => Buffer.concat([one, encodeSync()])));
    for (let time = 0; time < 5_000; time++) expect(statusOf(await wire.replies())).toBe('I');
  });

  test('a client that sends everything and leaves has its statements run', async () => {
    wire.send(encodeQuery({ sql: `INSERT INTO runs VALUES ('last words')` }), encodeTerminate());
    await wire.rest();
    await expect.poll(async () => (await gateway.sql('SELECT 1 FROM runs')).length).toBe(1);
  });
});
