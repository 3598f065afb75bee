// `npm run bench`: what the gateway costs beside the database direct, PgBouncer and HAProxy, interleaved in one run.
// `-- --record` writes RESULTS.md too. Linux only: processor time comes from /proc.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EU_AGENT } from '../servers/identities.ts';
import { freshDatabase, startPostgres } from '../servers/postgres.ts';
import { endProcess, prepareServedGateway } from '../servers/served-gateway.ts';
import { readLabelled } from './detection/labelled-text.ts';
import { detectorTable, measureDetectors } from './detection/measure-detectors.ts';
import type { Address, LoadClient } from './load-client.ts';
import { startOtherProxies } from './proxies.ts';
import { DIRECT, describeMachine, MASKED, median, presentLoad, tables, UNMASKED } from './report.ts';
import { BENCH_DATA, connectAll, type Measured, WORKLOADS } from './workloads.ts';

const ROUNDS = 3;
const MEASURE_MS = 1_500;
const WARM_UP_MS = 700;

const ALLOW_ALL = `version: 1
rules: [ { id: everything, on: { does: [READ, WRITE, FUNCTION, DDL, MISC] }, do: allow } ]
`;
const MASKS = `version: 1
data: { crm: { public.bench: { columns: { email: [pii.contact], ssn: [pii.national_id] } } } }
rules:
  - { id: contact, on: { tags: [pii.contact] }, do: { mask: email } }
  - { id: ids, on: { tags: [pii.national_id] }, do: { mask: { partial: { keep_last: 4 } } } }
`;

interface Way {
  readonly name: string;
  /** Whose processor time is counted; null: there is no proxy. */
  readonly pid: number | null;
  address(): Promise<Address>;
}

const closers: (() => Promise<void>)[] = [];

async function startWays(): Promise<{ readonly ways: readonly Way[]; readonly versions: readonly string[] }> {
  const server = await startPostgres({ config: ['max_connections=120', 'shared_buffers=128MB', 'jit=off'] });
  closers.push(() => server.stop());
  const database = await freshDatabase(server);
  for (const sql of BENCH_DATA.split(/;\s*\n?/).filter((text) => text !== '')) await database.query(sql);
  const [row] = await database.query(`SELECT current_setting('server_version') AS version`);
  const { host, user, password } = server;
  const direct = { host, user, password, database: database.name };
  const ways: Way[] = [{ name: DIRECT, pid: null, address: async () => ({ ...direct, port: server.port }) }];
  const versions = [`PostgreSQL ${String(row?.version)}`];

  for (const [name, policy] of [
    [UNMASKED, ALLOW_ALL],
    [MASKED, MASKS],
  ] as const) {
    const served = await prepareServedGateway({ server, database: database.name, policy });
    closers.push(() => served.remove());
    const { process: child, port } = await served.start();
    closers.push(() => endProcess(child, 'SIGTERM'));
    const token = await served.issuer.issueToken(EU_AGENT);
    const address = { host: '127.0.0.1', port, user: 'bench', password: token, database: 'crm' };
    ways.push({ name, pid: child.pid ?? null, address: async () => address });
  }

  const { proxies, missing } = await startOtherProxies(server, database.name);
  for (const proxy of proxies) {
    closers.push(() => proxy.stop());
    const address = { ...direct, host: '127.0.0.1', port: proxy.port, database: proxy.database };
    ways.push({ name: `${proxy.name}, defaults`, pid: proxy.pid, address: async () => address });
    versions.push(`${proxy.name} ${proxy.version}`);
  }
  for (const name of missing) console.log(`${name} is not installed, so it is not in the tables`);
  return { ways, versions };
}

/** Every workload on every way in turn, round after round, so that a slow moment of the machine hits all alike. */
async function measureAll(ways: readonly Way[]): Promise<string> {
  const results = new Map<(typeof WORKLOADS)[number], Map<string, Measured>>();
  for (const workload of WORKLOADS) {
    const rounds = new Map<string, Measured[]>(ways.map(({ name }) => [name, []]));
    const clients = new Map<Way, readonly LoadClient[]>();
    for (const way of ways) clients.set(way, await connectAll(way.address, workload.connections));
    for (let round = -1; round < ROUNDS; round++) {
      for (const [way, connected] of clients) {
        const measured = await workload.measure(connected, way.pid, round < 0 ? WARM_UP_MS : MEASURE_MS);
        if (round >= 0) rounds.get(way.name)?.push(measured);
      }
    }
    for (const connected of clients.values()) for (const client of connected) client.close();
    results.set(workload, new Map([...rounds].map(([name, list]) => [name, median(list)])));
    console.log(`measured: ${workload.name}`);
  }
  return tables(results);
}

const detectors = detectorTable(measureDetectors(readLabelled(join(import.meta.dirname, '../../bench/detection'))));
console.log(`Detectors on the labelled set:\n\n${detectors}\n`);

const loadBefore = presentLoad();
try {
  const { ways, versions } = await startWays();
  const measured = await measureAll(ways);
  const text = `${describeMachine(versions)}
Medians of ${ROUNDS} rounds of ${MEASURE_MS} ms, interleaved. Load average ${loadBefore} before the run, ${presentLoad()} after it: above
about 0.5 before, the machine had other work, and rows are less comparable.

${measured}
## Detectors

On the labelled texts of \`test/bench/detection\`: how much of what is there each finds by itself, and how much of what it finds is
there.

${detectors}
`;
  console.log(`\n${text}`);
  if (process.argv.includes('--record')) {
    const file = join(import.meta.dirname, '../../bench/RESULTS.md');
    writeFileSync(
      file,
      `# Bench results\n\nMade by \`npm run bench -- --record\`. Compare rows of one run, not runs.\n\n${text}`,
    );
  }
} finally {
  for (const close of closers.reverse()) await close().catch((error: unknown) => console.error(error));
}
