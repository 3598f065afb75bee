// COPY TO STDOUT: what a SELECT of the same rows would show, in every form that COPY has, and never anything else.
import { encodeBind, encodeExecute, encodeParse, encodeSync, valueFormat } from '@bailiwick/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cellsOf,
  EU_AGENT,
  EU_PERSON,
  errorsOf,
  extendedQuery,
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
import { askDirectly, PEOPLE_DATA, PEOPLE_POLICY, PEOPLE_SECRETS, startOpenServer } from './fixtures/copied.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

let server: PostgresServer;
let gateway: TestGateway;
let open: TestGateway;
beforeAll(async () => {
  server = await startOpenServer();
  await server.query('CREATE ROLE watcher SUPERUSER LOGIN');
  gateway = await startTestGateway({ policy: PEOPLE_POLICY, data: PEOPLE_DATA, server });
  open = await startTestGateway({ policy: ALLOW_ALL_POLICY, data: PEOPLE_DATA, server });
});
afterAll(async () => {
  await gateway.close();
  await open.close();
  await server.stop();
});

const dataOf = (frames: readonly ServerFrame[]): Buffer[] =>
  frames.filter(({ type }) => type === 'd').map(({ body }) => body);
const linesOf = (frames: readonly ServerFrame[]): string[] => dataOf(frames).map(String);

function expectNoSecret(wire: WireClient): void {
  for (const secret of PEOPLE_SECRETS) expect(wire.received.includes(secret), String(secret)).toBe(false);
}

/** What the server's own COPY FROM reads in these messages, as text cells. */
async function loaded(messages: readonly Buffer[], table: string, options: string): Promise<(string | null)[][]> {
  const wire = await askDirectly(server, gateway.database.name);
  try {
    await wire.query(`CREATE TEMP TABLE loaded AS SELECT * FROM ${table} LIMIT 0`);
    wire.send(Buffer.from('Q'), sized(`COPY loaded FROM STDIN ${options}\0`));
    expect(typesOf(await wire.replies('GZ'))).toBe('G');
    for (const message of messages) wire.send(Buffer.from('d'), sized(message));
    wire.send(Buffer.from('c'), sized(''));
    expect(errorsOf(await wire.replies())).toEqual([]);
    return rowsOf(await wire.query('SELECT * FROM loaded ORDER BY 1'));
  } finally {
    wire.destroy();
  }
}

function sized(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length + 4);
  return Buffer.concat([length, bytes]);
}

/** Options of COPY TO, and of the COPY FROM that reads the same. */
const FORMS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['(FORMAT text)', ''],
  [`(DELIMITER '|', NULL '\\x')`, `(DELIMITER '|', NULL '\\x')`],
  [`DELIMITER AS ';' NULL AS '\\Nil'`, `DELIMITER ';' NULL '\\Nil'`],
  ['(HEADER)', '(HEADER)'],
  [`(ENCODING 'UTF-8')`, ''],
  ['(FORMAT csv)', 'CSV'],
  ['CSV HEADER', 'CSV HEADER'],
  ['(FORMAT csv, HEADER true, FORCE_QUOTE *)', '(FORMAT csv, HEADER)'],
  ['(FORMAT csv, FORCE_QUOTE (ssn, name, code))', '(FORMAT csv)'],
  [
    `(FORMAT csv, DELIMITER ';', QUOTE '''', ESCAPE '\\', NULL 'nil')`,
    `CSV DELIMITER ';' QUOTE '''' ESCAPE '\\' NULL 'nil'`,
  ],
  [`(FORMAT csv, DELIMITER '1', QUOTE 'c', ESCAPE 'x')`, `(FORMAT csv, DELIMITER '1', QUOTE 'c', ESCAPE 'x')`],
  [`(FORMAT csv, DELIMITER E'\\t', NULL '\\N')`, `(FORMAT csv, DELIMITER E'\\t', NULL '\\N')`],
  [`(FORMAT csv, NULL '****3344')`, `(FORMAT csv, NULL '****3344')`],
  ['BINARY', 'BINARY'],
  ['(FORMAT binary)', '(FORMAT binary)'],
];

describe('masked', () => {
  test.each(FORMS)('COPY people TO STDOUT %s is what SELECT shows', async (options, reading) => {
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(`COPY people TO STDOUT ${options}`);
    expect(errorsOf(frames)).toEqual([]);
    expect(tagsOf(frames)).toEqual(['COPY 40']);
    expectNoSecret(wire);
    const shown = rowsOf(await wire.query('SELECT * FROM people ORDER BY id'));
    expect(shown).toHaveLength(40);
    // What a column of char(8) is padded with comes back when it is loaded.
    const padded = shown.map((row) => row.map((cell, column) => (column === 5 ? (cell?.padEnd(8) ?? null) : cell)));
    expect(await loaded(dataOf(frames), 'people', reading)).toEqual(padded);
  });

  test.each(FORMS)('COPY (SELECT …) TO STDOUT %s, by the extended protocol, likewise', async (options, reading) => {
    const wire = await gateway.wire(EU_AGENT);
    const query = 'SELECT id, name, email, ssn, code, tags, balance FROM people';
    wire.send(extendedQuery(`COPY (${query}) TO STDOUT ${options}`));
    const frames = await wire.replies();
    expect(typesOf(frames)).toMatch(/^12nHd+cCZ$/);
    expect(tagsOf(frames)).toEqual(['COPY 40']);
    expectNoSecret(wire);
    const shown = rowsOf(await wire.query(`${query} ORDER BY id`));
    expect(await loaded(dataOf(frames), `(${query}) AS q`, reading)).toEqual(shown);
  });

  test('binary cells are the binary values of what text cells show', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const query = 'SELECT born, balance, score, key, tags, mood FROM people WHERE id = 1';
    const [row] = dataOf(await wire.query(`COPY (${query}) TO STDOUT (FORMAT binary)`));
    wire.send(extendedQuery(query, [], [1]));
    const [cells = []] = cellsOf(await wire.replies());
    const expected = cells.map((cell) => Buffer.concat([lengthOf(cell), cell ?? Buffer.alloc(0)]));
    expect(row?.subarray(19 + 2).toString('hex')).toBe(Buffer.concat(expected).toString('hex'));
    expect(valueFormat(1082, 1)?.decode(cells[0] ?? Buffer.alloc(0))).toMatchObject({ kind: 'date' });
  });

  const lengthOf = (cell: Buffer | null): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(cell === null ? -1 : cell.length);
    return length;
  };

  test.each([
    ['an alias', 'COPY (SELECT ssn AS id FROM people WHERE id = 1) TO STDOUT', ['****3344\n']],
    ['a view', 'COPY (SELECT mail FROM folk WHERE id = 1) TO STDOUT', ['a***@berlin.example\n']],
    ['an expression', 'COPY (SELECT upper(ssn), 7 FROM people WHERE id = 1) TO STDOUT', ['\\N\t7\n']],
    ['an expression of a view', 'COPY (SELECT loud, id FROM folk WHERE id = 1) TO STDOUT CSV', [',1\n']],
    ['a cast', 'COPY (SELECT ssn::varchar(5), ssn::text FROM people WHERE id = 1) TO STDOUT', ['\\N\t\\N\n']],
    ['a whole row', 'COPY (SELECT p FROM people p WHERE id = 1) TO STDOUT', ['\\N\n']],
    ['a star', 'COPY (SELECT * FROM parts) TO STDOUT', ['1\t****nary\tDE\n']],
    ['a partition', 'COPY parts_de TO STDOUT', ['1\t****nary\tDE\n']],
    ['a generated column', 'COPY (SELECT loud FROM computed) TO STDOUT', ['\\N\n']],
    ['all but generated columns', 'COPY computed TO STDOUT', ['****nary\t1\n']],
    ['a reordered list', 'COPY people (tail, ssn, id) TO STDOUT', null],
    [
      'RETURNING',
      `COPY (UPDATE people SET tail = 'end' WHERE id = 1 RETURNING ssn, tail) TO STDOUT`,
      ['****3344\tend\n'],
    ],
    [
      'a set operation',
      'COPY (SELECT ssn FROM people WHERE id = 1 UNION ALL SELECT ssn FROM people WHERE id = 1) TO STDOUT',
      null,
    ],
    [
      'names in quotes',
      'COPY (SELECT ssn AS "a,""b" FROM people WHERE id = 1) TO STDOUT CSV HEADER',
      ['"a,""b"\n', '****3344\n'],
    ],
    ['rows of VALUES beside it', `COPY (SELECT ssn, 'x' FROM people WHERE id = 1) TO STDOUT`, ['****3344\tx\n']],
    ['binary of an expression', 'COPY (SELECT upper(ssn) FROM people WHERE id = 1) TO STDOUT BINARY', null],
  ])('%s', async (_, sql, lines) => {
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(sql);
    expect(errorsOf(frames)).toEqual([]);
    if (lines !== null) expect(linesOf(frames)).toEqual(lines);
    expect(tagsOf(frames)[0]).toMatch(/^COPY [1-9]/);
    expectNoSecret(wire);
  });

  test('among other statements, each in its own way', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(
      'COPY (SELECT ssn FROM people WHERE id = 1) TO STDOUT; SELECT email FROM people WHERE id = 1; COPY plain TO STDOUT; COPY (SELECT email FROM people WHERE id = 1) TO STDOUT CSV',
    );
    expect(tagsOf(frames)).toEqual(['COPY 1', 'SELECT 1', 'COPY 30', 'COPY 1']);
    expect(linesOf(frames)[0]).toBe('****3344\n');
    expect(linesOf(frames).at(-1)).toBe('a***@berlin.example\n');
    expectNoSecret(wire);
  });

  test('an exempt reader sees it, and the transcript has it without those cells', async () => {
    const wire = await gateway.wire(EU_PERSON);
    const id = rowsOf(await wire.query('SHOW bailiwick.session')).find(([name]) => name === 'id')?.[1] ?? '';
    const frames = await wire.query('COPY (SELECT email, ssn, tail FROM people WHERE id = 1) TO STDOUT');
    expect(linesOf(frames)).toEqual(['anna.adler@berlin.example\t****3344\tend\n']);
    expect(linesOf(await wire.query('COPY (SELECT email FROM people WHERE id = 1) TO STDOUT'))).toEqual([
      'anna.adler@berlin.example\n',
    ]);
    wire.destroy();
    await expect.poll(async () => (await gateway.audit.session(id))?.endedAt ?? null).not.toBeNull();
    const texts: string[] = [];
    const rows: unknown[] = [];
    for await (const { messages, event } of gateway.audit.transcript(id)) {
      texts.push(...messages.map(({ text }) => text ?? ''));
      if (event?.type === 'outcome') rows.push(event.rows);
    }
    expect(texts.join('\n')).toContain('****3344');
    expect(texts.join('\n')).not.toContain('anna.adler');
    expect(rows).toEqual([1, 1]);
  });

  test('the transcript counts rows, not messages', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const id = rowsOf(await wire.query('SHOW bailiwick.session')).find(([name]) => name === 'id')?.[1] ?? '';
    for (const sql of [
      'COPY plain TO STDOUT BINARY',
      'COPY plain TO STDOUT CSV HEADER',
      'COPY people TO STDOUT BINARY',
      'COPY people TO STDOUT (HEADER)',
    ])
      expect(errorsOf(await wire.query(sql))).toEqual([]);
    wire.destroy();
    await expect.poll(async () => (await gateway.audit.session(id))?.endedAt ?? null).not.toBeNull();
    const rows: unknown[] = [];
    for await (const { event } of gateway.audit.transcript(id)) if (event?.type === 'outcome') rows.push(event.rows);
    expect(rows).toEqual([30, 30, 40, 40]);
  });
});

describe('refused, for whatever cannot be masked for certain', () => {
  test.each([
    ['a NULL string that a value could be', `COPY (SELECT ssn FROM people) TO STDOUT (NULL '111-22-3344')`],
    ['an empty one', `COPY (SELECT ssn FROM people) TO STDOUT (NULL '')`],
    ['one that looks like a value with a backslash', `COPY (SELECT ssn FROM people) TO STDOUT (NULL '\\\\N')`],
    ['one that would swallow a delimiter', `COPY (SELECT ssn, upper(ssn) FROM people) TO STDOUT (NULL '\\')`],
    ['another encoding', `COPY (SELECT ssn FROM people) TO STDOUT (ENCODING 'LATIN1')`],
    ['an encoding that embeds ASCII', `COPY people TO STDOUT WITH CSV ENCODING 'SJIS'`],
    ['a format that nobody knows', 'COPY (SELECT ssn FROM people) TO STDOUT (FORMAT parquet)'],
    ['an option that nobody knows', 'COPY (SELECT ssn FROM people) TO STDOUT (SHAPE round)'],
    ['a delimiter of two characters', `COPY (SELECT ssn FROM people) TO STDOUT (DELIMITER '||')`],
    [
      'columns that are not known',
      `COPY (SELECT j.* FROM people, json_populate_record(NULL::people, to_json(people)) j) TO STDOUT`,
    ],
    ['a file', `COPY people TO '/tmp/bailiwick-copy'`],
    ['a program', `COPY people TO PROGRAM 'cat'`],
  ])('%s', async (_, sql) => {
    const wire = await gateway.wire(EU_AGENT);
    const frames = await wire.query(sql);
    expect(errorsOf(frames)).toMatchObject([{ C: '42501' }]);
    expect(typesOf(frames)).toBe('EZ');
    expect(statusOf(frames)).toBe('I');
    wire.send(extendedQuery(sql));
    expect(errorsOf(await wire.replies())).toMatchObject([{ C: '42501' }]);
    expectNoSecret(wire);
    expect(rowsOf(await wire.query('SELECT 1'))).toEqual([['1']]);
  });

  test('inside a transaction, which fails as by an error of the server', async () => {
    const wire = await gateway.wire(EU_AGENT);
    await wire.query('BEGIN');
    expect(statusOf(await wire.query(`COPY (SELECT ssn FROM people) TO STDOUT (NULL '')`))).toBe('E');
  });

  test('with the form that would pass', async () => {
    const wire = await gateway.wire(EU_AGENT);
    const [error] = errorsOf(await wire.query(`COPY (SELECT ssn FROM people) TO STDOUT (NULL '')`));
    expect(error?.M).toContain('FORMAT csv');
  });
});

describe('not masked: message by message as from the server', () => {
  const STATEMENTS: readonly string[] = [
    ...FORMS.map(([options]) => `COPY plain TO STDOUT ${options}`),
    ...FORMS.map(
      ([options]) => `COPY (SELECT words, id FROM plain) TO STDOUT ${options.replace('(ssn, name, code)', '(words)')}`,
    ),
    `COPY plain TO STDOUT (ENCODING 'LATIN1')`,
    `COPY plain TO STDOUT (NULL '')`,
    `COPY plain TO STDOUT (DELIMITER '||')`,
    `COPY plain TO STDOUT (FORMAT parquet)`,
    'COPY plain TO STDOUT (FORMAT csv, FORCE_QUOTE (nobody))',
    'COPY nothing TO STDOUT',
    'COPY nothing TO STDOUT BINARY',
    'COPY (SELECT 1 WHERE false) TO STDOUT BINARY',
    `COPY (SELECT id, repeat('x', id * 10000) FROM plain) TO STDOUT`,
    'COPY (SELECT 1 / (20 - id) FROM plain ORDER BY id) TO STDOUT',
    'COPY folk TO STDOUT',
    'COPY plain (words, words) TO STDOUT',
    'COPY nowhere TO STDOUT',
    'COPY plain TO STDOUT; SELECT 1; COPY plain TO STDOUT CSV',
  ];

  test('through a gateway that lets everything through', async () => {
    const direct = await askDirectly(server, open.database.name);
    const through = await open.wire(EU_AGENT);
    for (const sql of STATEMENTS.map((one) => one.replace('(ssn, name, code)', '(words)'))) {
      const [expected, found] = [await direct.query(sql), await through.query(sql)];
      expect(readable(found), sql).toEqual(readable(expected));
      direct.send(extendedQuery(sql));
      through.send(extendedQuery(sql));
      expect(readable(await through.replies()), sql).toEqual(readable(await direct.replies()));
    }
    direct.destroy();
  });

  test('through one that masks other columns', async () => {
    const direct = await askDirectly(server, gateway.database.name);
    const through = await gateway.wire(EU_AGENT);
    for (const [options] of FORMS) {
      const sql = `COPY plain TO STDOUT ${options.replace('(ssn, name, code)', '(words)')}`;
      expect(readable(await through.query(sql)), sql).toEqual(readable(await direct.query(sql)));
    }
    direct.destroy();
  });

  test('and where a mask changes nothing, the rewritten stream is the same too', async () => {
    const direct = await askDirectly(server, gateway.database.name);
    const through = await gateway.wire(EU_AGENT);
    // Everything regulated in it is NULL.
    for (const [options] of FORMS) {
      const sql = `COPY (SELECT id, name, tail, ssn, email FROM people WHERE id = 3) TO STDOUT ${options.replace('(ssn, name, code)', '(ssn, name)')}`;
      expect(readable(await through.query(sql)), sql).toEqual(readable(await direct.query(sql)));
    }
    direct.destroy();
  });

  const readable = (frames: readonly ServerFrame[]): string[] =>
    frames.map(({ type, body }) => `${type} ${body.toString('latin1')}`);
});

test('a COPY that fails in the middle costs that statement, and what came before was masked', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const sql = 'COPY (SELECT ssn, 1 / (4 - id) FROM (SELECT * FROM people ORDER BY id) AS p) TO STDOUT';
  const frames = await wire.query(sql);
  expect(errorsOf(frames)).toMatchObject([{ C: '22012' }]);
  expect(linesOf(frames)[0]).toBe('****3344\t0\n');
  expectNoSecret(wire);
  wire.send(extendedQuery(sql).subarray(0, -5), encodeSync());
  expect(errorsOf(await wire.replies())).toMatchObject([{ C: '22012' }]);
  expect(tagsOf(await wire.query('COPY people TO STDOUT'))).toEqual(['COPY 40']);
});

test('what was bound under one policy runs under the next one: masked, or refused where it cannot be', async () => {
  const wire = await gateway.wire(EU_AGENT);
  const stricter = PEOPLE_POLICY.replace(
    'public.parts:',
    'public.plain: { columns: { words: [pii.contact] } }\n    public.parts:',
  );
  const bound = async (sql: string): Promise<void> => {
    wire.send(extendedQuery('BEGIN'));
    await wire.replies();
    wire.send(
      encodeParse({ statement: '', sql, parameterTypeOids: [] }),
      encodeBind({ portal: 'p', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
      encodeSync(),
    );
    expect(typesOf(await wire.replies())).toBe('12Z');
  };
  const executed = async (): Promise<ServerFrame[]> => {
    wire.send(encodeExecute({ portal: 'p', rowsMax: 0 }), encodeSync());
    const frames = await wire.replies();
    await wire.query('ROLLBACK');
    return frames;
  };
  try {
    await bound('COPY (SELECT id, words FROM plain WHERE id = 1) TO STDOUT');
    gateway.usePolicy(stricter);
    expect(linesOf(await executed())).toEqual(['1\t[redacted]\n']);
    gateway.usePolicy(PEOPLE_POLICY);
    await bound(`COPY plain TO STDOUT (NULL '')`);
    gateway.usePolicy(stricter);
    expect(errorsOf(await executed())).toMatchObject([{ C: '42501' }]);
  } finally {
    gateway.usePolicy(PEOPLE_POLICY);
  }
});
