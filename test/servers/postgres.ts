import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type EmbeddedPostgresOptions, type PostgresServer, startEmbeddedPostgres } from 'bailiwick';

export type { PostgresServer } from 'bailiwick';
export type PostgresOptions = EmbeddedPostgresOptions;

/** Starts a real PostgreSQL of its own for a test. `version: 15` takes the machine's installation, or says what to install. */
export function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return startEmbeddedPostgres(
    options.version === undefined ? options : { ...options, version: installed(options.version) },
  );
}

let shared: Promise<PostgresServer> | null = null;

/** Which PostgreSQL the tests run against: the embedded one, or the machine's own of this major version. */
const MATRIX_VERSION = process.env.BAILIWICK_TEST_PG;

/**
 * One server for a whole test file, started at the first call. It needs no stop: it ends with the file's process.
 * Take a database of your own in it with `freshDatabase`.
 */
export function sharedPostgres(): Promise<PostgresServer> {
  const version = MATRIX_VERSION === undefined ? {} : { version: installed(Number(MATRIX_VERSION)) };
  shared ??= startPostgres({ config: ['max_connections=60', 'shared_buffers=32MB'], ...version });
  return shared;
}

/** Installs Debian's package of a version that is missing, where that is possible; starting says what to do elsewhere. */
function installed(version: number): number {
  if (version === 18 || existsSync(`/usr/lib/postgresql/${version}/bin/postgres`) || process.getuid?.() !== 0)
    return version;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const action of [['update'], ['install', '--yes', '--no-install-recommends', `postgresql-${version}`]])
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...action], { env: environment, stdio: 'inherit' });
  return version;
}

export interface FreshDatabase {
  readonly name: string;
  readonly url: string;
  query(sql: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Ends its connections and drops it. */
  drop(): Promise<void>;
}

/** A new database (about 30 ms), empty or a copy of `template`, on which no connection may then be open. */
export async function freshDatabase(server: PostgresServer, template = 'template0'): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await server.query(`CREATE DATABASE ${name} TEMPLATE "${template.replaceAll('"', '""')}" STRATEGY wal_log`);
  return {
    name,
    url: server.url(name),
    query: (sql, parameters) => server.query(sql, parameters, name),
    drop: async () => {
      await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
