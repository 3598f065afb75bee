// pg_dump of a database with masked columns gives a dump that restores: all of its structure, masked values, and keys that
// still find each other.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type PostgresServer, startPostgres } from '../../servers/index.ts';
import { normalise, type Pair, run, startPair } from './site.ts';

const DATA = `
CREATE TABLE people (ref text PRIMARY KEY, key uuid UNIQUE NOT NULL, email text UNIQUE, card text, born date, salary numeric(12,2), city text);
CREATE TABLE accounts (id int PRIMARY KEY, holder text NOT NULL REFERENCES people, holder_key uuid REFERENCES people (key), note text);
CREATE INDEX ON accounts (holder);
CREATE VIEW holders AS SELECT a.id, p.email FROM accounts a JOIN people p ON p.ref = a.holder;
INSERT INTO people SELECT 'CUST-' || (1000 + g), md5('k' || g)::uuid, 'canary' || g || '@bank.example',
  '4000-1234-5678-' || (1000 + g), '1970-02-01'::date + g, 50000 + g, 'Berlin' FROM generate_series(1, 200) g;
INSERT INTO accounts SELECT g, 'CUST-' || (1001 + g % 200), md5('k' || (1 + g % 200))::uuid, 'canary note ' || g FROM generate_series(1, 500) g;
`;

/** Nothing of what these find may be in a dump. */
const CANARIES = [
  /CUST-1\d\d\d/,
  /canary/,
  /4000-1234/,
  /1970-0[2-9]/,
  /50\d\d\d\.00/,
  /e4d909c290d0fb1ca068ffaddf22cbd0/,
];

const policy = (datasource: string): string => `version: 1
data:
  ${datasource}:
    public.people:
      columns: { ref: [id.ref], key: [id.key], email: [pii.email], card: [pii.card], born: [pii.born], salary: [fin.salary] }
    public.accounts:
      columns: { holder: [id.ref], holder_key: [id.key], note: [pii.note] }
rules:
  - { id: ref, on: { tags: [id.ref] }, do: { mask: token } }
  - { id: key, on: { tags: [id.key] }, do: { mask: hash } }
  - { id: email, on: { tags: [pii.email] }, do: { mask: hash } }
  - { id: card, on: { tags: [pii.card] }, do: { mask: { partial: { keep_last: 4 } } } }
  - { id: born, on: { tags: [pii.born] }, do: { mask: { date: { precision: year } } } }
  - { id: salary, on: { tags: [fin.salary] }, do: { mask: { constant: { value: 1 } } } }
  - { id: note, on: { tags: [pii.note] }, do: { mask: redact } }
defaults: { writes: block }
`;

let server: PostgresServer;
let pair: Pair;
beforeAll(async () => {
  server = await startPostgres({ version: 15, config: ['shared_buffers=32MB', 'fsync=off'] });
  const template = await freshDatabase(server);
  await template.query(DATA);
  pair = await startPair(server, { template, policy });
});
afterAll(async () => {
  await pair.close();
  await server.stop();
});

test.each([
  ['as COPY', 'pg_dump -f dump', 'psql -X -q -v ON_ERROR_STOP=1 -f'],
  ['as INSERT', 'pg_dump --inserts --rows-per-insert=50 -f dump', 'psql -X -q -v ON_ERROR_STOP=1 -f'],
  ['as an archive', 'pg_dump -Fc -f dump', 'pg_restore --exit-on-error -d "$PGDATABASE"'],
  ['as a directory', 'pg_dump -Fd -f directory', 'pg_restore --exit-on-error -j 2 -d "$PGDATABASE"'],
])('%s', async (_name, dump, restore) => {
  expect(await run(pair.through, dump)).toBe('\nexit 0');
  const target = await freshDatabase(server);
  const away = { ...pair.direct, environment: { ...pair.direct.environment, PGDATABASE: target.name } };
  const file = `${pair.through.directory}/${dump.split(' ').at(-1)}`;
  const restored = await run(away, `${restore} ${file}`);
  expect(restored).toMatch(/exit 0$/);
  expect(restored).not.toContain('ERROR');

  const schema = 'pg_dump --schema-only';
  expect(normalise(await run(away, schema))).toBe(normalise(await run(pair.direct, schema)));
  const data = await run(away, 'pg_dump --data-only');
  for (const canary of CANARIES) expect(data).not.toMatch(canary);
  const [counts] = await target.query(`SELECT (SELECT count(*)::int FROM people) AS people,
    (SELECT count(DISTINCT ref)::int FROM people) AS refs, (SELECT count(DISTINCT card)::int FROM people) AS cards,
    (SELECT min(salary)::text || ' ' || max(salary) FROM people) AS salaries, (SELECT min(city) FROM people) AS city,
    (SELECT count(*)::int FROM accounts) AS accounts,
    (SELECT count(*)::int FROM accounts a JOIN people p ON p.ref = a.holder AND p.key = a.holder_key) AS joined`);
  expect(counts).toEqual({
    ...{ people: 200, refs: 200, cards: 200, salaries: '1.00 1.00', city: 'Berlin' },
    ...{ accounts: 500, joined: 500 },
  });
});

test('and no part of what left the gateway holds a value', async () => {
  const text = await run(pair.through, 'pg_restore --data-only -f - directory');
  expect(text).toContain('COPY public.people');
  for (const canary of CANARIES) expect(text).not.toMatch(canary);
});
