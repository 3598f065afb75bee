// The smaller tools of PostgreSQL 15: they do, say and return through the gateway what they do without it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/index.ts';
import { normalise, objectsTemplate, type Pair, run, startPair } from './site.ts';

let server: PostgresServer;
let pair: Pair;
beforeAll(async () => {
  server = await startPostgres({ version: 15, config: ['shared_buffers=32MB', 'fsync=off'] });
  pair = await startPair(server, { template: await objectsTemplate(server) });
});
afterAll(async () => {
  await pair.close();
  await server.stop();
});

const HERE = '--maintenance-db="$PGDATABASE"';

test.each([
  'pg_isready -d "$PGDATABASE"',
  'vacuumdb -z -v -t shop.typed 2>&1 | grep -c INFO',
  'vacuumdb -z',
  'vacuumdb -Z -j 2 --echo',
  'vacuumdb --analyze-in-stages',
  'vacuumdb -f -t shop.orders -t "shop.events (kind)" -z --echo',
  'vacuumdb -t shop.nowhere',
  'reindexdb',
  'reindexdb --echo -t shop.orders -i shop.customers_lower',
  'reindexdb --concurrently -j 2 -S shop',
  'reindexdb -s',
  'clusterdb --echo',
  'clusterdb -t shop.customers',
  'vacuumlo -v "$PGDATABASE"',
  'vacuumlo -n "$PGDATABASE"',
  `createdb ${HERE} -T template0 tools_made 'with a comment' && createdb ${HERE} tools_made; dropdb ${HERE} -f tools_made`,
  `dropdb ${HERE} tools_made; dropdb ${HERE} --if-exists --echo tools_made`,
  'pg_amcheck --install-missing --heapallindexed "$PGDATABASE"',
  'pg_amcheck -t "shop.*" "$PGDATABASE"',
])('%s', async (line) => {
  const expected = normalise(await run(pair.direct, line));
  expect(normalise(await run(pair.through, line))).toBe(expected);
});

test.each(['createuser tools_user', 'dropuser tools_user', 'createdb -T template0 tools_made', 'vacuumdb -a'])(
  '%s goes to a database that is no datasource, and is told so',
  async (line) => {
    const seen = await run(pair.through, line);
    expect(seen).toMatch(/FATAL: {2}\[datasource-unknown\] there is no datasource (postgres|template1)/);
    expect(seen).toMatch(/exit 1$/);
  },
);
