import type { SettingChange, TransactionEffect } from '@bailiwick/domain';

/** A search_path value as the server splits it: names at commas, folded to lower case unless quoted. */
export function parseSearchPath(value: string): readonly string[] {
  const names: string[] = [];
  for (const [, quoted, plain] of value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"]*))\s*(?:,|$)/g)) {
    if (quoted !== undefined) names.push(quoted.replaceAll('""', '"'));
    else if (plain !== undefined && plain.trim() !== '') names.push(plain.trim().toLowerCase());
  }
  return names;
}

/** The path that names are looked up on: `$user` replaced, pg_temp and pg_catalog where the server implies them. */
export function effectiveSearchPath(path: readonly string[], user: string): readonly string[] {
  const named = path.map((name) => (name === '$user' ? user : name));
  const withCatalog = named.includes('pg_catalog') ? named : ['pg_catalog', ...named];
  return withCatalog.includes('pg_temp') ? withCatalog : ['pg_temp', ...withCatalog];
}

/**
 * The session's search_path. PostgreSQL 18 reports it, and its word counts; for older servers the changes that the
 * session makes are followed. What cannot be followed (a savepoint rolled back, a value that was computed) leaves
 * nothing on the path but pg_catalog, so that unqualified names are unproven until it is known again.
 */
export class SearchPath {
  readonly #initial: readonly string[];
  #current: readonly string[] | null;
  #beforeTransaction: readonly string[] | null | undefined;
  /** The value that a COMMIT leaves behind. */
  #session: readonly string[] | null;
  #reported = false;

  constructor(initial: readonly string[]) {
    this.#initial = initial;
    this.#current = initial;
    this.#session = initial;
  }

  /** Not yet effective: as written. Empty where it is not known. */
  get path(): readonly string[] {
    return this.#current ?? [];
  }

  /** ParameterStatus named a value. */
  report(value: string): void {
    this.#reported = true;
    this.#current = parseSearchPath(value);
  }

  /** A statement of the session succeeded. @param inTransaction whether a transaction block is open around it. */
  complete(settings: readonly SettingChange[], effect: TransactionEffect, inTransaction: boolean): void {
    if (this.#reported) return;
    for (const change of settings) {
      if (change.name !== 'search_path') continue;
      if (inTransaction && this.#beforeTransaction === undefined) this.#beforeTransaction = this.#session;
      const value = this.#valueOf(change);
      this.#current = value;
      if (change.scope === 'session') this.#session = value;
    }
    if (effect === 'rollback-to' && this.#beforeTransaction !== undefined) this.#current = null;
  }

  /** The transaction ended. */
  endTransaction(committed: boolean): void {
    if (this.#reported) return;
    if (!committed && this.#beforeTransaction !== undefined) this.#session = this.#beforeTransaction;
    this.#beforeTransaction = undefined;
    this.#current = this.#session;
  }

  #valueOf(change: SettingChange): readonly string[] | null {
    if (!change.certain && change.value === null) return null;
    return change.value === null ? this.#initial : parseSearchPath(change.value);
  }
}
