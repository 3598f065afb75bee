import { systemClock } from '@bailiwick/domain';
import type { DatasourceOptions } from '@bailiwick/gateway';
import type { DatasourcePolicy } from '@bailiwick/policy';
import { type Catalog, loadPostgresParser, readPostgresCatalog } from '@bailiwick/sql';
import type { Site } from '../site/load-site.ts';
import { type UpstreamQuery, withUpstream } from '../upstream/upstream-query.ts';
import { hardeningSql } from './hardening-sql.ts';
import { maskedViews } from './masked-views.ts';

/** The SQL for a datasource, by its live catalog and the site's policy. Rejects when the database does not answer. */
export async function harden(site: Site, datasource: DatasourceOptions, role: string): Promise<string> {
  await loadPostgresParser();
  return withUpstream(datasource, async (query) => {
    const catalog = await readPostgresCatalog({ query }, systemClock);
    const bound = site.policy.bind({ name: datasource.name, region: datasource.region }, catalog, null);
    const regulated = new Set(bound.regulatedColumns().map(({ table, attnum }) => `${table.oid}/${attnum}`));
    const views = maskedViews(catalog, (oid, attnum) => regulated.has(`${oid}/${attnum}`));
    return hardeningSql(catalog, views, { datasource: datasource.name, database: catalog.database, role });
  });
}

/** How many regulated columns the account of a connection could read without the gateway. */
export async function readableRegulatedColumns(
  query: UpstreamQuery,
  catalog: Catalog,
  bound: DatasourcePolicy,
): Promise<{ readonly readable: number; readonly regulated: number }> {
  const columns = bound.regulatedColumns().filter(({ table }) => catalog.relationByOid(table.oid)?.system === false);
  if (columns.length === 0) return { readable: 0, regulated: 0 };
  const pairs = columns.map(({ table, attnum }) => `(${table.oid}::pg_catalog.oid, ${attnum}::pg_catalog.int2)`);
  const [row] = await query(`SELECT pg_catalog.count(*) FROM (VALUES ${pairs.join(', ')}) v(relation, attnum)
    WHERE pg_catalog.has_column_privilege(v.relation, v.attnum, 'SELECT')`);
  return { readable: Number(row?.[0] ?? columns.length), regulated: columns.length };
}
