// PGOPTIONS and the other settings that psql puts into its startup message, direct and through the gateway.
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALLOW_ALL_POLICY } from '../integration/fixtures/crm.ts';
import { EU_AGENT, startTestGateway, type TestGateway } from '../servers/index.ts';

const MISSING = spawnSync('psql', ['--version']).error !== undefined;

let gateway: TestGateway;
let direct: Record<string, string>;
let through: Record<string, string>;
beforeAll(async () => {
  gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, account: 'superuser' });
  const caFile = join(gateway.directory, 'ca.crt');
  writeFileSync(caFile, gateway.ca ?? '');
  const { server, host, port, database } = gateway;
  const common = { PATH: process.env.PATH ?? '', PGHOST: host, LC_ALL: 'C' };
  direct = {
    ...common,
    PGPORT: String(server.port),
    PGUSER: server.user,
    PGPASSWORD: server.password,
    PGDATABASE: database.name,
  };
  through = {
    ...common,
    PGPORT: String(port),
    PGUSER: 'x',
    PGPASSWORD: await gateway.token(EU_AGENT),
    PGDATABASE: 'crm',
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: caFile,
  };
});
afterAll(() => gateway.close());

/** Everything that psql prints of these settings, and how it ended. */
function psql(environment: Record<string, string>): Promise<string> {
  const shown = ['search_path', 'statement_timeout', 'work_mem', 'TimeZone', 'DateStyle', 'lock_timeout'];
  const words = ['-XAt', ...shown.flatMap((name) => ['-c', `SHOW ${name}`])];
  return new Promise((resolve) => {
    execFile('psql', words, { env: environment }, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}exit ${error?.code ?? 0}`),
    );
  });
}

test.each([
  ['-c and --', { PGOPTIONS: '-c statement_timeout=7s --work-mem=3MB -csearch_path=public' }],
  ['escapes', { PGOPTIONS: String.raw`-c search_path="a\ b",\ "\\c","$user" -c timezone=Europe/Berlin` }],
  ['the last of several', { PGOPTIONS: '-c search_path=a -c search_path=b', PGTZ: 'UTC' }],
  [
    'what stands on its own',
    { PGOPTIONS: '-c timezone=Asia/Tokyo -c lock_timeout=1s', PGTZ: 'UTC', PGDATESTYLE: 'ISO, DMY' },
  ],
])('%s', async (_name, settings) => {
  if (MISSING) {
    console.warn('psql could not run: it is not on PATH');
    return;
  }
  const expected = await psql({ ...direct, ...settings });
  expect(expected).toMatch(/exit 0$/);
  expect(await psql({ ...through, ...settings })).toBe(expected);
});

test.each([
  ['-c role=postgres', 'the setting role belongs to the gateway'],
  ['-c log_statement=all', 'the setting log_statement is not on the list of settings that clients may set'],
  ['-d postgres', 'options may hold settings and nothing else'],
  ['-c datestyle=German', 'the setting datestyle may not have that value'],
])('%s is refused', async (options, why) => {
  if (MISSING) {
    console.warn('psql could not run: it is not on PATH');
    return;
  }
  const refused = await psql({ ...through, PGOPTIONS: options });
  expect(refused).toContain(`FATAL:  [startup-refused] ${why}`);
  expect(refused).toMatch(/exit 2$/);
});
