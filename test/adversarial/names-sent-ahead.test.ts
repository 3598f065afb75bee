// Attack: a request that gives a name another meaning fails, and what was sent ahead behind it uses the name as it was.
// Whatever the gateway took the name for must be what the server runs.
import { encodeBind, encodeClose, encodeExecute, encodeParse, encodeQuery, encodeSync } from '@bailiwick/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CRM_DATA, CRM_SECRETS, MASKING_POLICY } from '../integration/fixtures/crm.ts';
import {
  EU_AGENT,
  errorsOf,
  rowsOf,
  startTestGateway,
  statusOf,
  type TestGateway,
  type WireClient,
} from '../servers/index.ts';

/** Derived: the description of its rows tells nothing of where they come from. */
const SECRET = `SELECT ssn || '' FROM customers WHERE id < 3 ORDER BY id`;
const FREE = `SELECT memo FROM orders ORDER BY id`;

let gateway: TestGateway;
let wire: WireClient;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: MASKING_POLICY, data: CRM_DATA });
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

const parse = (statement: string, sql: string): Buffer => encodeParse({ statement, sql, parameterTypeOids: [] });
const bind = (portal: string, statement: string): Buffer =>
  encodeBind({ portal, statement, parameterFormats: [], parameters: [], resultFormats: [] });
const execute = (portal: string): Buffer => encodeExecute({ portal, rowsMax: 0 });
const run = (statement: string): Buffer => Buffer.concat([bind('', statement), execute(''), encodeSync()]);
const query = (sql: string): Buffer => encodeQuery({ sql });
const sync = encodeSync();
const failing = Buffer.concat([parse('', 'SELECT 1 / (id - id) FROM orders'), bind('', ''), execute('')]);

/** Before it, `s` stands for SECRET, and cursor `h` outlives transactions. Then all of it arrives in one piece. */
const AHEAD: readonly (readonly [name: string, ahead: readonly Buffer[]])[] = [
  ['Parse of a name that is taken', [parse('s', FREE), sync, run('s')]],
  ['Parse behind an error', [failing, encodeClose({ kind: 'statement', name: 's' }), parse('s', FREE), sync, run('s')]],
  ['PREPARE of a name that is taken', [query(`PREPARE s AS ${FREE}`), run('s')]],
  ['PREPARE of a name that is taken, and EXECUTE', [query(`PREPARE s AS ${FREE}`), query('EXECUTE s')]],
  [
    'PREPARE behind an error of the same text',
    [query(`SELECT 1 / (id - id) FROM orders; DEALLOCATE s; PREPARE s AS ${FREE}`), run('s')],
  ],
  ['PREPARE by Execute', [parse('', `PREPARE s AS ${FREE}`), bind('', ''), execute(''), sync, run('s')]],
  ['Parse of a name that is taken, and EXECUTE', [parse('s', FREE), sync, query('EXECUTE s')]],
  ['unnamed behind an error', [failing, parse('', FREE), sync, run('')]],
  [
    'DECLARE of a name that is taken, and FETCH',
    [query(`DECLARE h CURSOR WITH HOLD FOR ${FREE}`), query('FETCH 1 FROM h')],
  ],
  [
    'DECLARE of a name that is taken, and Execute',
    [query(`DECLARE h CURSOR WITH HOLD FOR ${FREE}`), Buffer.concat([execute('h'), sync])],
  ],
  [
    'DECLARE in a transaction that is over',
    [
      query('BEGIN'),
      query('SELECT 1 / (id - id) FROM orders'),
      query(`CLOSE h; DECLARE h CURSOR FOR ${FREE}`),
      query('ROLLBACK'),
      query('FETCH 1 FROM h'),
    ],
  ],
];

test.each(AHEAD)('%s', async (_name, ahead) => {
  wire.send(parse('s', SECRET), sync, query(`DECLARE h CURSOR WITH HOLD FOR ${SECRET}`));
  await wire.replies();
  expect(errorsOf(await wire.replies())).toEqual([]);
  if (ahead[0] === failing) wire.send(parse('', SECRET), sync);
  if (ahead[0] === failing) await wire.replies();
  wire.send(Buffer.concat(ahead), query('SELECT 42'));
  for (;;) {
    const frames = await wire.replies();
    expect(statusOf(frames)).toBeDefined();
    if (rowsOf(frames)[0]?.[0] === '42') break;
  }
  expect(wire.received.toString('latin1')).toContain('ERROR');
});

test.each([
  ['statements', 'statement'],
  ['portals', 'portal'],
] as const)(
  'names of %s that the server takes for the same, because it reads 63 bytes of them',
  async (_name, kind) => {
    const [long, longer] = [`${'x'.repeat(63)}a`, `${'x'.repeat(63)}b`];
    wire.send(query('BEGIN'));
    await wire.replies();
    if (kind === 'statement')
      wire.send(
        parse(long, FREE),
        encodeClose({ kind, name: longer }),
        parse(longer, SECRET),
        bind('', long),
        execute(''),
      );
    else
      wire.send(
        ...[parse('f', FREE), parse('g', SECRET), bind(long, 'f'), encodeClose({ kind, name: longer })],
        ...[bind(longer, 'g'), execute(long)],
      );
    wire.send(sync);
    await wire.replies();
  },
);

test('a name that is cut within a character is no other name', async () => {
  const [long, cut] = [`${'x'.repeat(62)}é`, 'x'.repeat(62)];
  wire.send(parse(long, FREE), parse(cut, SECRET), bind('', long), execute(''), bind('', cut), execute(''), sync);
  const frames = await wire.replies();
  expect(errorsOf(frames)).toEqual([]);
  expect(rowsOf(frames).slice(0, 2)).toEqual([['first'], ['second']]);
});

test('statements that execute themselves, or each other, cost nobody else anything', async () => {
  wire.send(parse('r', 'EXECUTE r'), sync, parse('r1', 'EXECUTE r2'), sync, parse('r2', 'EXECUTE r1'), sync);
  for (let answer = 0; answer < 3; answer++) await wire.replies();
  for (const name of ['r', 'r1', 'r2']) expect(errorsOf(await wire.query(`EXECUTE ${name}`))).toHaveLength(1);
  expect(rowsOf(await wire.query(FREE))).toEqual([['first'], ['second']]);
});
