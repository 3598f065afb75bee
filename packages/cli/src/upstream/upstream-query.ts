import { dirname } from 'node:path';
import type { DatasourceOptions } from '@bailiwick/gateway';
import { TextClient } from '../sql/text-client.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** Rows as arrays of text; null is SQL NULL. */
export type UpstreamQuery = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** Connects to a datasource with its own credential for the time of `use`, read-only and with an empty search_path. */
export async function withUpstream<Result>(
  datasource: DatasourceOptions,
  use: (query: UpstreamQuery) => Promise<Result>,
): Promise<Result> {
  const { address, credentials, database, tls } = datasource;
  const place =
    address.kind === 'tcp'
      ? { host: address.host, port: address.port }
      : { host: dirname(address.path), port: Number(/\.(\d+)$/.exec(address.path)?.[1] ?? 5432) };
  const settings = {
    ...place,
    database,
    user: credentials.user,
    password: await credentials.password(),
    application_name: 'bailiwick check',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ssl: tls === null ? (false as const) : sslOf(tls, address.kind === 'tcp' ? address.host : ''),
  };
  const client = await TextClient.connect(settings, () => {});
  try {
    await client.query("SET default_transaction_read_only = on; SET search_path = ''");
    return await use(async (sql) => (await client.query(sql)).at(-1)?.rows ?? []);
  } finally {
    await client.end();
  }
}

function sslOf(tls: NonNullable<DatasourceOptions['tls']>, host: string): object {
  return {
    rejectUnauthorized: true,
    servername: tls.serverName ?? host,
    ...(tls.ca === null ? {} : { ca: tls.ca.toString('utf8') }),
    ...(tls.client === null ? {} : { cert: tls.client.cert.toString('utf8'), key: tls.client.key.toString('utf8') }),
    ...(tls.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}
