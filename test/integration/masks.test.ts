// Every type under every mask, through the gateway and back into a real server: what a reader is shown is a value of its
// type in text and in binary, the same one, and where a mask says that it shows nothing of a value, two values look alike.
import { valueFormat } from '@bailiwick/postgres';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EU_AGENT, startTestGateway, type TestGateway } from '../servers/index.ts';
import { SECRET_TYPES, USER_TYPES } from './fixtures/secret-types.ts';

const MASKS: readonly (readonly [name: string, action: string])[] = [
  ['null', '{ mask: null }'],
  ['redact', '{ mask: redact }'],
  ['constant', '{ mask: { constant: { value: "n/a" } } }'],
  ['constant_number', '{ mask: { constant: { value: 7 } } }'],
  ['partial', '{ mask: partial }'],
  ['email', '{ mask: email }'],
  ['hash', '{ mask: hash }'],
  ['token', '{ mask: token }'],
  ['fpe', '{ mask: fpe }'],
  ['bucket', '{ mask: { bucket: { size: 1000 } } }'],
  ['date', '{ mask: { date: { precision: month } } }'],
  ['date_shift', '{ mask: { date: { shift_days: 30 } } }'],
  ['fake', '{ mask: fake }'],
  ['detect', '{ detect: [email, card, phone] }'],
];
/** Masks of which nobody may be able to tell what they were made of: two secrets become the same. */
const TELL_NOTHING = new Set(['null', 'redact', 'constant', 'constant_number']);

const columns = SECRET_TYPES.map(({ type }, at) => `c${at} ${type}`).join(', ');
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const row = (which: 0 | 1): string => `(${SECRET_TYPES.map(({ values }) => quoted(values[which])).join(', ')})`;
const names = SECRET_TYPES.map((_, at) => `c${at}`).join(', ');

const DATA = `${USER_TYPES}
CREATE TABLE plain (${columns});
INSERT INTO plain (${names}) VALUES ${row(0)}, ${row(1)};
${MASKS.map(([name]) => `CREATE TABLE m_${name} AS TABLE plain; ANALYZE m_${name}`).join(';\n')};
CREATE TABLE back (${columns});
CREATE TABLE strict (id int, n text NOT NULL, b bool NOT NULL, acl aclitem NOT NULL, acls aclitem);
CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN needed AS text NOT NULL;
CREATE TABLE checked (age int CHECK (age >= 18 AND age < 150), state text NOT NULL CHECK (state IN ('new', 'done')),
  ssn text NOT NULL CHECK (length(ssn) = 11), pos positive NOT NULL, mail text CHECK (mail LIKE '%@%'), need needed,
  pin text NOT NULL CHECK (pin ~ '^[[:digit:]]{4}$'));
INSERT INTO checked VALUES (44, 'done', '123-45-6789', 31337, 'quartz@example.org', 'Quartz', '4711');
INSERT INTO strict SELECT 1, 'Quartz', true, acl, acl FROM (SELECT 'pg_monitor=r/postgres'::aclitem AS acl) AS a;`;

const POLICY = `version: 1
data:
  crm:
    public.checked: { columns: { age: [r], state: [r], ssn: [r], pos: [r], mail: [r], pin: [r], need: [s.n] } }
    public.strict: { columns: { n: [s.n], b: [s.n], acl: [s.a], acls: [s.a] } }
${MASKS.map(([name]) => `    public.m_${name}: { columns: { ${SECRET_TYPES.map((_, at) => `c${at}: [m.${name}]`).join(', ')} } }`).join('\n')}
rules:
  - { id: checked, on: { tags: [r] }, do: { mask: redact } }
  - { id: strict, on: { tags: [s.*] }, do: { mask: null } }
${MASKS.map(([name, action]) => `  - { id: r-${name}, on: { tags: [m.${name}] }, do: ${action} }`).join('\n')}
`;

type Cell = Buffer | string | null;

let gateway: TestGateway;
let reader: Client;
let owner: Client;
let plain: (string | null)[][];
beforeAll(async () => {
  gateway = await startTestGateway({ policy: POLICY, data: DATA, account: 'superuser' });
  reader = await gateway.connect(EU_AGENT);
  owner = await gateway.direct();
  plain = (await fetchRows(owner, 'plain', false)) as (string | null)[][];
});
afterAll(() => gateway.close());

async function fetchRows(client: Client, table: string, binary: boolean): Promise<Cell[][]> {
  const types = { getTypeParser: () => (cell: Cell) => cell };
  const query = { text: `SELECT ${names} FROM ${table}`, rowMode: 'array', types, binary } as const;
  return (await client.query(query)).rows as Cell[][];
}

/** Puts a cell into a column of its type, by the type's own input or receive function, and gives it as text. */
async function putBack(at: number, cell: Cell): Promise<string | null> {
  const sql = `INSERT INTO back (c${at}) VALUES ($1) RETURNING c${at}::text`;
  const { rows } = await owner.query({ text: sql, values: [cell], rowMode: 'array' });
  const [text] = rows[0] as (string | null)[];
  return text ?? null;
}

describe.each(MASKS)('%s', (name) => {
  let text: Cell[][];
  let binary: Cell[][];
  beforeAll(async () => {
    text = await fetchRows(reader, `m_${name}`, false);
    binary = await fetchRows(reader, `m_${name}`, true);
  });

  test.each(SECRET_TYPES.map(({ type }, at) => [type, at] as const))('%s', async (_type, at) => {
    for (const [index, cells] of text.entries()) {
      const shown = cells[at] ?? null;
      const inBinary = binary[index]?.[at] ?? null;
      expect(shown === null).toBe(name === 'null');
      expect(inBinary === null).toBe(name === 'null');
      // Both are legal, and mean the same.
      const back = await putBack(at, shown);
      expect(await putBack(at, inBinary)).toBe(back);
      const kept = name === 'detect' || name === 'bucket' || name === 'date' || SECRET_TYPES[at]?.type === 'bool';
      if (!kept && !isStandIn(plain[index]?.[at] ?? null)) expect(shown).not.toBe(plain[index]?.[at]);
    }
    if (TELL_NOTHING.has(name)) expect(text[0]?.[at]).toEqual(text[1]?.[at]);
  });
});

/** Values that are what a mask puts for any other, such as the empty range, and arrays of nothing but NULL. */
const isStandIn = (text: string | null): boolean => /^(?:empty|\{\}|\{NULL(?:,NULL)*\})$/.test(text ?? '');

test('a secret that is a text is nowhere in what masks that hide it whole give', async () => {
  for (const name of ['redact', 'hash', 'fake', 'token', 'constant']) {
    for (const cell of (await fetchRows(reader, `m_${name}`, false)).flat()) {
      expect(String(cell)).not.toMatch(/quartz|klein|zoe\.|brunhilde|31337|27182|9876|2718|1987-03-04|1964-11-23/i);
    }
  }
});

describe('a column that takes no NULL', () => {
  test('has the constant of its type under the mask null', async () => {
    const { rows } = await reader.query({ text: 'SELECT n, b FROM strict', rowMode: 'array' });
    expect(rows).toEqual([['[redacted]', false]]);
  });

  test('whose type no mask can write is refused before anything runs', async () => {
    await expect(reader.query('SELECT acl FROM strict')).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('public.strict.acl has to be masked, and is NOT NULL'),
    });
    expect((await reader.query({ text: 'SELECT acls, id FROM strict', rowMode: 'array' })).rows).toEqual([[null, 1]]);
  });
});

describe('a column with a CHECK constraint', () => {
  const COLUMNS = 'age, state, ssn, pos, mail, need';

  test.each([false, true])('has a value that it takes, or NULL (in binary: %s)', async (binary) => {
    const types = { getTypeParser: () => (cell: Cell) => cell };
    const query = { text: `SELECT ${COLUMNS} FROM checked`, rowMode: 'array', types, binary } as const;
    const [cells = []] = (await reader.query(query)).rows as Cell[][];
    const sql = `INSERT INTO checked (${COLUMNS}, pin) VALUES ($1, $2, $3, $4, $5, $6, '1234') RETURNING ${COLUMNS}`;
    const { rows } = await owner.query({ text: sql, values: cells, rowMode: 'array' });
    expect(rows).toEqual([[18, 'new', 'x'.repeat(11), 1, '@', '[redacted]']]);
    await owner.query('DELETE FROM checked WHERE age = 18');
  });

  test('is refused where no such value is known and NULL is not allowed', async () => {
    await expect(reader.query('SELECT pin FROM checked')).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('no value is known that its CHECK constraints take'),
    });
  });
});

test('there is no built-in type of columns that is not in the table', async () => {
  const { rows } = await owner.query({
    text: `SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm')
      AND t.typcategory NOT IN ('A', 'Z') AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'plain'::regclass AND a.atttypid = t.oid)`,
    rowMode: 'array',
  });
  // Neither can be written: gtsvector has no input, and an aclitem names roles.
  expect(rows.flat().sort()).toEqual(['aclitem', 'gtsvector']);
});

test('the arrays that are known without a catalog are those of the server', async () => {
  const { rows } = await owner.query({
    text: `SELECT typarray::int8, oid::int8 FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typarray <> 0`,
    rowMode: 'array',
  });
  for (const [array, element] of rows) {
    const format = valueFormat(Number(element), 1);
    expect(valueFormat(Number(array), 1)?.element?.typeName).toBe(format?.typeName);
  }
  expect(rows.filter(([array]) => valueFormat(Number(array), 1) !== undefined).length).toBeGreaterThan(70);
});
