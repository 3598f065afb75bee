import type { Clock } from '@bailiwick/domain';
import type { Catalog, CatalogSource } from './catalog.ts';

/** Reads a snapshot of a PostgreSQL database's names (15 and newer). Rejects when a query fails. */
export function readPostgresCatalog(_source: CatalogSource, _clock: Clock): Promise<Catalog> {
  return Promise.reject(new Error('not there yet'));
}
