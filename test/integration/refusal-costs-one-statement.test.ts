// A refusal has the effect that the server's own error would have had (SEMANTICS 1), in every mode.
import { encodeBind, encodeDescribe, encodeExecute, encodeParse, encodeQuery, encodeSync } from '@bailiwick/postgres';
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
} from '../servers/index.ts';
import { CRM_DATA, MASKING_POLICY } from './fixtures/crm.ts';

const REFUSED = `SELECT id FROM customers WHERE ssn = '1'`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
});
beforeEach(() => gateway.sql('TRUNCATE runs'));
afterAll(() => gateway.close());

const insert = (marker: string): string => `INSERT INTO runs VALUES ('${marker}')`;
const ran = async (): Promise<unknown[]> =>
  (await gateway.sql('SELECT marker FROM runs ORDER BY marker')).map(({ marker }) => marker);

describe('simple queries', () => {
  test('outside a transaction: one error, and the session works', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(REFUSED);
    expect(typesOf(frames)).toBe('EZ');
    expect(statusOf(frames)).toBe('I');
    expect(errorsOf(frames)).toMatchObject([{ S: 'ERROR', V: 'ERROR', C: '42501' }]);
    expect(tagsOf(await wire.query(insert('after')))).toEqual(['INSERT 0 1']);
    expect(await ran()).toEqual(['after']);
  });

  test('inside a transaction: it has failed, COMMIT rolls back', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query('BEGIN');
    await wire.query(insert('before'));
    expect(statusOf(await wire.query(REFUSED))).toBe('E');
    const ignored = await wire.query(insert('ignored'));
    expect(errorsOf(ignored)).toMatchObject([{ C: '25P02' }]);
    const commit = await wire.query('COMMIT');
    expect(tagsOf(commit)).toEqual(['ROLLBACK']);
    expect(statusOf(commit)).toBe('I');
    expect(await ran()).toEqual([]);
  });

  test('after a savepoint: rolling back to it saves what came before', async () => {
    const wire = await gateway.wire(EU_AGENT);
    for (const sql of ['BEGIN', insert('before'), 'SAVEPOINT s', REFUSED, 'ROLLBACK TO s', 'COMMIT'])
      await wire.query(sql);
    expect(await ran()).toEqual(['before']);
  });

  test('a text of several statements is refused whole, and none of it runs', async () => {
    const wire = await gateway.wire(EU_AGENT);
    for (const text of [
      `${insert('1')}; ${REFUSED}`,
      `${REFUSED}; ${insert('2')}`,
      `BEGIN; ${insert('3')}; COMMIT; ${REFUSED}`,
    ]) {
      const frames = await wire.query(text);
      expect(typesOf(frames)).toBe('EZ');
      expect(statusOf(frames)).toBe('I');
    }
    expect(await ran()).toEqual([]);
  });

  test('queries sent ahead are answered in order', async () => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(...['SELECT 1', REFUSED, 'SELECT 2', REFUSED, 'SELECT 3'].map((sql) => encodeQuery({ sql })));
    const frames = [];
    for (let n = 0; n < 5; n++) frames.push(...(await wire.replies()));
    expect(typesOf(frames)).toBe('TDCZEZTDCZEZTDCZ');
    expect(rowsOf(frames).flat()).toEqual(['1', '2', '3']);
  });
});

describe('extended queries', () => {
  test('a pipeline is rolled back, what follows is skipped, and the next one works', async () => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(
      extendedStatement(insert('first')),
      extendedStatement(REFUSED),
      extendedStatement(insert('skipped')),
      encodeSync(),
      extendedStatement(insert('next')),
      encodeSync(),
    );
    const frames = await wire.replies();
    expect(typesOf(frames)).toMatch(/^12nC1?EZ$/);
    expect(errorsOf(frames)).toMatchObject([{ C: '42501' }]);
    expect(statusOf(frames)).toBe('I');
    expect(typesOf(await wire.replies())).toBe('12nCZ');
    expect(await ran()).toEqual(['next']);
  });

  test('in a transaction block it fails the block', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query('BEGIN');
    await wire.query(insert('before'));
    wire.send(extendedStatement(REFUSED), encodeSync());
    const frames = await wire.replies();
    expect(errorsOf(frames)).toHaveLength(1);
    expect(statusOf(frames)).toBe('E');
    expect(tagsOf(await wire.query('COMMIT'))).toEqual(['ROLLBACK']);
    expect(await ran()).toEqual([]);
  });

  test('each Sync ends one pipeline, however many are under way', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const pipeline = [extendedStatement(REFUSED), encodeSync(), extendedStatement('SELECT 1'), encodeSync()];
    wire.send(...pipeline, ...pipeline);
    for (let n = 0; n < 2; n++) {
      expect(errorsOf(await wire.replies())).toHaveLength(1);
      expect(rowsOf(await wire.replies())).toEqual([['1']]);
    }
  });

  test('nothing of a refused statement is left behind', async () => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(encodeParse({ statement: 'probe', sql: REFUSED, parameterTypeOids: [] }), encodeSync());
    await wire.replies();
    const bind = encodeBind({
      portal: '',
      statement: 'probe',
      parameterFormats: [],
      parameters: [],
      resultFormats: [],
    });
    for (let n = 0; n < 2; n++) {
      wire.send(
        bind,
        encodeDescribe({ kind: 'portal', name: '' }),
        encodeExecute({ portal: '', rowsMax: 0 }),
        encodeSync(),
      );
      const frames = await wire.replies();
      expect(typesOf(frames)).toBe('EZ');
      expect(errorsOf(frames)[0]?.C).toMatch(/42501|26000/);
    }
  });

  test('a refused Parse takes the unnamed statement away, as one that fails does', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const parse = (sql: string) => encodeParse({ statement: '', sql, parameterTypeOids: [] });
    for (const failing of ['SELECT nothing FROM orders', REFUSED]) {
      wire.send(
        parse('SELECT 1'),
        parse(failing),
        encodeSync(),
        encodeDescribe({ kind: 'statement', name: '' }),
        encodeSync(),
      );
      expect(typesOf(await wire.replies())).toBe('1EZ');
      expect(errorsOf(await wire.replies())).toMatchObject([{ C: '26000' }]);
    }
  });

  test('an error of the database itself looks as it does without the gateway', async () => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(
      extendedStatement(insert('lost')),
      extendedStatement('SELECT 1/0'),
      extendedStatement('SELECT 1'),
      encodeSync(),
    );
    const frames = await wire.replies();
    expect(errorsOf(frames)).toMatchObject([{ C: '22012', M: 'division by zero' }]);
    expect(await ran()).toEqual([]);
  });
});

test('a refusal in the middle of a simple and extended mixture keeps replies paired', async () => {
  const wire = await gateway.wire(EU_AGENT);
  wire.send(
    extendedStatement('SELECT 1'),
    encodeSync(),
    encodeQuery({ sql: REFUSED }),
    extendedStatement(REFUSED),
    encodeSync(),
    encodeQuery({ sql: 'SELECT 2' }),
  );
  const replies = [];
  for (let n = 0; n < 4; n++) replies.push(await wire.replies());
  expect(replies.map((frames) => (errorsOf(frames).length > 0 ? 'refused' : rowsOf(frames).flat().join()))).toEqual([
    '1',
    'refused',
    'refused',
    '2',
  ]);
});
