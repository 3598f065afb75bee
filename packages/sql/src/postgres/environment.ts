import type { StatementFacts } from '@bailiwick/domain';
import type { Catalog } from '../catalog/catalog.ts';
import type { UnderstandingContext } from '../understand.ts';

/** What one statement may mean: the context, as the statements before it in the same text have changed it. */
export interface Environment {
  readonly catalog: Catalog;
  /** False: `catalog` is empty because none could be read. */
  readonly catalogKnown: boolean;
  /** Schemas in the order of look-up, pg_catalog and pg_temp where the server implies them. */
  readonly path: readonly string[];
  readonly temporaryRelations: ReadonlySet<string>;
  prepared(name: string): StatementFacts | undefined;
  cursor(name: string): StatementFacts | undefined;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The environment of the first statement of a text. */
export function environmentOf(context: UnderstandingContext): Environment {
  return {
    catalog: context.catalog ?? EMPTY_CATALOG,
    catalogKnown: context.catalog !== null,
    path: withImplied(context.searchPath),
    temporaryRelations: context.temporaryRelations ?? NO_NAMES,
    prepared: (name) => context.prepared(name),
    cursor: (name) => context.cursor(name),
  };
}

/** pg_catalog goes first and pg_temp before it, unless the path names them (namespace.c). */
function withImplied(path: readonly string[]): readonly string[] {
  const withCatalog = path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
  return withCatalog.includes('pg_temp') ? withCatalog : ['pg_temp', ...withCatalog];
}

/** Stands for a catalog that is not known: it has no names. */
const EMPTY_CATALOG: Catalog = {
  version: '',
  readAt: 0,
  serverVersion: 0,
  database: '',
  user: '',
  defaultSearchPath: [],
  hasSchema: () => false,
  relation: () => undefined,
  relationByOid: () => undefined,
  relations: () => [][Symbol.iterator](),
  functions: () => [],
  functionByOid: () => undefined,
  operators: () => [],
  type: () => undefined,
  typeByOid: () => undefined,
  cast: () => undefined,
};
