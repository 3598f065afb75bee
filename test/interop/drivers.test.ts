// Stock drivers see the same through the gateway, over TLS and with a token, as directly.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended, readyLines, spawnCli } from 'bailiwick';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALLOW_ALL_POLICY } from '../integration/fixtures/crm.ts';
import { EU_AGENT, startTestGateway, type TestGateway } from '../servers/index.ts';
import { type Driver, findDrivers, outputOf, psqlToInterrupt, type Target } from './drivers.ts';

const NAMES = ['psql', 'pg', 'postgres', 'psycopg', 'asyncpg'] as const;

let gateway: TestGateway;
let drivers: ReadonlyMap<string, Driver>;
let direct: Target;
let through: Target;

beforeAll(async () => {
  drivers = new Map((await findDrivers()).map((driver) => [driver.name, driver]));
  gateway = await startTestGateway({ policy: ALLOW_ALL_POLICY, account: 'superuser' });
  const caFile = join(gateway.directory, 'ca.crt');
  writeFileSync(caFile, gateway.ca ?? '');
  const { server, host, port, database } = gateway;
  direct = {
    host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: database.name,
    caFile: null,
  };
  through = { host, port, user: 'anyone', password: await gateway.token(EU_AGENT), database: 'crm', caFile };
});
afterAll(() => gateway.close());

/** Each run begins in the same database, whatever the one before it left. */
const CLEAN = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public';

/** What differs from run to run: process ids. */
const normalise = (text: string): string => text.replaceAll(/process with PID \d+/g, 'process with PID n');

/** The same without a secret: `bailiwick connect` in front of the gateway, with a login of an hour. */
async function withForwarder(run: (target: Target) => Promise<void>): Promise<void> {
  const file = join(gateway.directory, 'login.json');
  const login = { version: 1, issuer: gateway.issuer.issuer, clientId: 'x', scope: 'x', refreshToken: null };
  const accessToken = await gateway.token(EU_AGENT);
  writeFileSync(file, JSON.stringify({ ...login, accessToken, expiresAt: Date.now() + 3_000_000 }), { mode: 0o600 });
  const words = ['connect', 'crm', '--json', '--gateway', `localhost:${gateway.port}`, '--ca', through.caFile ?? ''];
  const child = spawnCli(words, { env: { BAILIWICK_LOGIN_FILE: file } });
  const end = ended(child);
  try {
    const [ready] = await readyLines(child, 1);
    const port = Number(ready?.address?.split(':')[1]);
    await run({ host: '127.0.0.1', port, user: 'anyone', password: '', database: 'crm', caFile: null });
  } finally {
    child.kill('SIGTERM');
  }
  expect((await end).exitCode).toBe(0);
}

test.each(NAMES)('%s', async (name) => {
  const driver = drivers.get(name);
  if (driver === undefined) throw new Error(`there is no script for ${name}`);
  if (driver.missing !== null) {
    console.warn(`${name} could not run: ${driver.missing}`);
    return;
  }
  await gateway.sql(CLEAN);
  const expected = await outputOf(driver.start(direct));
  expect(expected).toMatch(/exit 0$/);
  expect(expected.split('\n').length).toBeGreaterThan(25);
  await gateway.sql(CLEAN);
  const seen = await outputOf(driver.start(through));
  expect(normalise(seen)).toBe(normalise(expected));
  await withForwarder(async (target) => {
    await gateway.sql(CLEAN);
    expect(normalise(await outputOf(driver.start(target)))).toBe(normalise(expected));
  });
});

test('psql: Ctrl-C cancels the statement that runs', async () => {
  const missing = drivers.get('psql')?.missing ?? null;
  if (missing !== null) {
    console.warn(`psql could not run: ${missing}`);
    return;
  }
  const outputs: string[] = [];
  const interrupt = async (target: Target): Promise<void> => {
    const child = psqlToInterrupt(target);
    const output = outputOf(child);
    if (child.stdout === null) throw new Error('no output');
    await once(child.stdout, 'data');
    await expect
      .poll(() =>
        gateway.sql(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`),
      )
      .toHaveLength(1);
    child.kill('SIGINT');
    outputs.push(await output);
  };
  await interrupt(direct);
  await interrupt(through);
  await withForwarder(interrupt);
  expect(outputs[0]).toContain('57014');
  expect(outputs.slice(1)).toEqual([outputs[0], outputs[0]]);
});
