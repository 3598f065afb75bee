// vacuumlo of PostgreSQL itself, through a gateway that allows everything: libpq's lo_unlink is a FunctionCall.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, startPostgres, startTestGateway, type TestGateway } from '../servers/index.ts';
import { ALLOW_ALL_POLICY } from './fixtures/crm.ts';

const HOME = '/usr/lib/postgresql/15/bin';

let gateway: TestGateway;
let stop: () => Promise<void>;
beforeAll(async () => {
  // Brings the tool as well, or says what to install.
  const server = await startPostgres({ version: 15 });
  stop = () => server.stop();
  gateway = await startTestGateway({
    policy: ALLOW_ALL_POLICY,
    data: 'CREATE TABLE pictures (id int, image oid)',
    server,
    tls: false,
  });
});
afterAll(async () => {
  await gateway.close();
  await stop();
});

test('orphaned large objects are removed, and those in use stay', async () => {
  const writer = await gateway.connect(EU_AGENT);
  await writer.query(`INSERT INTO pictures VALUES (1, lo_from_bytea(0, 'kept'))`);
  await writer.query(`SELECT lo_from_bytea(0, 'orphan') FROM generate_series(1, 5)`);
  const tool = spawn(
    `${HOME}/vacuumlo`,
    ['-v', '-h', gateway.host, '-p', String(gateway.port), '-U', 'anyone', 'crm'],
    {
      env: { PGPASSWORD: await gateway.token(EU_AGENT), PGSSLMODE: 'disable', PGGSSENCMODE: 'disable', LC_ALL: 'C' },
    },
  );
  let said = '';
  for (const stream of [tool.stdout, tool.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(tool, 'close')) as [number];
  expect(said).toContain('Successfully removed 5 large objects');
  expect(code).toBe(0);
  expect(await gateway.sql('SELECT count(*)::int AS left FROM pg_largeobject_metadata')).toEqual([{ left: 1 }]);
});
