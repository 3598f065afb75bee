import { createHash } from 'node:crypto';
import type { Catalog } from './catalog.ts';
import { type CatalogContent, MemoryCatalog } from './memory-catalog.ts';

const FORMAT = 'bailiwick-catalog/2';
const LISTS = ['schemas', 'relations', 'functions', 'operators', 'types', 'casts'] as const;

/** A catalog as one JSON document, for `discover --snapshot` and tests. Throws for a catalog of another make. */
export function catalogToJson(catalog: Catalog): string {
  if (!(catalog instanceof MemoryCatalog)) throw new TypeError('only a catalog that was read can be written');
  return JSON.stringify({ format: FORMAT, version: catalog.version, readAt: catalog.readAt, ...catalog.content });
}

/**
 * The catalog that `catalogToJson` wrote. A document without `version` gets one from its content, without `readAt`
 * the epoch. Throws a `SyntaxError` for what is not such a document; the entries' own shapes are trusted.
 */
export function catalogFromJson(json: string): Catalog {
  const document: unknown = JSON.parse(json);
  if (!isSnapshot(document)) throw new SyntaxError(`not a catalog snapshot (${FORMAT})`);
  const { version, readAt = 0, ...content } = document;
  return new MemoryCatalog(content, version ?? createHash('sha256').update(json).digest('hex'), readAt);
}

type Snapshot = CatalogContent & { readonly version?: string; readonly readAt?: number };

function isSnapshot(document: unknown): document is Snapshot {
  if (typeof document !== 'object' || document === null) return false;
  const fields = document as Readonly<Record<string, unknown>>;
  return (
    fields.format === FORMAT &&
    typeof fields.serverVersion === 'number' &&
    typeof fields.database === 'string' &&
    typeof fields.user === 'string' &&
    Array.isArray(fields.defaultSearchPath) &&
    LISTS.every((list) => Array.isArray(fields[list]))
  );
}
