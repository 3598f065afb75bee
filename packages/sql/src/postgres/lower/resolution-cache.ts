import type { Catalog } from '../../catalog/catalog.ts';

/** Resolutions kept a catalog. What can be asked is bounded by its names and types, not by what clients write. */
const ENTRIES_MAX = 20_000;

const caches = new WeakMap<Catalog, Map<string, unknown>>();

/**
 * Remembers what a name with argument types means in one catalog: an `=` alone has some sixty candidates. Undefined
 * results are not kept, so that names which do not exist take no room. `T` must belong to the `kind` of key.
 */
export function remembered<T extends object>(
  catalog: Catalog,
  kind: 'function' | 'operator',
  key: string,
  resolve: () => T | undefined,
): T | undefined {
  const cache = caches.get(catalog) ?? new Map<string, unknown>();
  caches.set(catalog, cache);
  const full = `${kind} ${key}`;
  const known = cache.get(full);
  if (known !== undefined) return known as T;
  const resolved = resolve();
  if (resolved === undefined) return undefined;
  if (cache.size >= ENTRIES_MAX) cache.clear();
  cache.set(full, resolved);
  return resolved;
}
