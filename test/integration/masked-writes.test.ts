// Whoever reads a mask's output and writes it back destroys the real value: it is refused, and real values are not.
import { encodeBind, encodeExecute, encodeParse, encodeSync } from '@bailiwick/postgres';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Claims, EU_PERSON, errorsOf, startTestGateway, type TestGateway, tagsOf } from '../servers/index.ts';

const POLICY = `version: 1
data:
  crm:
    public.people:
      columns: { email: [contact], ssn: [id], nick: [secret], note: [text], pin: [pin], mails: [contact], digest: [digest] }
rules:
  - { id: contact, on: { tags: [contact] }, do: { mask: email }, except: '"auditors" in groups' }
  - { id: ids, on: { tags: [id] }, do: { mask: { partial: { keep_last: 4 } } } }
  - { id: secret, on: { tags: [secret] }, do: { mask: { constant: { value: hidden } } } }
  - { id: notes, on: { tags: [text] }, do: { detect: [email] } }
  - { id: pins, on: { tags: [pin] }, do: { mask: { constant: { value: 999 } } } }
  - { id: digests, on: { tags: [digest] }, do: { mask: { hash: { length: 16 } } } }
defaults: { writes: allow }
`;
const DATA = `CREATE TABLE people (id int PRIMARY KEY, email text, ssn text, nick varchar(20), note text, pin int,
  mails text[], digest text, name text);
CREATE VIEW contacts AS SELECT id, email AS address, name FROM people`;
const ROW = `INSERT INTO people VALUES
  (1, 'ada@bank.example', '111-22-3344', 'lovelace', 'mail ada@bank.example', 1234, '{ada@bank.example}', 'd', 'Ada')`;

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: DATA });
  client = await gateway.connect(EU_PERSON);
});
afterAll(() => gateway.close());
beforeEach(async () => {
  await gateway.sql('TRUNCATE people');
  await gateway.sql(ROW);
});

const stored = async (): Promise<unknown> => gateway.sql('SELECT * FROM people ORDER BY id');
const DENIED = (column: string): object => ({
  code: '42501',
  message: expect.stringMatching(
    new RegExp(
      `^\\[launder-denied\\] .* would write a mask's output into public\\.people\\.${column} over the real value`,
    ),
  ),
});

test('the attack: what was read is written back, by literals and by values', async () => {
  const before = await stored();
  const [row = {}] = [await client.query('SELECT * FROM people')].flat().flatMap(({ rows }) => rows);
  const { email, ssn, nick, note, pin, mails, digest } = row;
  const seen = Object.entries({ email, ssn, nick, note, pin, mails, digest });
  expect(seen.map(([, value]) => value)).toEqual([
    'a***@bank.example',
    '****3344',
    'hidden',
    'mail [redacted:email]',
    999,
    ['a***@bank.example'],
    expect.stringMatching(/^[0-9a-f]{16}$/),
  ]);
  for (const [column, value] of seen) {
    const literal = Array.isArray(value) ? `{"${value[0]}"}` : value;
    await expect(client.query(`UPDATE people SET ${column} = '${literal}' WHERE id = 1`)).rejects.toMatchObject(
      DENIED(column),
    );
    await expect(client.query(`UPDATE people SET ${column} = $1 WHERE id = $2`, [value, 1])).rejects.toMatchObject(
      DENIED(column),
    );
    await expect(client.query(`INSERT INTO people (id, ${column}) VALUES ($1, $2)`, [2, value])).rejects.toMatchObject(
      DENIED(column),
    );
  }
  expect(await stored()).toEqual(before);
});

describe('is refused, whatever the form', () => {
  test.each([
    `UPDATE people SET ssn = '****3344'`,
    `UPDATE people SET ssn = '****3344'::text`,
    `UPDATE people SET name = 'x', ssn = '****3344'`,
    `UPDATE people SET (name, ssn) = ('x', '****3344')`,
    `UPDATE people SET (name, ssn) = (SELECT 'x', '****3344')`,
    `UPDATE people SET ssn = coalesce('****3344', ssn)`,
    `UPDATE people SET ssn = CASE WHEN id = 1 THEN '****3344' ELSE ssn END`,
    `UPDATE people SET ssn = trim('****3344')`,
    `UPDATE people SET ssn = v.s FROM (VALUES (1, '****3344'), (2, '222')) v(i, s) WHERE id = v.i`,
    `WITH v AS (SELECT 1 AS i, '****3344' AS s) UPDATE people SET ssn = v.s FROM v WHERE id = v.i`,
    `UPDATE people SET ssn = '****'`,
    `UPDATE people SET ssn = '[redacted]'`,
    `INSERT INTO people (id, ssn) VALUES (2, '****3344')`,
    `INSERT INTO people (id, ssn) VALUES (2, '222-33-4444'), (3, '****3344')`,
    `INSERT INTO people VALUES (2, 'b@x.example', '****3344')`,
    `INSERT INTO people (id, ssn) SELECT 2, '****3344'`,
    `INSERT INTO people (id, ssn) SELECT 2, unnest('{****3344}'::text[])`,
    `INSERT INTO people (id, ssn) SELECT 2, s FROM unnest('{****3344}'::text[]) u(s)`,
    `INSERT INTO people (id, ssn) VALUES (1, '222-33-4444') ON CONFLICT (id) DO UPDATE SET ssn = '****3344'`,
    `INSERT INTO people (id, ssn) VALUES (1, '****3344') ON CONFLICT (id) DO UPDATE SET ssn = excluded.ssn`,
    `MERGE INTO people p USING (VALUES (1, '****3344')) v(i, s) ON p.id = v.i WHEN MATCHED THEN UPDATE SET ssn = v.s`,
    `MERGE INTO people p USING (VALUES (9)) v(i) ON p.id = v.i WHEN NOT MATCHED THEN INSERT (id, ssn) VALUES (9, '****3344')`,
    `WITH w AS (UPDATE people SET ssn = '****3344' RETURNING id) SELECT id FROM w`,
    `PREPARE p AS UPDATE people SET ssn = '****3344'`,
    `EXPLAIN ANALYZE UPDATE people SET ssn = '****3344'`,
    `SELECT 1; UPDATE people SET ssn = '****3344'`,
  ])('%s', async (sql) => {
    const before = await stored();
    await expect(client.query(sql)).rejects.toMatchObject(DENIED('ssn'));
    expect(await stored()).toEqual(before);
  });

  test('through a view', async () => {
    const before = await stored();
    const denied = {
      code: '42501',
      message: expect.stringMatching(/launder-denied.*(contacts\.address|people\.email)/),
    };
    await expect(client.query(`UPDATE contacts SET address = 'a***@bank.example'`)).rejects.toMatchObject(denied);
    await expect(client.query('UPDATE contacts SET address = $1', ['a***@bank.example'])).rejects.toMatchObject(denied);
    expect(await stored()).toEqual(before);
  });

  test('by EXECUTE, and by Bind of what SQL prepared', async () => {
    await client.query('PREPARE change (text, int) AS UPDATE people SET ssn = $1 WHERE id = $2');
    await expect(client.query(`EXECUTE change('****3344', 1)`)).rejects.toMatchObject(DENIED('ssn'));
    await expect(client.query(`EXECUTE change('****3344'::text, 1)`)).rejects.toMatchObject(DENIED('ssn'));
    await client.query(`EXECUTE change('999-88-7777', 1)`);
    expect(await gateway.sql('SELECT ssn FROM people')).toEqual([{ ssn: '999-88-7777' }]);
  });

  test('one of many rows that an array carries', async () => {
    const sql = 'INSERT INTO people (id, ssn) SELECT * FROM unnest($1::int[], $2::text[])';
    await expect(
      client.query(sql, [
        [2, 3],
        ['222-33-4444', '****3344'],
      ]),
    ).rejects.toMatchObject(DENIED('ssn'));
    await client.query(sql, [
      [2, 3],
      ['222-33-4444', '333-44-5555'],
    ]);
    expect(await gateway.sql('SELECT count(*)::int AS n FROM people')).toEqual([{ n: 3 }]);
  });

  test('a prepared statement, by the values of each run', async () => {
    const change = (ssn: string): Promise<unknown> =>
      client.query({ name: 'change-ssn', text: 'UPDATE people SET ssn = $1 WHERE id = 1', values: [ssn] });
    await change('999-88-7777');
    await expect(change('****7777')).rejects.toMatchObject(DENIED('ssn'));
    await change('999-88-6666');
    expect(await gateway.sql('SELECT ssn FROM people')).toEqual([{ ssn: '999-88-6666' }]);
  });
});

describe('a pseudonym, which looks like any value', () => {
  const TOKENS = POLICY.replace('{ partial: { keep_last: 4 } }', 'token');
  const seen = async (reader: Client): Promise<string> => {
    const [row = {}] = [await reader.query('SELECT ssn FROM people WHERE id = 1')].flat().flatMap(({ rows }) => rows);
    return String(row.ssn);
  };
  beforeAll(() => gateway.usePolicy(TOKENS));
  afterAll(() => gateway.usePolicy(POLICY));

  test('is known by the session that it was shown to, in every form', async () => {
    const before = await stored();
    const reader = await gateway.connect(EU_PERSON);
    const token = await seen(reader);
    expect(token).toMatch(/^\d{3}-\d{2}-\d{4}$/);
    await expect(reader.query(`UPDATE people SET ssn = '${token}'`)).rejects.toMatchObject(DENIED('ssn'));
    await expect(reader.query('UPDATE people SET ssn = $1', [token])).rejects.toMatchObject(DENIED('ssn'));
    await reader.query('PREPARE change (text) AS UPDATE people SET ssn = $1');
    await expect(reader.query(`EXECUTE change('${token}')`)).rejects.toMatchObject(DENIED('ssn'));
    expect(await stored()).toEqual(before);
  });

  test('is known from COPY TO STDOUT, too', async () => {
    const token = await seen(await gateway.connect(EU_PERSON));
    const wire = await gateway.wire(EU_PERSON);
    const copied = await wire.query('COPY people (ssn) TO STDOUT');
    expect(copied.map(({ body }) => body.toString()).join('')).toContain(token);
    expect(errorsOf(await wire.query(`UPDATE people SET ssn = '${token}'`))[0]?.M).toContain('launder-denied');
  });

  test('is not anybody else’s: real values pass, and what is written elsewhere', async () => {
    const reader = await gateway.connect(EU_PERSON);
    const token = await seen(reader);
    await reader.query(`UPDATE people SET name = '${token}'`);
    await reader.query(`UPDATE people SET ssn = '999-88-7777'`);
    await reader.query('UPDATE people SET ssn = $1', ['999-88-6666']);
    await reader.query(`SELECT id FROM people WHERE ssn = '${token}'`);
    expect(await gateway.sql('SELECT ssn FROM people')).toEqual([{ ssn: '999-88-6666' }]);
  });
});

describe('in binary', () => {
  const int4 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const textArray = (...elements: readonly string[]): Buffer =>
    Buffer.concat([
      ...[1, 0, 25, elements.length, 1].map(int4),
      ...elements.flatMap((text) => [int4(Buffer.byteLength(text)), Buffer.from(text)]),
    ]);

  async function run(sql: string, value: Buffer, typeOid: number): Promise<string> {
    const wire = await gateway.wire(EU_PERSON);
    wire.send(
      encodeParse({ statement: '', sql, parameterTypeOids: typeOid === 0 ? [] : [typeOid] }),
      encodeBind({ portal: '', statement: '', parameterFormats: [1], parameters: [value], resultFormats: [] }),
      encodeExecute({ portal: '', rowsMax: 0 }),
      encodeSync(),
    );
    const frames = await wire.replies();
    return errorsOf(frames)[0]?.M ?? tagsOf(frames)[0] ?? '';
  }

  test.each<readonly [string, string, Buffer, Buffer, number]>([
    ['text', 'UPDATE people SET ssn = $1', Buffer.from('****3344'), Buffer.from('999-88-7777'), 0],
    ['varchar', 'UPDATE people SET nick = $1', Buffer.from('hidden'), Buffer.from('byron'), 1043],
    ['int4', 'UPDATE people SET pin = $1', int4(999), int4(998), 0],
    ['int4, declared', 'UPDATE people SET pin = $1', int4(999), int4(998), 23],
    ['text[]', 'UPDATE people SET mails = $1', textArray('b@x.example', 'a***@x.example'), textArray('b@x.example'), 0],
    ['unnest', 'UPDATE people SET ssn = s FROM unnest($1::text[]) u(s)', textArray('****3344'), textArray('999'), 0],
  ])('%s', async (_type, sql, masked, real, typeOid) => {
    const before = await stored();
    expect(await run(sql, masked, typeOid)).toMatch(/^\[launder-denied\]/);
    expect(await stored()).toEqual(before);
    expect(await run(sql, real, typeOid)).toBe('UPDATE 1');
  });
});

describe('what passes', () => {
  test.each([
    `UPDATE people SET ssn = '999-88-7777'`,
    `UPDATE people SET ssn = NULL`,
    `UPDATE people SET ssn = DEFAULT`,
    `UPDATE people SET ssn = ssn`,
    `UPDATE people SET email = 'b***b@bank.example'`,
    `UPDATE people SET email = 'new@bank.example', ssn = '*3344' WHERE ssn = '111-22-3344'`,
    `UPDATE people SET name = '****3344'`,
    `UPDATE people SET name = '[redacted]', nick = 'hiding'`,
    `UPDATE people SET note = 'the mail is [redacted]'`,
    `UPDATE people SET pin = 998 WHERE id = 1`,
    `UPDATE people SET name = 'x' WHERE ssn = '****3344'`,
    `UPDATE people SET digest = 'D0123456789ABCDE'`,
    `INSERT INTO people (id, email, ssn, pin) VALUES (2, 'b@bank.example', '222-33-4444', 0)`,
    `INSERT INTO people (id, ssn) VALUES (1, '2') ON CONFLICT (id) DO UPDATE SET ssn = excluded.ssn`,
    `UPDATE contacts SET name = 'a***@bank.example'`,
    `DELETE FROM people WHERE ssn = '****3344'`,
  ])('%s', async (sql) => {
    await client.query(sql);
  });

  test('whatever an exempt reader writes: they see what is there', async () => {
    const auditor: Claims = { ...EU_PERSON, groups: ['agents', 'auditors'] };
    const exempt = await gateway.connect(auditor);
    await exempt.query(`UPDATE people SET email = 'a***@bank.example'`);
    await exempt.query('UPDATE people SET email = $1', ['a***@bank.example']);
    await expect(exempt.query(`UPDATE people SET ssn = '****3344'`)).rejects.toMatchObject(DENIED('ssn'));
  });
});
