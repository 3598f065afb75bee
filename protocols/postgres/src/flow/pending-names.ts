import { nameKey } from './name-key.ts';
import { type NameChange, outlivesAll } from './name-space.ts';

/** A change to a name that the server has not confirmed. */
export interface PendingChange<N> {
  /** Which of all changes it is, counted from 0. */
  readonly order: number;
  /** Which of all requests makes it, counted from 0. */
  readonly request: number;
  /** It is one of a Query, whose failure skips nothing. */
  readonly ofQuery: boolean;
  /** The end of a transaction: portals that outlive it are not touched. */
  readonly endsTransaction: boolean;
  readonly value: N | null;
}

/** The changes to names that are under way, by name: whoever uses one need not look through all requests for it. */
export class PendingNames<N> {
  readonly #byName = new Map<string, PendingChange<N>[]>();
  #order = 0;

  get empty(): boolean {
    return this.#byName.size === 0;
  }

  /** A request goes under way. */
  add(changes: readonly (readonly NameChange<N>[])[], request: number, ofQuery: boolean): void {
    for (const list of changes)
      for (const change of list) {
        const key = keyOf(change);
        const pending = {
          order: this.#order++,
          request,
          ofQuery,
          endsTransaction: change.what === 'transaction',
          value: change.value,
        };
        const known = this.#byName.get(key);
        if (known === undefined) this.#byName.set(key, [pending]);
        else known.push(pending);
      }
  }

  /** The oldest request under way is over; these were its changes. */
  remove(changes: readonly (readonly NameChange<N>[])[]): void {
    for (const list of changes)
      for (const change of list) {
        const key = keyOf(change);
        const known = this.#byName.get(key);
        known?.shift();
        if (known?.length === 0) this.#byName.delete(key);
      }
  }

  /** All changes of all names. */
  *all(): Iterable<PendingChange<N>> {
    for (const changes of this.#byName.values()) yield* changes;
  }

  /** Those that touch a name, the newest first. */
  *of(what: 'statement' | 'portal', name: string): Iterable<PendingChange<N>> {
    const own = this.#byName.get(`${what}\0${nameKey(name)}`) ?? [];
    const every = outlivesAll(what, name) ? [] : (this.#byName.get(ALL[what]) ?? []);
    for (let one = own.length - 1, other = every.length - 1; one >= 0 || other >= 0; ) {
      const takeOwn = (own[one]?.order ?? -1) > (every[other]?.order ?? -1);
      const change = takeOwn ? own[one--] : every[other--];
      if (change !== undefined) yield change;
    }
  }
}

/** No name of one kind has these keys: they have no NUL. */
const ALL = { statement: 'every statement', portal: 'every portal' } as const;

function keyOf({ what, name }: NameChange<unknown>): string {
  if (what === 'transaction') return ALL.portal;
  return name === null ? ALL[what] : `${what}\0${nameKey(name)}`;
}
