import type { StatementFacts } from '@bailiwick/domain';
import { type Catalog, understandPostgres } from '@bailiwick/sql';
import { LRUCache } from 'lru-cache';

const ENTRIES_MAX = 5_000;
/** Longer texts are understood each time rather than kept. */
const CACHED_SQL_LENGTH_MAX = 16_384;

/** Names of one session that give SQL its meaning. */
export interface SessionNames {
  prepared(name: string): StatementFacts | undefined;
  cursor(name: string): StatementFacts | undefined;
}

/**
 * Facts by text, catalog version and search path. Facts hold nothing of identities or rules, so sessions share them;
 * those that depended on a session's own names are not kept.
 */
export class FactsCache {
  readonly #entries = new LRUCache<string, readonly StatementFacts[]>({ max: ENTRIES_MAX });

  /** Throws `UnparsedError`. Equal inputs give the same array, which decisions are cached by. */
  understand(
    sql: string,
    catalog: Catalog | null,
    searchPath: readonly string[],
    names: SessionNames,
  ): readonly StatementFacts[] {
    const key = `${catalog?.version ?? ''}\0${searchPath.join('\0')}\0\0${sql}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    let ofThisSession = false;
    const facts = understandPostgres(sql, {
      catalog,
      searchPath,
      prepared: (name) => {
        ofThisSession = true;
        return names.prepared(name);
      },
      cursor: (name) => {
        ofThisSession = true;
        return names.cursor(name);
      },
    });
    if (!ofThisSession && sql.length <= CACHED_SQL_LENGTH_MAX) this.#entries.set(key, facts);
    return facts;
  }
}
