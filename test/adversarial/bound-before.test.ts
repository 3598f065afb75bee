// Attack: the server analyses a utility statement when its portal is executed, not when it is bound. What its words mean
// is changed in between.
import { encodeBind, encodeClose, encodeExecute, encodeParse, encodeSync } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  errorsOf,
  rowsOf,
  startTestGateway,
  type TestGateway,
  tagsOf,
  type WireClient,
} from '../servers/index.ts';

const LOOKALIKES = `
CREATE SCHEMA harmless;
CREATE TABLE harmless.customers (LIKE public.customers);
INSERT INTO harmless.customers (id, name, ssn, home_country) VALUES (1, 'nobody', 'nothing', 'DE');
`;
/** Derived: the description of its rows tells nothing of where they come from. */
const SECRET = `SELECT ssn || '' FROM customers WHERE id < 3 ORDER BY id`;
const FREE = `SELECT memo FROM public.orders ORDER BY id`;

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA + LOOKALIKES });
});
beforeEach(async () => {
  wire = await gateway.wire(EU_AGENT);
  await wire.query('BEGIN');
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
const execute = (portal: string): Buffer => encodeExecute({ portal, rowsMax: 0 });
const prepare = (portal: string, sql: string): Buffer => Buffer.concat([parse(portal, sql), bind(portal, portal)]);
const run = (sql: string): Buffer => Buffer.concat([parse('', sql), bind('', ''), execute('')]);

/** `p` is bound while it is harmless; what comes after in the same pipeline makes it something else. */
const CHANGES: readonly (readonly [name: string, ahead: readonly Buffer[]])[] = [
  [
    'EXECUTE of a statement that is prepared again',
    [parse('s', FREE), prepare('p', 'EXECUTE s'), encodeClose({ kind: 'statement', name: 's' }), parse('s', SECRET)],
  ],
  [
    'EXECUTE of a statement that is prepared again by SQL',
    [run(`PREPARE s AS ${FREE}`), prepare('p', 'EXECUTE s'), run('DEALLOCATE s'), run(`PREPARE s AS ${SECRET}`)],
  ],
  [
    'EXECUTE of a statement under another path',
    [run('SET search_path = harmless'), parse('s', SECRET), prepare('p', 'EXECUTE s'), run('SET search_path = public')],
  ],
  [
    'FETCH from a cursor that is opened again',
    [
      run(`DECLARE c CURSOR FOR ${FREE}`),
      prepare('p', 'FETCH ALL FROM c'),
      run('CLOSE c'),
      run(`DECLARE c CURSOR FOR ${SECRET}`),
    ],
  ],
  [
    'COPY of a query under another path',
    [run('SET search_path = harmless'), prepare('p', `COPY (${SECRET}) TO STDOUT`), run('SET search_path = public')],
  ],
  [
    'COPY of a table under another path',
    [
      run('SET search_path = harmless'),
      prepare('p', 'COPY customers TO STDOUT'),
      run('SET LOCAL search_path = public'),
    ],
  ],
  [
    'DECLARE under another path',
    [
      run('SET search_path = harmless'),
      prepare('p', `DECLARE c CURSOR FOR ${SECRET}`),
      run('SET search_path = public'),
    ],
  ],
  [
    'CREATE TABLE AS under another path',
    [
      run('SET search_path = harmless'),
      prepare('p', `CREATE TABLE stolen AS ${SECRET}`),
      run('SET search_path = public'),
    ],
  ],
];

test.each(CHANGES)('%s', async (_name, ahead) => {
  wire.send(...ahead, execute('p'), encodeSync());
  const frames = await wire.replies();
  expect(tagsOf(frames).length + errorsOf(frames).length).toBeGreaterThan(0);
  await wire.query('FETCH ALL FROM c');
  await wire.query('SELECT * FROM stolen');
  await wire.query('COMMIT');
  await wire.query('SELECT * FROM stolen');
  await gateway.sql('DROP TABLE IF EXISTS stolen');
});

test.each(CHANGES)('%s, each step answered before the next is sent', async (_name, ahead) => {
  for (const step of ahead) {
    wire.send(step, encodeSync());
    expect(errorsOf(await wire.replies())).toEqual([]);
  }
  wire.send(execute('p'), encodeSync());
  await wire.replies();
  await wire.query('FETCH ALL FROM c');
  await wire.query('SELECT * FROM stolen');
  await wire.query('COMMIT');
  await wire.query('SELECT * FROM stolen');
  await gateway.sql('DROP TABLE IF EXISTS stolen');
});

test('a view that is replaced after DECLARE was bound', async () => {
  gateway.usePolicy(MASKING_POLICY.replace('writes: allow', 'writes: allow, launder: allow'));
  wire.send(
    run('CREATE VIEW board AS SELECT memo AS word FROM orders'),
    prepare('p', 'DECLARE c CURSOR FOR SELECT word FROM board'),
    run(`CREATE OR REPLACE VIEW board AS SELECT ssn || '' AS word FROM customers`),
    execute('p'),
    encodeSync(),
  );
  await wire.replies();
  await wire.query('FETCH ALL FROM c');
  await wire.query('ROLLBACK');
  gateway.usePolicy(MASKING_POLICY);
});

test('a text that a new policy rewrites is sent again in its new form', async () => {
  gateway.usePolicy(`version: 1\njurisdictions: {}\ndefaults: { writes: allow }\n`);
  wire.send(parse('e', 'EXPLAIN SELECT id FROM customers WHERE score > 5'), encodeSync());
  expect(errorsOf(await wire.replies())).toEqual([]);
  gateway.usePolicy(MASKING_POLICY.replace('inference: deny', 'inference: allow'));
  wire.send(bind('', 'e'), execute(''), encodeSync());
  const frames = await wire.replies();
  gateway.usePolicy(MASKING_POLICY);
  expect(rowsOf(frames).flat().join() + errorsOf(frames).length).not.toMatch(/rows=/);
});
