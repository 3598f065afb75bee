import { systemClock } from '@bailiwick/domain';
import type { DatasourceOptions } from '@bailiwick/gateway';
import { readPostgresCatalog } from '@bailiwick/sql';
import { readableRegulatedColumns } from '../harden/harden.ts';
import type { Site } from '../site/load-site.ts';
import { type UpstreamQuery, withUpstream } from './upstream-query.ts';

/** What the live databases say about a site. Faults: it would not work; warnings: it would, and should be known. */
export interface UpstreamFindings {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** What is well, where it could be otherwise. */
  readonly notes: readonly string[];
}

/** Rights that let an account past row security, past this gateway, or out of the database, and how they are called. */
const ACCOUNT_RIGHTS = `SELECT
  CASE WHEN r.rolsuper THEN 'is a superuser' END,
  CASE WHEN r.rolbypassrls THEN 'bypasses row security (BYPASSRLS)' END,
  CASE WHEN r.rolcreaterole THEN 'may make roles (CREATEROLE)' END,
  CASE WHEN r.rolreplication THEN 'may read the replication stream (REPLICATION)' END,
  CASE WHEN pg_catalog.pg_has_role(r.oid, 'pg_read_server_files', 'MEMBER') THEN 'may read files of the server' END,
  CASE WHEN pg_catalog.pg_has_role(r.oid, 'pg_write_server_files', 'MEMBER') THEN 'may write files of the server' END,
  CASE WHEN pg_catalog.pg_has_role(r.oid, 'pg_execute_server_program', 'MEMBER') THEN 'may run programs on the server' END
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

/** Ways to other data from inside the database. */
const OTHER_DOORS = `SELECT extname FROM pg_catalog.pg_extension
WHERE extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'plpython3u', 'plperlu', 'pageinspect') ORDER BY 1`;

/** Connects to every datasource, binds the policy to its catalog, and looks at the account's rights. */
export async function checkUpstreams(site: Site): Promise<UpstreamFindings> {
  const faults: string[] = [];
  const warnings: string[] = [];
  const notes: string[] = [];
  for (const datasource of site.configuration.datasources) {
    try {
      await withUpstream(datasource, (query) => checkOne(site, datasource, query, { faults, warnings, notes }));
    } catch (error) {
      faults.push(`datasource ${datasource.name}: ${error instanceof Error ? error.message : 'does not answer'}`);
    }
  }
  return { faults, warnings, notes };
}

async function checkOne(
  site: Site,
  { name, region, credentials }: DatasourceOptions,
  query: UpstreamQuery,
  { faults, warnings, notes }: { faults: string[]; warnings: string[]; notes: string[] },
): Promise<void> {
  const catalog = await readPostgresCatalog({ query }, systemClock);
  const bound = site.policy.bind({ name, region }, catalog, null);
  for (const missing of bound.missing)
    faults.push(`datasource ${name}: the policy maps ${missing}, which is not there`);
  const { readable, regulated } = await readableRegulatedColumns(query, catalog, bound);
  if (readable > 0)
    warnings.push(
      `datasource ${name}: ${credentials.user} can itself read ${readable} of ${regulated} regulated columns; ` +
        `harden --datasource ${name} prints an account that cannot`,
    );
  else notes.push(`datasource ${name}: ${credentials.user} can itself read no regulated column`);
  const [rights = []] = await query(ACCOUNT_RIGHTS);
  for (const right of rights) if (right !== null) warnings.push(`datasource ${name}: ${credentials.user} ${right}`);
  for (const [extension] of await query(OTHER_DOORS)) {
    warnings.push(`datasource ${name}: extension ${extension ?? ''} is another door to data`);
  }
}
