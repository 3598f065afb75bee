// COPY with psql's \copy, and in streams that are longer than the gateway's memory.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EU_AGENT, rowsOf, startTestGateway, type TestGateway } from '../servers/index.ts';
import { PEOPLE_DATA, PEOPLE_POLICY, PEOPLE_SECRETS } from './fixtures/copied.ts';

const MIB = 2 ** 20;
const STREAM_ROWS = 100_000;
const STREAM_ROW_BYTES = 1_000;
/** What the whole process may grow by, the test's own part of it included, while 100 MB and more pass. */
const GROWTH_BYTES_MAX = 160 * MIB;
const PSQL_MISSING = spawnSync('psql', ['--version']).error !== undefined;

let gateway: TestGateway;
let environment: Record<string, string>;
beforeAll(async () => {
  gateway = await startTestGateway({
    policy: PEOPLE_POLICY.replace(
      'public.parts:',
      'public.wide: { columns: { ssn: [pii.national_id] } }\n    public.parts:',
    ),
    data: `${PEOPLE_DATA}
CREATE TABLE wide (ssn text, id int, filler text);
INSERT INTO wide SELECT 'wide-canary-' || i, i, repeat('x', ${STREAM_ROW_BYTES - 40}) FROM generate_series(1, 1000) i;
CREATE TABLE arrived (LIKE wide);
CREATE TABLE again AS SELECT id, email, ssn, tags, tail FROM people LIMIT 0;`,
  });
  const caFile = join(gateway.directory, 'ca.crt');
  writeFileSync(caFile, gateway.ca ?? '');
  environment = {
    ...{ PATH: process.env.PATH ?? '', PGHOST: gateway.host, PGPORT: String(gateway.port), LC_ALL: 'C.UTF-8' },
    ...{ PGUSER: 'x', PGPASSWORD: await gateway.token(EU_AGENT), PGDATABASE: 'crm' },
    ...{ PGSSLMODE: 'verify-full', PGSSLROOTCERT: caFile },
  };
});
afterAll(() => gateway.close());

/** What a program printed; throws where it failed. */
async function run(command: string, words: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, words, { env: environment });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${Buffer.concat(errors).toString()}`);
  return Buffer.concat(out).toString();
}

const psql = (sql: string, input = ''): Promise<string> =>
  run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', sql], input);

function skipped(): boolean {
  if (PSQL_MISSING) console.warn('psql could not run: it is not on PATH');
  return PSQL_MISSING;
}

function expectNoSecret(text: string): void {
  for (const secret of PEOPLE_SECRETS) expect(text.includes(secret.toString('latin1'))).toBe(false);
}

test('psql: \\copy out, and in again, is the masked table', async () => {
  if (skipped()) return;
  for (const options of ['', 'csv header', 'binary']) {
    const file = join(gateway.directory, 'people.copied');
    await psql(`\\copy (SELECT id, email, ssn, tags, tail FROM people ORDER BY id) TO '${file}' ${options}`);
    expectNoSecret(readFileSync(file).toString('latin1'));
    await psql(`\\copy again FROM '${file}' ${options}`);
    const wire = await gateway.wire(EU_AGENT);
    const shown = rowsOf(await wire.query('SELECT id, email, ssn, tags::text, tail FROM people ORDER BY id'));
    const copied = await gateway.sql('SELECT id::text, email, ssn, tail FROM again ORDER BY again.id');
    expect(copied.map(({ id, email, ssn, tail }) => [id, email, ssn, tail])).toEqual(
      shown.map(([id, email, ssn, , tail]) => [id, email, ssn, tail]),
    );
    await gateway.sql('TRUNCATE again');
    wire.destroy();
  }
});

test('psql: COPY in from its own input', async () => {
  if (skipped()) return;
  await psql('\\copy plain FROM STDIN', '501\tone\n502\ttwo\n\\.\n');
  expect(await psql('SELECT words FROM plain WHERE id > 500 ORDER BY id')).toBe('one\ntwo\n');
});

test('a hundred megabytes masked, and memory stays flat', async () => {
  if (skipped()) return;
  const query = `SELECT ssn, n, filler FROM wide, generate_series(1, ${STREAM_ROWS / 1000}) n`;
  await psql(`\\copy (${query} LIMIT 5000) TO '/dev/null'`);
  const peak = new PeakMemory();
  const bare = await run('sh', ['-c', `psql -XAtq -c "COPY (${query}) TO STDOUT" | grep -c -v '^[*][*][*][*]' ; true`]);
  expect(bare).toBe('0\n');
  expect(peak.stop()).toBeLessThan(GROWTH_BYTES_MAX);
  const counted = await run('sh', ['-c', `psql -XAtq -c "COPY (${query} LIMIT 20000) TO STDOUT CSV" | wc -l`]);
  expect(Number(counted)).toBe(20_000);
}, 60_000);

test('fifty megabytes in, and memory stays flat', async () => {
  if (skipped()) return;
  await psql('SELECT 1');
  const peak = new PeakMemory();
  const rows = STREAM_ROWS / 2;
  await run('sh', [
    '-c',
    `awk 'BEGIN { filler = sprintf("%${STREAM_ROW_BYTES - 40}s", ""); for (i = 0; i < ${rows}; i++) print "s" i "\\t" i "\\t" filler }' | psql -XAtq -v ON_ERROR_STOP=1 -c '\\copy arrived FROM STDIN'`,
  ]);
  expect(peak.stop()).toBeLessThan(GROWTH_BYTES_MAX);
  expect(await gateway.sql('SELECT count(*)::int AS n FROM arrived')).toEqual([{ n: rows }]);
}, 60_000);

/** What the process takes more than at the beginning, at most. */
class PeakMemory {
  readonly #before = process.memoryUsage.rss();
  #peak = 0;
  readonly #timer = setInterval(() => this.#look(), 20);

  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#peak;
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss() - this.#before);
  }
}
