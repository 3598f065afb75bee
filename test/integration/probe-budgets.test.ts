// `inference: equality` lets a masked column be compared with constants, each of which is a guess. A budget per identity
// bounds how many may be made in a window, whatever the way in.
import { encodeBind, encodeExecute, encodeParse, encodeSync } from '@bailiwick/postgres';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Claims,
  EU_PERSON,
  errorsOf,
  rowsOf,
  type ServerFrame,
  type SkippingClock,
  skippingClock,
  startTestGateway,
  type TestGateway,
  tagsOf,
} from '../servers/index.ts';

const POLICY = `version: 1
data: { crm: { public.people: { columns: { email: [pii.contact], ssn: [pii.id], code: [pii.code] } } } }
rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email }, except: '"auditors" in groups' }
  - { id: code, on: { tags: [pii.code] }, do: { mask: redact }, inference: allow }
budgets: [{ id: drip, per: identity, window: 60s, max: { probes: 5 }, do: block }]
defaults: { writes: allow }
`;
const DATA = `CREATE TABLE people (id int PRIMARY KEY, email text, ssn text, code text, name text);
INSERT INTO people VALUES (1, 'ada@bank.example', '111-22-3344', 'c', 'Ada'), (2, 'bob@bank.example', '222', 'd', 'Bob');
CREATE VIEW addresses AS SELECT id, email AS address FROM people`;

let gateway: TestGateway;
let clock: SkippingClock;
let people = 0;

beforeAll(async () => {
  clock = skippingClock();
  gateway = await startTestGateway({ policy: POLICY, data: DATA, clock });
});
afterAll(() => gateway.close());

/** Somebody who has guessed nothing yet. */
const somebody = (groups: readonly string[] = ['agents']): Claims => ({
  ...EU_PERSON,
  sub: `guesser-${people++}@bank.example`,
  groups,
});

const guesses = (count: number): string => Array.from({ length: count }, (_, at) => `'g${at}@bank.example'`).join(', ');
const rowsIn = async (client: Client, sql: string): Promise<Record<string, unknown>[]> =>
  [await client.query(sql)].flat().flatMap(({ rows }) => rows);
const OVER = {
  code: '42501',
  message: expect.stringMatching(/^\[budget-exceeded\] .*public\.people\.email.* budget drip/),
};

/** How many single guesses an identity has left. */
async function left(client: Client): Promise<number> {
  for (let count = 0; ; count++) {
    const over = await client.query(`SELECT 1 FROM people WHERE email = 'left'`).then(
      () => false,
      (error: unknown) => {
        expect(error).toMatchObject(OVER);
        return true;
      },
    );
    if (over) return count;
  }
}

describe('what one statement takes', () => {
  test.each<readonly [number, string]>([
    [1, `SELECT id FROM people WHERE email = 'ada@bank.example'`],
    [1, `SELECT id FROM people WHERE 'ada@bank.example' = email`],
    [3, `SELECT id FROM people WHERE email IN ('a', 'b', 'c')`],
    [3, `SELECT id FROM people WHERE email = ANY (ARRAY['a', 'b', 'c'])`],
    [3, `SELECT id FROM people WHERE email = ANY ('{a,b,c}')`],
    [3, `SELECT id FROM people WHERE email = ANY ('{a,b,c}'::text[])`],
    [2, `SELECT id FROM people WHERE email = 'a' OR email = 'b'`],
    [2, `SELECT id FROM (SELECT id, email AS e FROM people) q WHERE e = 'a' OR e = 'b'`],
    [
      2,
      `WITH q AS (SELECT id, email AS e FROM people) SELECT id FROM q WHERE e = 'a' UNION SELECT id FROM q WHERE e = 'b'`,
    ],
    [2, `SELECT id FROM addresses WHERE address IN ('a', 'b')`],
    [2, `SELECT count(*) FILTER (WHERE email = 'a'), count(*) FILTER (WHERE email = 'b') FROM people`],
    [2, `SELECT id FROM people WHERE (email, name) IN (('a', 'Ada'), ('b', 'Bob'))`],
    [2, `SELECT id FROM people WHERE (email, ssn) = ('a', 'b')`],
    [2, `SELECT 1 FROM people WHERE email = 'a'; SELECT 1 FROM people WHERE email = 'b'`],
    [1, `UPDATE people SET name = name WHERE email = 'a'`],
    [1, `DELETE FROM people WHERE email = 'nobody'`],
    [2, `EXPLAIN SELECT id FROM people WHERE email IN ('a', 'b')`],
    [2, `COPY (SELECT id FROM people WHERE email IN ('a', 'b')) TO STDOUT`],
    [0, `SELECT id FROM people WHERE name IN ('a', 'b')`],
    [0, `SELECT id, email FROM people WHERE id = 1`],
    [0, `SELECT id FROM people WHERE code IN ('a', 'b')`],
    [0, `PREPARE p AS SELECT id FROM people WHERE email = 'a'`],
    [0, `SELECT id FROM people WHERE email > 'a'`],
  ])('%i: %s', async (probes, sql) => {
    const client = await gateway.connect(somebody());
    await client.query(sql).catch(() => expect(sql).toMatch(/email >/));
    expect(await left(client)).toBe(5 - probes);
  });
});

describe('the budget', () => {
  test('is one for all sessions of an identity, and not for others', async () => {
    const [mine, other] = [somebody(), somebody()];
    const [one, two, another] = [
      await gateway.connect(mine),
      await gateway.connect(mine),
      await gateway.connect(other),
    ];
    await one.query(`SELECT id FROM people WHERE email IN (${guesses(3)})`);
    await two.query(`SELECT id FROM people WHERE email IN (${guesses(2)})`);
    await expect(one.query(`SELECT id FROM people WHERE email = 'x'`)).rejects.toMatchObject(OVER);
    await expect(two.query(`SELECT id FROM people WHERE email = 'x'`)).rejects.toMatchObject(OVER);
    expect(await left(another)).toBe(5);
  });

  test('is full again when the window has passed, and says when', async () => {
    const client = await gateway.connect(somebody());
    await client.query(`SELECT id FROM people WHERE email IN (${guesses(5)})`);
    const refused = await client.query(`SELECT id FROM people WHERE email = 'x'`).catch((error: unknown) => error);
    expect(refused).toMatchObject(OVER);
    const detail = JSON.parse(String((refused as { detail: string }).detail));
    expect(detail).toMatchObject({ code: 'budget-exceeded', rule: 'drip', columns: ['public.people.email'] });
    expect(detail.retry_after_s).toBeGreaterThan(0);
    expect(detail.retry_after_s).toBeLessThanOrEqual(61);
    clock.skip(detail.retry_after_s * 1000);
    expect(await left(client)).toBe(5);
  });

  test('refuses for good what is more than all of it', async () => {
    const client = await gateway.connect(somebody());
    const refused = await client
      .query(`SELECT id FROM people WHERE email IN (${guesses(6)})`)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ ...OVER, hint: 'compare with at most 5 constants at a time' });
    expect(JSON.parse(String((refused as { detail: string }).detail)).retry_after_s).toBeUndefined();
    expect(await left(client)).toBe(5);
  });

  test('does not concern those who see the column, nor a policy without one', async () => {
    const auditor = await gateway.connect(somebody(['agents', 'auditors']));
    for (let turn = 0; turn < 3; turn++) await auditor.query(`SELECT id FROM people WHERE email IN (${guesses(4)})`);
    const client = await gateway.connect(somebody());
    await client.query(`SELECT id FROM people WHERE email IN (${guesses(5)})`);
    gateway.usePolicy(POLICY.replace(/^budgets.*\n/m, ''));
    await client.query(`SELECT id FROM people WHERE email IN (${guesses(50)})`);
    gateway.usePolicy(POLICY);
    await expect(client.query(`SELECT id FROM people WHERE email = 'x'`)).rejects.toMatchObject(OVER);
  });

  test('is not spent by a write that it refuses, of which nothing is done; the session goes on', async () => {
    const client = await gateway.connect(somebody());
    await client.query('BEGIN');
    await expect(
      client.query(`UPDATE people SET name = 'changed' WHERE email IN (${guesses(6)})`),
    ).rejects.toMatchObject(OVER);
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('ROLLBACK');
    expect(await gateway.sql(`SELECT 1 FROM people WHERE name = 'changed'`)).toEqual([]);
    expect(await left(client)).toBe(5);
  });

  test('is counted, and the decision is told and recorded', async () => {
    const client = await gateway.connect(somebody());
    await expect(client.query(`SELECT id FROM people WHERE email IN (${guesses(6)})`)).rejects.toMatchObject(OVER);
    const rows = await rowsIn(client, 'SHOW bailiwick.decision');
    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toMatchObject({
      effect: 'block',
      rule: 'drip',
      code: 'budget-exceeded',
    });
    expect(await gateway.metrics()).toMatch(
      /policy_decisions_total\{[^}]*effect="block"[^}]*kind="budget-exceeded"[^}]*\} [1-9]/,
    );
  });
});

describe('statements that run again', () => {
  test('take their guesses each time: a prepared one', async () => {
    const client = await gateway.connect(somebody());
    const query = {
      name: 'find',
      text: 'SELECT id FROM people WHERE email IN ($1, $2)',
      values: ['ada@bank.example', 'x'],
    };
    expect((await client.query(query)).rows).toEqual([{ id: 1 }]);
    await client.query(query);
    await expect(client.query(query)).rejects.toMatchObject(OVER);
    expect(await left(client)).toBe(1);
  });

  test('take their guesses each time: EXECUTE, simple and over the wire', async () => {
    const client = await gateway.connect(somebody());
    await client.query(`PREPARE find (text) AS SELECT id FROM people WHERE email IN ($1, 'y')`);
    await client.query(`EXECUTE find('a')`);
    await client.query({ text: `EXECUTE find('a')`, values: [] });
    expect(await left(client)).toBe(1);
    await expect(client.query(`EXECUTE find('a')`)).rejects.toMatchObject(OVER);
  });

  test('a cursor is counted when it is declared, not when it is fetched from', async () => {
    const client = await gateway.connect(somebody());
    await client.query('BEGIN');
    await client.query(`DECLARE c CURSOR FOR SELECT id FROM people WHERE email IN (${guesses(2)}, 'ada@bank.example')`);
    expect(await rowsIn(client, 'FETCH 1 FROM c')).toEqual([{ id: 1 }]);
    await client.query('FETCH ALL FROM c');
    await client.query('COMMIT');
    expect(await left(client)).toBe(2);
  });

  test('a portal is counted once, however often its rows are asked for, and anew when it is bound again', async () => {
    const mine = somebody();
    const wire = await gateway.wire(mine);
    const bind = encodeBind({
      ...{ portal: '', statement: 's', parameterFormats: [], resultFormats: [] },
      parameters: ['a@x', 'b@x'].map((value) => Buffer.from(value)),
    });
    const execute = encodeExecute({ portal: '', rowsMax: 1 });
    const sql = 'SELECT 1 FROM people p, generate_series(1, 4) WHERE email IN ($1, $2) OR id = 1';
    wire.send(encodeParse({ statement: 's', sql, parameterTypeOids: [] }));
    wire.send(bind, execute, execute, execute, encodeSync());
    expect(rowsOf(await wire.replies())).toHaveLength(3);
    wire.send(bind, execute, encodeSync());
    expect(rowsOf(await wire.replies())).toHaveLength(1);
    wire.send(bind, execute, encodeSync());
    expect(errorsOf(await wire.replies())[0]).toMatchObject({
      C: '42501',
      M: expect.stringContaining('budget-exceeded'),
    });
    expect(await left(await gateway.connect(mine))).toBe(1);
  });

  test('what a Sync gives up on was not sent: Parse and Bind alone take nothing', async () => {
    const mine = somebody();
    const wire = await gateway.wire(mine);
    wire.send(
      encodeParse({ statement: '', sql: `SELECT 1 FROM people WHERE email = 'a'`, parameterTypeOids: [] }),
      encodeBind({ portal: '', statement: '', parameterFormats: [], parameters: [], resultFormats: [] }),
      encodeSync(),
    );
    await wire.replies();
    expect(await left(await gateway.connect(mine))).toBe(5);
  });
});

describe('arrays', () => {
  const SQL = 'SELECT id FROM people WHERE email = ANY ($1)';

  test.each([3, 5, 6, 900])('bound as text count by their elements: %i', async (count) => {
    const client = await gateway.connect(somebody());
    const run = client.query(SQL, [Array.from({ length: count }, (_, at) => `g${at}`)]);
    if (count <= 5) await run;
    else await expect(run).rejects.toMatchObject(OVER);
    expect(await left(client)).toBe(count <= 5 ? 5 - count : 5);
  });

  test.each([3, 5, 6])('bound in binary count by their elements: %i', async (count) => {
    const mine = somebody();
    const wire = await gateway.wire(mine);
    const frames = await runBinary(
      wire,
      Array.from({ length: count }, (_, at) => (at === 0 ? 'ada@bank.example' : `g${at}`)),
    );
    if (count <= 5) expect([rowsOf(frames), tagsOf(frames)]).toEqual([[['1']], ['SELECT 1']]);
    else expect(errorsOf(frames)[0]?.M).toContain('budget-exceeded');
    expect(await left(await gateway.connect(mine))).toBe(count <= 5 ? 5 - count : 5);
  });

  test('that EXECUTE is given count, and those that it would compute are refused: nobody sees their size', async () => {
    const client = await gateway.connect(somebody());
    await client.query('PREPARE find (text[]) AS SELECT id FROM people WHERE email = ANY ($1)');
    const over = {
      code: '42501',
      message: expect.stringMatching(/\[budget-exceeded\] .*array whose size is not known/),
    };
    await client.query(`EXECUTE find('{a,b}')`);
    await expect(client.query(`EXECUTE find(string_to_array(repeat('x,', 1000), ','))`)).rejects.toMatchObject(over);
    expect(await left(client)).toBe(3);
  });

  async function runBinary(
    wire: Awaited<ReturnType<TestGateway['wire']>>,
    elements: readonly string[],
  ): Promise<readonly ServerFrame[]> {
    const numbers = (...values: readonly number[]): Buffer => {
      const bytes = Buffer.alloc(values.length * 4);
      for (const [at, value] of values.entries()) bytes.writeInt32BE(value, at * 4);
      return bytes;
    };
    const cells = elements.flatMap((text) => [numbers(Buffer.byteLength(text)), Buffer.from(text)]);
    const value = Buffer.concat([numbers(1, 0, 25, elements.length, 1), ...cells]);
    wire.send(
      encodeParse({ statement: '', sql: SQL, parameterTypeOids: [1009] }),
      encodeBind({ portal: '', statement: '', parameterFormats: [1], parameters: [value], resultFormats: [] }),
      encodeExecute({ portal: '', rowsMax: 0 }),
      encodeSync(),
    );
    return wire.replies();
  }
});

test('mode observe refuses nothing', async () => {
  const watching = await startTestGateway({ policy: POLICY, data: DATA, mode: 'observe' });
  try {
    const client = await watching.connect(somebody());
    expect(await rowsIn(client, `SELECT id FROM people WHERE email IN (${guesses(9)})`)).toEqual([]);
  } finally {
    await watching.close();
  }
});
