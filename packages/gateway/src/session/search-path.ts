import type { SettingChange, TransactionEffect } from '@bailiwick/domain';

/** NAMEDATALEN - 1: the server cuts names there. */
const NAME_BYTES_MAX = 63;
/** scanner_isspace (parser/scansup.c): nothing beyond ASCII is white space to the server. */
const NAME = /[ \t\n\r\f\v]*(?:"((?:[^"]|"")*)"|([^,"]*))[ \t\n\r\f\v]*(?:,|$)/g;

/** A search_path value as the server splits it (SplitIdentifierString): names at commas, folded unless quoted. */
export function parseSearchPath(value: string): readonly string[] {
  const names: string[] = [];
  for (const [, quoted, plain] of value.matchAll(NAME)) {
    if (quoted !== undefined) names.push(truncate(quoted.replaceAll('""', '"')));
    else if (plain !== undefined) {
      const name = plain.replace(/[ \t\n\r\f\v]+$/, '');
      if (name !== '') names.push(truncate(foldAscii(name)));
    }
  }
  return names;
}

/** Under UTF-8 the server folds ASCII letters only (downcase_identifier). */
const foldAscii = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** At a character's border, as pg_mbcliplen does. */
function truncate(name: string): string {
  let cut = name;
  while (Buffer.byteLength(cut) > NAME_BYTES_MAX) cut = [...cut].slice(0, -1).join('');
  return cut;
}

/** The path that names are looked up on: `$user` replaced, pg_temp and pg_catalog where the server implies them. */
export function effectiveSearchPath(path: readonly string[], user: string): readonly string[] {
  const named = path.map((name) => (name === '$user' ? user : name));
  const withCatalog = named.includes('pg_catalog') ? named : ['pg_catalog', ...named];
  return withCatalog.includes('pg_temp') ? withCatalog : ['pg_temp', ...withCatalog];
}

/**
 * The session's search_path. The changes that its statements make are followed. What cannot be followed (a savepoint rolled
 * back, a value that was computed, code that was not analysed) leaves nothing on the path but pg_catalog until the server
 * was asked. PostgreSQL 18 reports the setting, but only ahead of ReadyForQuery: its word counts there, and inside a
 * pipeline the statements' does.
 */
export class SearchPath {
  readonly #initial: readonly string[];
  #current: readonly string[] | null;
  /** Since the transaction's first change; undefined: there was none. */
  #beforeTransaction: readonly string[] | null | undefined;
  /** The value that a COMMIT leaves behind. */
  #session: readonly string[] | null;
  #asked = false;
  /** What the server said last; null: it does not report the setting. */
  #reported: readonly string[] | null;

  /** @param isReported whether the server reports the setting, and `initial` is its word. */
  constructor(initial: readonly string[], isReported: boolean) {
    this.#initial = initial;
    this.#current = initial;
    this.#session = initial;
    this.#reported = isReported ? initial : null;
  }

  /** Not yet effective: as written. Empty where it is not known. */
  get path(): readonly string[] {
    return this.#current ?? [];
  }

  /** It was changed in the transaction that is open: the transaction's end may take that back. */
  get openToRollback(): boolean {
    return this.#beforeTransaction !== undefined;
  }

  /** It is not known, and the server has not been asked yet. */
  get mustAsk(): boolean {
    return this.#current === null && !this.#asked;
  }

  /** The server is being asked: not again before the path has been lost again. */
  asked(): void {
    this.#asked = true;
  }

  /** What the server said when it was asked. @param idle outside a transaction. */
  answer(value: string, idle: boolean): void {
    this.#current = parseSearchPath(value);
    if (idle) this.#session = this.#current;
  }

  /** ParameterStatus named a value. */
  report(value: string): void {
    this.#reported = parseSearchPath(value);
  }

  /** A statement of the session succeeded. */
  complete(settings: readonly SettingChange[], effect: TransactionEffect): void {
    for (const change of settings) {
      if (change.name !== 'search_path') continue;
      this.#remember();
      const value = this.#valueOf(change);
      this.#setCurrent(value);
      if (change.scope === 'session') this.#session = value;
    }
    if (effect === 'rollback-to' && this.#beforeTransaction !== undefined) this.#become(null);
  }

  /** Code ran that was not analysed: it may have set anything. */
  lost(): void {
    this.#remember();
    this.#become(null);
  }

  /** The transaction ended. */
  endTransaction(committed: boolean): void {
    if (!committed && this.#beforeTransaction !== undefined) this.#session = this.#beforeTransaction;
    this.#beforeTransaction = undefined;
    this.#setCurrent(this.#session);
  }

  /** ReadyForQuery: a server that reports the setting has reported every change. @param idle outside a transaction. */
  ready(idle: boolean): void {
    if (this.#reported === null) return;
    this.#current = this.#reported;
    if (idle) this.#session = this.#reported;
  }

  #remember(): void {
    if (this.#beforeTransaction === undefined) this.#beforeTransaction = this.#session;
  }

  #setCurrent(value: readonly string[] | null): void {
    this.#current = value;
    if (value === null) this.#asked = false;
  }

  #become(value: readonly string[] | null): void {
    this.#setCurrent(value);
    this.#session = value;
  }

  #valueOf(change: SettingChange): readonly string[] | null {
    if (!change.certain) return null;
    return change.value === null ? this.#initial : parseSearchPath(change.value);
  }
}
