// Judges the real gateway by a corpus of attacks: `npm run build && node test/dist/adversarial/run-corpus.js DIRECTORY
// [options of its runner]`. DIRECTORY holds `run_corpus.mjs`, `schema-postgres.sql` and `sample-postgres.jsonl`; the
// server is the machine's PostgreSQL 15 with contrib. Exits 1 when an entry fails.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from 'bailiwick';
import { startTestGateway, type TestGateway } from '../servers/gateway.ts';
import { US_AGENT } from '../servers/identities.ts';
import { startPostgres } from '../servers/postgres.ts';
import { CORPUS_POLICY } from './corpus-policy.ts';

/** What the schema's views, functions and extensions need of the server. */
const SERVER_CONFIG = [
  'shared_preload_libraries=pg_stat_statements',
  'wal_level=logical',
  'max_prepared_transactions=10',
  'max_connections=60',
  'autovacuum=off',
];
/** The runner re-creates this database from the template, over and over. */
const DATABASE = 'demo';
const TEMPLATE = 'demo_tpl';

interface Entry {
  readonly id: string;
  readonly role?: string;
}

async function startServer(directory: string): Promise<PostgresServer> {
  const hba = ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'];
  const server = await startPostgres({ version: 15, config: SERVER_CONFIG, hba });
  await server.query(`CREATE DATABASE ${TEMPLATE}`);
  await server.query(readFileSync(join(directory, 'schema-postgres.sql'), 'utf8'), [], TEMPLATE);
  await server.query(`CREATE DATABASE ${DATABASE} TEMPLATE ${TEMPLATE}`);
  return server;
}

function startGateway(server: PostgresServer, user: string): Promise<TestGateway> {
  return startTestGateway({
    policy: CORPUS_POLICY,
    server,
    existing: { name: DATABASE, user, password: server.password },
    datasource: DATABASE,
    region: 'US',
    tls: false,
    holdMs: 1_000,
    limits: { sessionsPerIdentityMax: 1_000, statementTimeMs: 2_000 },
  });
}

/** Runs the corpus's own runner against a gateway and gives its exit code. */
async function judge(directory: string, server: PostgresServer, gateway: TestGateway, args: readonly string[]) {
  const token = await gateway.token(US_AGENT);
  const options = {
    db: 'pg',
    mode: 'proxy',
    port: gateway.port,
    'admin-port': server.port,
    user: 'agent',
    password: token,
    'admin-password': token,
    database: DATABASE,
    template: TEMPLATE,
    corpus: join(directory, 'sample-postgres.jsonl'),
  };
  const named = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const runner = spawn(process.execPath, [join(directory, 'run_corpus.mjs'), ...named, ...args], { stdio: 'inherit' });
  const [code] = await once(runner, 'exit');
  return Number(code ?? 1);
}

const [directory, ...args] = process.argv.slice(2);
if (directory === undefined) throw new Error('say where the corpus is');
const lines = readFileSync(join(directory, 'sample-postgres.jsonl'), 'utf8').split('\n');
const entries = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
const privileged = entries.filter(({ role }) => role === 'superuser').map(({ id }) => id);

const server = await startServer(directory);
try {
  const codes: number[] = [];
  for (const [user, more] of [
    ['agent', ['--skip-role', 'superuser']],
    ['postgres', args.includes('--only') ? [] : ['--only', `^(${privileged.join('|')})$`]],
  ] as const) {
    const gateway = await startGateway(server, user);
    codes.push(await judge(directory, server, gateway, [...args, ...more]));
    await gateway.close();
  }
  process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
} finally {
  await server.stop();
}
