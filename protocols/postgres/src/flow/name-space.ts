import { ProtocolError } from '@bailiwick/wire';
import { nameKey } from './name-key.ts';

/** More prepared statements and portals than this in one session, and it is ended. */
export const NAMES_MAX = 20_000;

/** A change to the names that the wire and SQL share: prepared statements and portals (cursors). */
export type NameChange<N> =
  | { readonly what: 'statement' | 'portal'; readonly name: string; readonly value: N }
  /** Gone. `name` null: every one of them. */
  | { readonly what: 'statement' | 'portal'; readonly name: string | null; readonly value: null }
  /** COMMIT or ROLLBACK inside a text or a pipeline: portals end with the transaction. */
  | { readonly what: 'transaction'; readonly name: null; readonly value: null };

/** DEALLOCATE ALL and DISCARD ALL leave the unnamed statement, which is kept apart (postgres.c, unnamed_stmt_psrc). */
export const outlivesAll = (what: 'statement' | 'portal', name: string): boolean => what === 'statement' && name === '';

/**
 * Prepared statements and portals as the server has them: a change counts here when the server has confirmed it, because
 * a request that the server skipped changes nothing. `SessionFlow.find` looks at those under way as well.
 */
export class NameSpace<N> {
  readonly #statements = new Map<string, N>();
  readonly #portals = new Map<string, N>();
  readonly #survives: (value: N) => boolean;

  /** @param survives whether a portal outlives its transaction (cursors WITH HOLD). */
  constructor(survives: (value: N) => boolean) {
    this.#survives = survives;
  }

  /** The value under a name as far as the server has confirmed it. Undefined: no such name that we know of. */
  get(what: 'statement' | 'portal', name: string): N | undefined {
    return this.#map(what).get(nameKey(name));
  }

  /** The server has confirmed the change. Throws `ProtocolError` where there are too many names. */
  apply(change: NameChange<N>): void {
    if (change.what === 'transaction') {
      this.endTransaction();
      return;
    }
    const map = this.#map(change.what);
    if (change.name === null) this.#clear(change.what);
    else if (change.value === null) map.delete(nameKey(change.name));
    else map.set(nameKey(change.name), change.value);
    if (this.size > NAMES_MAX)
      throw new ProtocolError('too-large', 'Parse', 0, 'too many prepared statements and portals');
  }

  /** Portals end with their transaction, but for those that survive it. */
  endTransaction(): void {
    for (const [name, value] of this.#portals) if (!this.#survives(value)) this.#portals.delete(name);
  }

  /** Replaces every value: after something ran that may have changed what names stand for. */
  mapAll(map: (what: 'statement' | 'portal', value: N) => N): void {
    for (const [name, value] of this.#statements) this.#statements.set(name, map('statement', value));
    for (const [name, value] of this.#portals) this.#portals.set(name, map('portal', value));
  }

  /** How many names there are, for limits. */
  get size(): number {
    return this.#statements.size + this.#portals.size;
  }

  #clear(what: 'statement' | 'portal'): void {
    const map = this.#map(what);
    for (const name of map.keys()) if (!outlivesAll(what, name)) map.delete(name);
  }

  #map(what: 'statement' | 'portal'): Map<string, N> {
    return what === 'statement' ? this.#statements : this.#portals;
  }
}
