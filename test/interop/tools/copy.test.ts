// A large table leaves and enters through psql's \copy in every format, byte for byte as without the gateway.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/index.ts';
import { normalise, type Pair, run, startPair } from './site.ts';

/** About 100 bytes a row; set to 10000000 for a gigabyte. */
const ROWS = Number(process.env.BAILIWICK_TEST_COPY_ROWS ?? 200_000);

let server: PostgresServer;
let pair: Pair;
beforeAll(async () => {
  server = await startPostgres({ version: 15, config: ['shared_buffers=64MB', 'fsync=off', 'max_wal_size=4GB'] });
  pair = await startPair(server);
  for (const database of [pair.here, pair.behind]) {
    await database.query(`CREATE TABLE large AS SELECT g AS id, md5(g::text) AS hash, repeat('ü', 20) AS wide,
      CASE WHEN g % 7 = 0 THEN NULL ELSE E'a\\tb\\n' || g END AS note FROM generate_series(1, ${ROWS}) g`);
  }
});
afterAll(async () => {
  await pair.close();
  await server.stop();
});

test.each(['text', 'csv', 'binary'])('%s', { timeout: 1_800_000 }, async (format) => {
  const line = `psql -X -c "\\copy large TO PROGRAM 'tee file | md5sum' (FORMAT ${format})" &&
    psql -X -c 'CREATE UNLOGGED TABLE taken (LIKE large)' -c "\\copy taken FROM file (FORMAT ${format})" &&
    psql -X -c 'SELECT count(*), sum(hashtext(t::text)::bigint) FROM taken t' -c 'DROP TABLE taken'; rm file`;
  const expected = normalise(await run(pair.direct, line));
  expect(expected).toContain(`COPY ${ROWS}`);
  expect(expected).toMatch(/exit 0$/);
  expect(normalise(await run(pair.through, line))).toBe(expected);
});

test('a row at fault in the middle, and a client that gives up', async () => {
  const line = `psql -X -c 'CREATE TABLE few (id int)' -c "\\copy few FROM PROGRAM 'seq 50000; echo x; seq 50000'" ;
    psql -X -c "\\copy few FROM '/nowhere'" ; psql -X -c "\\copy large TO PROGRAM 'head -c 100 > /dev/null'" 2>&1 | wc -l;
    psql -X -c 'SELECT count(*) FROM few' -c 'DROP TABLE few'`;
  const expected = normalise(await run(pair.direct, line));
  expect(expected).toContain('invalid input syntax for type integer: "x"');
  expect(normalise(await run(pair.through, line))).toBe(expected);
});
