// psql 15 against PostgreSQL 15 and 18: all that it shows of a database, and all that it does beside that.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/index.ts';
import { normalise, objectsTemplate, type Pair, run, startPair, subscribe } from './site.ts';

describe.each([15, 18])('PostgreSQL %i', (version) => {
  let server: PostgresServer;
  let pair: Pair;
  beforeAll(async () => {
    server = await startPostgres({ version, config: ['shared_buffers=32MB'] });
    pair = await startPair(server, { template: await objectsTemplate(server) });
    await subscribe(pair);
  });
  afterAll(async () => {
    await pair.close();
    await server.stop();
  });

  test.each([
    ['psql-describe.sql', 1500],
    ['psql-commands.sql', 300],
  ])('%s', async (file, linesMin) => {
    const line = `psql -X -a -f ${join(import.meta.dirname, file)}`;
    const expected = normalise(await run(pair.direct, line));
    expect(expected).toMatch(/exit 0$/);
    expect(expected.split('\n').length).toBeGreaterThan(linesMin);
    expect(normalise(await run(pair.through, line))).toBe(expected);
  });
});
