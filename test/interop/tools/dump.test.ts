// pg_dump, pg_dumpall and pg_restore of PostgreSQL 15: what they write is what they write without the gateway.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/index.ts';
import { normalise, objectsTemplate, type Pair, run, startPair, subscribe } from './site.ts';

let server: PostgresServer;
let full: Pair;
beforeAll(async () => {
  server = await startPostgres({ version: 15, config: ['shared_buffers=32MB', 'fsync=off'] });
  full = await startPair(server, { template: await objectsTemplate(server) });
  await subscribe(full);
});
afterAll(async () => {
  await full.close();
  await server.stop();
});

/** What is in an archive, without the numbers that its objects have in their database. */
const contents = (archive: string): string =>
  `pg_restore --list ${archive} | grep -v '^;' | sed 's/^[0-9; ]*//' && pg_restore -f - ${archive}`;

describe('dumps', () => {
  test.each([
    ['pg_dump', 900],
    [`pg_dump -Fc -f custom && ${contents('custom')}`, 1000],
    [`pg_dump -Ft -f tar && ${contents('tar')}`, 1000],
    [`pg_dump -Fd -j 2 -f directory && ${contents('directory')}`, 1000],
    ['pg_dump --schema-only', 700],
    ['pg_dump --data-only --disable-triggers', 180],
    ['pg_dump --inserts --rows-per-insert=7', 900],
    ['pg_dump --column-inserts --on-conflict-do-nothing', 900],
    ['pg_dump -t shop.orders -t "shop.e*" --no-owner --no-acl', 200],
    ['pg_dump -n shop -T shop.customers --clean --if-exists --create', 600],
    ['pg_dump --quote-all-identifiers --serializable-deferrable --extra-float-digits=1 --no-comments', 700],
    ['pg_dump --enable-row-security --section=pre-data --section=data --load-via-partition-root', 600],
    ['pg_dump --lock-wait-timeout=5000 --snapshot=nowhere', 1],
    ['pg_dump -t shop.nowhere', 1],
    ['pg_dumpall -g -l "$PGDATABASE"', 10],
    ['pg_dumpall -r -l "$PGDATABASE" --no-role-passwords', 10],
  ])('%s', async (line, linesMin) => {
    const expected = normalise(await run(full.direct, line));
    expect(expected.split('\n').length).toBeGreaterThan(linesMin);
    expect(normalise(await run(full.through, line))).toBe(expected);
  });
});

describe('restores', () => {
  let empty: Pair;
  let original: string;
  beforeAll(async () => {
    empty = await startPair(server);
    original = normalise(await run(full.direct, 'pg_dump'));
    const archives = `pg_dump -Fc -f custom && pg_dump -Fd -f directory && pg_dump -f plain.sql`;
    const { PGPORT, PGPASSWORD, PGDATABASE } = full.direct.environment;
    const source = `PGSSLMODE=disable PGPORT=${PGPORT} PGPASSWORD=${PGPASSWORD} PGDATABASE=${PGDATABASE}`;
    for (const way of [empty.direct, empty.through])
      expect(await run(way, `export ${source}; ${archives}`)).toBe('\nexit 0');
  });
  afterAll(() => empty.close());

  const DATABASE = '-d "$PGDATABASE"';
  test.each([
    'psql -X -v ON_ERROR_STOP=1 -f plain.sql',
    `pg_restore ${DATABASE} --clean --if-exists -j 2 directory`,
    `pg_restore ${DATABASE} --clean --if-exists --single-transaction --exit-on-error --verbose custom`,
  ])('%s', async (line) => {
    const expected = await run(empty.direct, line);
    expect(expected).toMatch(/exit 0$/);
    const seen = await run(empty.through, line);
    const ordered = (text: string): string => normalise(text).split('\n').toSorted().join('\n');
    expect(ordered(seen)).toBe(ordered(expected));
    const inspected = { ...full.direct.environment, PGDATABASE: empty.behind.name };
    expect(normalise(await run({ ...full.direct, environment: inspected }, 'pg_dump'))).toBe(original);
  });

  test('pg_restore reports what is already there as it does without the gateway', async () => {
    const line = `pg_restore ${DATABASE} -t orders -I orders_pkey custom`;
    const expected = await run(empty.direct, line);
    expect(expected).toMatch(/exit 1$/);
    expect(normalise(await run(empty.through, line))).toBe(normalise(expected));
  });
});
