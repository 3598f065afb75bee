import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EU_AGENT,
  type FreshDatabase,
  freshDatabase,
  type PostgresServer,
  startTestGateway,
  type TestGateway,
} from '../../servers/index.ts';
import { outputOf } from '../drivers.ts';

/** Where Debian keeps the client tools of PostgreSQL 15, which are those under test. */
const TOOLS = '/usr/lib/postgresql/15/bin';

/** Nothing is refused that any policy could allow. */
export const ALLOW_EVERYTHING = `version: 1
rules:
  - { id: everything, on: { does: [READ, WRITE, FUNCTION, ROLE, DDL, MISC] }, do: allow }
defaults: { writes: allow, unparsed: allow, inference: allow, launder: allow }
`;

/** One way to a database: what libpq needs to know, and a directory to work in. */
export interface Way {
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
}

/** Two databases that are alike, one reached directly, the other through a gateway whose datasource is called like it. */
export interface Pair {
  readonly direct: Way;
  readonly through: Way;
  /** The one that is reached directly. */
  readonly here: FreshDatabase;
  /** The one behind the gateway, without the gateway. */
  readonly behind: FreshDatabase;
  readonly gateway: TestGateway;
  /** The databases stay, and go with their server. */
  close(): Promise<void>;
}

export interface PairOptions {
  /** Both are copies of it. Default: empty. */
  readonly template?: FreshDatabase;
  /** What the datasource's policy says, given its name. Default: everything is allowed. */
  readonly policy?: (datasource: string) => string;
}

export async function startPair(server: PostgresServer, { template, policy }: PairOptions = {}): Promise<Pair> {
  const here = await freshDatabase(server, template?.name);
  const behind = await freshDatabase(server, template?.name);
  const gateway = await startTestGateway({
    policy: policy?.(behind.name) ?? ALLOW_EVERYTHING,
    server,
    existing: { name: behind.name, user: server.user, password: server.password },
    datasource: behind.name,
  });
  const home = mkdtempSync(join(tmpdir(), 'bailiwick-tools-'));
  const way = (name: string, more: NodeJS.ProcessEnv): Way => {
    const directory = mkdtempSync(join(home, name));
    const common = { PATH: `${TOOLS}:${process.env.PATH}`, LC_ALL: 'C.UTF-8', PSQLRC: '/dev/null', TZ: 'UTC' };
    return {
      directory,
      environment: { ...common, HOME: directory, PGHOST: server.host, PGUSER: server.user, ...more },
    };
  };
  const ca = join(home, 'ca.crt');
  writeFileSync(ca, gateway.ca ?? '');
  return {
    direct: way('direct', { PGPORT: String(server.port), PGPASSWORD: server.password, PGDATABASE: here.name }),
    through: way('through', {
      PGPORT: String(gateway.port),
      PGPASSWORD: await gateway.token(EU_AGENT),
      PGDATABASE: behind.name,
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: ca,
    }),
    here,
    behind,
    gateway,
    close: async () => {
      await gateway.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Runs a line of shell; gives what it printed, errors among the rest where they came, and how it ended. */
export function run({ environment, directory }: Way, line: string): Promise<string> {
  const child = spawn('/bin/sh', ['-c', `exec 2>&1; ${line}`], {
    env: environment,
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return outputOf(child);
}

/** What differs from run to run: names of databases, ports, processes, new large objects, random keys of dumps, measured times. */
export const normalise = (text: string): string =>
  text
    .replaceAll(/\btest_[0-9a-f]{12}\b/g, 'test_database')
    .replaceAll(/(\bport "?|127\.0\.0\.1:)\d+/g, '$1n')
    .replaceAll(/process with PID \d+/g, 'process with PID n')
    .replaceAll(/^(lo_import|lo_unlink) \d{5,}$/gm, '$1 n')
    .replaceAll(/^\\(un)?restrict \w+$/gm, '\\$1restrict key')
    .replaceAll(/^-- (Started|Completed) on .*$/gm, '-- $1')
    .replaceAll(/^(.*?)\b\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4} \(every [\d.]+s\)$/gm, '$1at some time')
    .replaceAll(/\b\d+(\.\d+)? (ms|s|tps|MB|kB)\b/g, 'n $2')
    .replaceAll(/\btps = [\d.]+/g, 'tps = n');

/** A database with all that is in objects.sql, to be copied. */
export async function objectsTemplate(server: PostgresServer): Promise<FreshDatabase> {
  const template = await freshDatabase(server);
  await template.query(readFileSync(join(import.meta.dirname, 'objects.sql'), 'utf8'));
  return template;
}

/** Subscriptions are not copied with a database. */
export const subscribe = ({ here, behind }: Pair): Promise<unknown> =>
  Promise.all(
    [here, behind].map((database) =>
      database.query(`CREATE SUBSCRIPTION bought CONNECTION 'dbname=nowhere' PUBLICATION sold
        WITH (connect = false, slot_name = NONE)`),
    ),
  );
