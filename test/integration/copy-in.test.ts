// COPY FROM STDIN: a write that is judged before any of its data counts, and ends as with the server itself, however it ends.
import {
  encodeBind,
  encodeCancelRequest,
  encodeCopyData,
  encodeCopyDone,
  encodeCopyFail,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeQuery,
  encodeSync,
  encodeTerminate,
} from '@bailiwick/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  EU_AGENT,
  errorsOf,
  type PostgresServer,
  rowsOf,
  type ServerFrame,
  startTestGateway,
  statusOf,
  type TestGateway,
  tagsOf,
  typesOf,
  type WireClient,
} from '../servers/index.ts';
import { askDirectly, PEOPLE_DATA, PEOPLE_POLICY, startOpenServer } from './fixtures/copied.ts';

const DATA = `${PEOPLE_DATA}
CREATE TABLE taken (id int PRIMARY KEY CHECK (id < 1000), words text);
`;
const HELD_POLICY = PEOPLE_POLICY.replace('defaults: { writes: allow }', 'defaults: { writes: hold }');
const BLOCKED_POLICY = PEOPLE_POLICY.replace('defaults: { writes: allow }', 'defaults: { writes: block }');

let server: PostgresServer;
let gateway: TestGateway;
beforeAll(async () => {
  server = await startOpenServer();
  await server.query('CREATE ROLE watcher SUPERUSER LOGIN');
  gateway = await startTestGateway({ policy: PEOPLE_POLICY, data: DATA, server });
});
afterAll(async () => {
  await gateway.close();
  await server.stop();
});
beforeEach(async () => {
  gateway.usePolicy(PEOPLE_POLICY);
  await gateway.sql('TRUNCATE taken');
});

const data = (text: string | Buffer): Buffer => encodeCopyData({ data: Buffer.from(text) });
const query = (sql: string): Buffer => encodeQuery({ sql });
const COPY = query('COPY taken FROM STDIN');
const extended = (sql: string): Buffer =>
  Buffer.concat([
    encodeParse({ statement: '', sql, parameterTypeOids: [] }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
    encodeExecute({ portal: '', rowsMax: 0 }),
  ]);
const taken = async (): Promise<unknown[]> =>
  (await gateway.sql('SELECT id FROM taken ORDER BY id')).map(({ id }) => id);

/** Everything that a client may do with a COPY FROM STDIN: what is sent, and how many ReadyForQuery come of it. */
const SCRIPTS: readonly (readonly [string, readonly Buffer[], number])[] = [
  ['rows', [COPY, data('1\tone\n2\ttwo\n'), encodeCopyDone()], 1],
  ['rows cut anywhere', [COPY, data('1\to'), data('ne\n2'), data(''), data('\ttwo\n'), encodeCopyDone()], 1],
  ['no rows', [COPY, encodeCopyDone()], 1],
  ['an end of data of the old kind', [COPY, data('1\tone\n\\.\n'), data('ignored\n'), encodeCopyDone()], 1],
  ['CSV', [query('COPY taken FROM STDIN (FORMAT csv, HEADER)'), data('id,words\n1,"a\nb"\n'), encodeCopyDone()], 1],
  [
    'CSV whose names match',
    [query('COPY taken FROM STDIN (FORMAT csv, HEADER match)'), data('id,words\n1,x\n'), encodeCopyDone()],
    1,
  ],
  [
    'CSV whose names do not match',
    [query('COPY taken FROM STDIN (FORMAT csv, HEADER match)'), data('id,other\n1,x\n'), encodeCopyDone()],
    1,
  ],
  [
    'another encoding',
    [query(`COPY taken FROM STDIN (ENCODING 'LATIN1')`), data(Buffer.from('1\tcaf\xe9\n', 'latin1')), encodeCopyDone()],
    1,
  ],
  ['bytes that are not of the encoding', [COPY, data(Buffer.from('1\tcaf\xe9\n', 'latin1')), encodeCopyDone()], 1],
  ['a byte order mark', [COPY, data('\ufeff1\tone\n'), encodeCopyDone()], 1],
  ['CopyFail', [COPY, data('1\tone\n'), encodeCopyFail({ reason: 'the client said no' })], 1],
  [
    'a row that is wrong, and rows behind it',
    [COPY, data('x\n'), data('1\tone\n'), data('2\ttwo\n'), encodeCopyDone(), query('SELECT 1')],
    2,
  ],
  ['a row that breaks a constraint', [COPY, data('1\tone\n1\tone\n'), encodeCopyDone(), query('SELECT 1')], 2],
  [
    'Flush and Sync among the rows',
    [COPY, data('1\tone\n'), encodeFlush(), encodeSync(), data('2\ttwo\n'), encodeCopyDone()],
    1,
  ],
  ['a condition', [query('COPY taken FROM STDIN WHERE id > 1'), data('1\tone\n2\ttwo\n'), encodeCopyDone()], 1],
  [
    'several statements',
    [
      query(`INSERT INTO taken VALUES (7, 'x'); COPY taken FROM STDIN; SELECT count(*) FROM taken`),
      data('8\ty\n'),
      encodeCopyDone(),
    ],
    1,
  ],
  [
    'several copies',
    [
      query('COPY taken FROM STDIN; COPY taken FROM STDIN'),
      data('1\ta\n'),
      encodeCopyDone(),
      data('2\tb\n'),
      encodeCopyDone(),
    ],
    1,
  ],
  ['an error behind it', [query('COPY taken FROM STDIN; SELECT 1/0'), data('1\ta\n'), encodeCopyDone()], 1],
  [
    'an error ahead of it',
    [query('SELECT 1/0; COPY taken FROM STDIN'), data('1\ta\n'), encodeCopyDone(), query('SELECT 1')],
    2,
  ],
  ['out and in', [query('COPY plain TO STDOUT; COPY taken FROM STDIN'), data('1\ta\n'), encodeCopyDone()], 1],
  ['extended', [extended('COPY taken FROM STDIN'), data('1\ta\n'), encodeCopyDone(), encodeSync()], 1],
  [
    'extended, with an error',
    [extended('COPY taken FROM STDIN'), data('x\n'), data('1\ta\n'), encodeCopyDone(), encodeSync()],
    1,
  ],
  [
    'extended, given up',
    [extended('COPY taken FROM STDIN'), data('1\ta\n'), encodeCopyFail({ reason: 'no' }), encodeSync()],
    1,
  ],
  [
    'extended, and a statement behind it',
    [
      extended('COPY taken FROM STDIN'),
      data('1\ta\n'),
      encodeCopyDone(),
      extended('SELECT count(*) FROM taken'),
      encodeSync(),
    ],
    1,
  ],
  [
    'extended, failed, and a statement behind it',
    [
      extended('COPY taken FROM STDIN'),
      data('x\n'),
      encodeCopyDone(),
      extended('SELECT count(*) FROM taken'),
      encodeSync(),
      query('SELECT 2'),
    ],
    2,
  ],
  [
    'a table that is not there',
    [query('COPY nowhere FROM STDIN'), data('1\ta\n'), encodeCopyDone(), query('SELECT 1')],
    2,
  ],
  [
    'binary',
    [
      query('COPY taken (id) FROM STDIN BINARY'),
      data(Buffer.from('5047434f50590aff0d0a0000000000000000000001000000040000002affff', 'hex')),
      encodeCopyDone(),
    ],
    1,
  ],
  [
    'binary without a trailer',
    [
      query('COPY taken (id) FROM STDIN BINARY'),
      data(Buffer.from('5047434f50590aff0d0a0000000000000000000001000000040000002a', 'hex')),
      encodeCopyDone(),
    ],
    1,
  ],
];

/** Without what names a place in the server's source. */
const readable = (frames: readonly ServerFrame[]): string[] =>
  frames.map(
    ({ type, body }) =>
      `${type} ${type === 'E' ? JSON.stringify(errorsOf([{ type, body }])) : body.toString('latin1')}`,
  );

async function play(wire: WireClient, script: readonly Buffer[], readies: number): Promise<string[]> {
  const frames: ServerFrame[] = [];
  // The data is sent when the server has asked for it, as clients do; what the server answers ahead of it counts too.
  wire.send(...script.slice(0, 1));
  frames.push(...(await wire.replies('GE')));
  wire.send(...script.slice(1));
  for (let ready = 0; ready < readies; ready++) frames.push(...(await wire.replies()));
  return readable(frames);
}

describe('to the byte as with the server', () => {
  test.each(SCRIPTS)('%s', async (_, script, readies) => {
    const direct = await askDirectly(server, gateway.database.name);
    const through = await gateway.wire(EU_AGENT);
    gateway.usePolicy(
      'version: 1\nrules:\n  - { id: all, on: { does: [READ, WRITE, FUNCTION, DDL, MISC] }, do: allow }\n',
    );
    const expected = await play(direct, script, readies);
    const rows = await taken();
    await gateway.sql('TRUNCATE taken');
    expect(await play(through, script, readies)).toEqual(expected);
    expect(await taken()).toEqual(rows);
    // Sent ahead in one piece, it comes to the same.
    await gateway.sql('TRUNCATE taken');
    through.send(...script);
    const frames: ServerFrame[] = [];
    for (let ready = 0; ready < readies; ready++) frames.push(...(await through.replies()));
    expect(readable(frames)).toEqual(expected);
    expect(await taken()).toEqual(rows);
    direct.destroy();
    through.destroy();
  });
});

describe('judged as a write', () => {
  test('allowed: the columns of the table that are masked for reading may be written', async () => {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(
      query('COPY people (id, ssn, notes) FROM STDIN'),
      data('900\tfreshly-made-ssn\tnote\n'),
      encodeCopyDone(),
    );
    expect(tagsOf(await wire.replies())).toEqual(['COPY 1']);
    expect(rowsOf(await wire.query('SELECT ssn FROM people WHERE id = 900'))).toEqual([['****-ssn']]);
    await gateway.sql('DELETE FROM people WHERE id = 900');
  });

  test.each([
    ['blocked', BLOCKED_POLICY, 'policy-denied'],
    ['waiting for approval: its data cannot be shown to a reviewer', HELD_POLICY, 'policy-denied'],
  ])('%s', async (_, policy, code) => {
    gateway.usePolicy(policy);
    const wire = await gateway.wire(EU_AGENT);
    for (const ask of [COPY, Buffer.concat([extended('COPY taken FROM STDIN'), encodeSync()])]) {
      // Whoever sends ahead has its data ignored, and never taken for anything else.
      wire.send(ask, data('1\tone\n'), encodeCopyDone(), query('SELECT 5'));
      const refused = await wire.replies();
      expect(errorsOf(refused)).toMatchObject([{ C: '42501', M: expect.stringContaining(`[${code}`) }]);
      expect(statusOf(refused)).toBe('I');
      expect(rowsOf(await wire.replies())).toEqual([['5']]);
    }
    expect(await taken()).toEqual([]);
  });

  test('among other statements: none of them runs', async () => {
    gateway.usePolicy(HELD_POLICY);
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(`SELECT 1; COPY taken FROM STDIN; SELECT 2`);
    expect(typesOf(frames)).toBe('EZ');
    expect(errorsOf(frames)).toMatchObject([{ C: '42501', H: expect.stringContaining('INSERT') }]);
  });

  test.each([
    ['a file', `COPY taken FROM '/etc/passwd'`],
    ['a program', `COPY taken FROM PROGRAM 'id'`],
    ['a condition over masked columns', `COPY taken FROM STDIN WHERE id > (SELECT length(max(ssn)) FROM people)`],
  ])('from %s: refused', async (_, sql) => {
    const wire = await gateway.wire(EU_AGENT);
    expect(errorsOf(await wire.query(sql))).toMatchObject([{ C: expect.stringMatching(/^(42501|0A000)$/) }]);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });
});

describe('ended in the middle', () => {
  async function begun(): Promise<WireClient> {
    const wire = await gateway.wire(EU_AGENT);
    wire.send(COPY);
    expect(typesOf(await wire.replies('GE'))).toBe('G');
    wire.send(data('1\tone\n'));
    return wire;
  }

  const nobodyCopies = (): Promise<void> =>
    expect
      .poll(
        async () =>
          (await gateway.sql(`SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COPY taken%' AND state = 'active'`))
            .length,
      )
      .toBe(0);

  test('Terminate', async () => {
    const wire = await begun();
    wire.send(encodeTerminate());
    expect(await wire.rest()).toEqual([]);
    await nobodyCopies();
    expect(await taken()).toEqual([]);
  });

  test('the connection', async () => {
    const wire = await begun();
    wire.destroy();
    await nobodyCopies();
    expect(await taken()).toEqual([]);
  });

  test('a message that may not come now', async () => {
    const wire = await begun();
    wire.send(query('SELECT 1'));
    const frames = await wire.rest();
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL', C: '08P01' }]);
    await nobodyCopies();
    expect(await taken()).toEqual([]);
  });

  test('cancelled', async () => {
    const wire = await begun();
    if (wire.key === null) throw new Error('no key');
    const cancel = await gateway.rawWire();
    cancel.send(encodeCancelRequest(wire.key));
    await cancel.rest();
    // The server looks at it when it next reads.
    wire.send(data('2\ttwo\n'), encodeCopyDone());
    const frames = await wire.replies();
    expect(errorsOf(frames)).toMatchObject([{ C: '57014' }]);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
    expect(await taken()).toEqual([]);
  });

  test('the backend', async () => {
    const wire = await begun();
    await gateway.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY taken%' AND pid <> pg_backend_pid()`,
    );
    const frames = await wire.rest();
    expect(errorsOf(frames)).toMatchObject([{ S: 'FATAL' }]);
    expect(await taken()).toEqual([]);
  });
});
