import type { ExpectedReply } from './expected-reply.ts';
import { nameKey } from './name-key.ts';

/** More requests than this waiting for their replies, and the client is made to wait. */
export const REQUESTS_UNDER_WAY_MAX = 4096;
/** Popped entries are kept up to this many, so that the queue does not move at every reply. */
const POPPED_MAX = 64;

/** Requests that have gone upstream and whose replies have not all arrived, in order. */
export class RequestQueue<P, N> {
  readonly #entries: ExpectedReply<P, N>[] = [];
  #first = 0;
  #copiesPossible = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** The request that the next server frame answers. */
  get head(): ExpectedReply<P, N> | undefined {
    return this.#entries[this.#first];
  }

  get last(): ExpectedReply<P, N> | undefined {
    return this.length === 0 ? undefined : this.#entries.at(-1);
  }

  /** How many of them may read copy data. */
  get copiesPossible(): number {
    return this.#copiesPossible;
  }

  push(reply: ExpectedReply<P, N>): void {
    if (reply.mayCopyIn) this.#copiesPossible++;
    this.#entries.push(reply);
  }

  /** The head is over. */
  pop(): void {
    if (this.head?.mayCopyIn) this.#copiesPossible--;
    this.#first++;
    if (this.#first > POPPED_MAX && this.#first * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /** Takes what the server skips after an error: everything up to the next Sync, the head first. */
  popToSync(): readonly ExpectedReply<P, N>[] {
    const skipped: ExpectedReply<P, N>[] = [];
    for (let entry = this.head; entry !== undefined && entry.request !== 'sync'; entry = this.head) {
      skipped.push(entry);
      this.pop();
    }
    return skipped;
  }

  /** Takes the Syncs that come directly behind the head. */
  dropSyncsBehindHead(): void {
    let next = this.#first + 1;
    while (this.#entries[next]?.request === 'sync') next++;
    this.#entries.splice(this.#first + 1, next - this.#first - 1);
  }

  /** In order. */
  *[Symbol.iterator](): Iterator<ExpectedReply<P, N>> {
    for (let index = this.#first; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry !== undefined) yield entry;
    }
  }

  /**
   * What a name may stand for when a request that goes upstream now is treated, the most recent meaning first. A change
   * that was sent ahead may fail: then what is behind it is skipped up to Sync, and from there on the name stands for
   * what it stood for before. The failure of a Query skips nothing at all. @param confirmed null: there is no such name.
   */
  meanings(what: 'statement' | 'portal', name: string, confirmed: N | null): ReadonlySet<N | null> {
    const meanings = new Set<N | null>();
    let mayHaveFailed = false;
    for (let index = this.#entries.length - 1; index >= this.#first; index--) {
      const entry = this.#entries[index];
      if (entry === undefined) continue;
      if (entry.request === 'sync') mayHaveFailed = true;
      for (const value of changesOf(entry, what, name)) {
        meanings.add(value);
        if (!mayHaveFailed && entry.request !== 'query') return meanings;
      }
    }
    return meanings.add(confirmed);
  }

  /** Whether some of them change names, and may fail without all that comes behind them being skipped. */
  get namesOpen(): boolean {
    let mayHaveFailed = false;
    for (let index = this.#entries.length - 1; index >= this.#first; index--) {
      const entry = this.#entries[index];
      if (entry?.request === 'sync' || entry?.request === 'query') mayHaveFailed = true;
      if (mayHaveFailed && entry?.changes.some((changes) => changes.length > 0)) return true;
    }
    return false;
  }
}

/** One request's changes to a name, the newest first. */
function* changesOf<N>(
  { changes }: ExpectedReply<unknown, N>,
  what: 'statement' | 'portal',
  name: string,
): Iterable<N | null> {
  const key = nameKey(name);
  for (const list of changes.toReversed())
    for (const change of list.toReversed()) {
      if (change.what === 'transaction' && what === 'portal') yield null;
      else if (change.what === what && (change.name === null || nameKey(change.name) === key)) yield change.value;
    }
}
