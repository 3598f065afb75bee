// `npm run bench:memory [-- --gigabytes 4] [-- --record]`: how much memory the gateway takes for results of gigabytes and
// for clients that do not read. It runs as a process of its own, so that its memory is its own. Linux only: from /proc.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EU_AGENT } from '../servers/identities.ts';
import { freshDatabase, startPostgres } from '../servers/postgres.ts';
import { endProcess, prepareServedGateway } from '../servers/served-gateway.ts';
import { type Address, connectLoad } from './load-client.ts';
import { describeMachine } from './report.ts';
import { forgetPeak, residentMemory } from './resident-memory.ts';
import { SlowReader } from './slow-reader.ts';

const MIB = 2 ** 20;
const ROW_BYTES = 1_000;
const SLOW_BYTES_PER_SECOND = MIB;
const SLOW_MS = 30_000;
const SLOW_READERS = 20;
const POLICY = `version: 1
data: { crm: { public.wide: { columns: { secret: [pii.contact] } } } }
rules: [ { id: contact, on: { tags: [pii.contact] }, do: { mask: { partial: { keep_last: 4 } } } } ]
`;

interface Row {
  readonly what: string;
  readonly seconds: number;
  /** Bytes that the clients got. */
  readonly read: number;
  readonly before: number;
  readonly peak: number;
}

const closers: (() => Promise<void>)[] = [];

async function start(): Promise<{
  readonly pid: number;
  readonly address: Address;
  readonly versions: readonly string[];
}> {
  const server = await startPostgres({ config: ['max_connections=50', 'shared_buffers=128MB', 'jit=off'] });
  closers.push(() => server.stop());
  const database = await freshDatabase(server);
  const [row] = await database.query(`SELECT current_setting('server_version') AS version`);
  await database.query(`CREATE TABLE wide (secret text, filler text)`);
  await database.query(
    `INSERT INTO wide SELECT i::text || '-secret', repeat('x', 900) FROM generate_series(1, 1000) i`,
  );
  const served = await prepareServedGateway({ server, database: database.name, policy: POLICY });
  closers.push(() => served.remove());
  const { process: child, port } = await served.start();
  closers.push(() => endProcess(child, 'SIGTERM'));
  const token = await served.issuer.issueToken(EU_AGENT);
  if (child.pid === undefined) throw new Error('the gateway has no process');
  const address = { host: '127.0.0.1', port, user: 'bench', password: token, database: 'crm' };
  return { pid: child.pid, address, versions: [`PostgreSQL ${String(row?.version)}`] };
}

const rowsOf = (gigabytes: number): number => Math.round((gigabytes * 2 ** 30) / ROW_BYTES);
const filler = (gigabytes: number): string =>
  `SELECT repeat('x', ${ROW_BYTES - 20}) FROM generate_series(1, ${rowsOf(gigabytes)})`;

async function measure(pid: number, what: string, run: () => Promise<number>): Promise<Row> {
  const before = residentMemory(pid).now;
  forgetPeak(pid);
  const began = performance.now();
  const read = await run();
  const seconds = (performance.now() - began) / 1000;
  const row = { what, seconds, read, before, peak: residentMemory(pid).peak };
  console.log(`measured: ${what}: ${mebibytes(row.peak)} at most`);
  return row;
}

async function fast(address: Address, sql: string): Promise<number> {
  const client = await connectLoad(address);
  await client.query(sql);
  client.close();
  return client.bytes;
}

async function slow(address: Address, sql: string, readers: number): Promise<number> {
  const asked = await Promise.all(Array.from({ length: readers }, () => SlowReader.ask(address, sql)));
  await Promise.all(asked.map((reader) => reader.read(SLOW_BYTES_PER_SECOND, SLOW_MS)));
  for (const reader of asked) reader.close();
  return asked.reduce((sum, { bytes }) => sum + bytes, 0);
}

const mebibytes = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, seconds, read, before, peak }) =>
    [what, seconds.toFixed(0), mebibytes(read), mebibytes(before), mebibytes(peak), mebibytes(peak - before)].join(
      ' | ',
    ),
  );
  return [
    '| what clients do | seconds | they got | RSS before | peak RSS | more |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}

const option = process.argv.indexOf('--gigabytes');
const gigabytes = option < 0 ? 4 : Number(process.argv[option + 1]);
if (!(gigabytes > 0)) throw new Error('--gigabytes takes a number');
try {
  const { pid, address, versions } = await start();
  await fast(address, filler(0.01));
  const masked = `SELECT secret, filler FROM wide, generate_series(1, ${Math.round(rowsOf(gigabytes / 4) / 1000)})`;
  const rows = [
    await measure(pid, `COPY out of ${gigabytes} GB`, () => fast(address, `COPY (${filler(gigabytes)}) TO STDOUT`)),
    await measure(pid, `SELECT of ${gigabytes} GB`, () => fast(address, filler(gigabytes))),
    await measure(pid, `SELECT of ${gigabytes / 4} GB with a masked column`, () => fast(address, masked)),
    await measure(pid, `COPY out of ${gigabytes / 4} GB with a masked column`, () =>
      fast(address, `COPY (${masked}) TO STDOUT`),
    ),
    await measure(pid, 'a reader of 1 MB/s of COPY out', () =>
      slow(address, `COPY (${filler(gigabytes)}) TO STDOUT`, 1),
    ),
    await measure(pid, 'a reader of 1 MB/s of a SELECT', () => slow(address, filler(gigabytes), 1)),
    await measure(pid, `${SLOW_READERS} readers of 1 MB/s each`, () => slow(address, filler(gigabytes), SLOW_READERS)),
  ];
  const text = `${describeMachine(versions)}\nEverything is recorded, bodies too. Slow readers read for ${SLOW_MS / 1000} seconds and go.\n\n${table(rows)}\n`;
  console.log(`\n${text}`);
  if (process.argv.includes('--record')) {
    const heading = '# Memory of the gateway\n\nMade by `npm run bench:memory -- --record`.\n\n';
    writeFileSync(join(import.meta.dirname, '../../bench/MEMORY.md'), heading + text);
  }
} finally {
  for (const close of closers.reverse()) await close().catch((error: unknown) => console.error(error));
}
