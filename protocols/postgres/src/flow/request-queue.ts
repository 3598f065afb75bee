import type { ExpectedReply } from './expected-reply.ts';
import type { NameChange } from './name-space.ts';

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

  /** What the newest of them makes of a name: null is gone, undefined is that none of them touches it. */
  changeTo(what: 'statement' | 'portal', name: string): N | null | undefined {
    for (let index = this.#entries.length - 1; index >= this.#first; index--) {
      const change = lastChange(this.#entries[index]?.changes ?? [], what, name);
      if (change !== undefined) return change;
    }
    return undefined;
  }
}

/** The newest change to a name among one request's: null is gone, undefined is untouched. */
function lastChange<N>(
  changes: readonly (readonly NameChange<N>[])[],
  what: 'statement' | 'portal',
  name: string,
): N | null | undefined {
  for (let list = changes.length - 1; list >= 0; list--) {
    const inner = changes[list] ?? [];
    for (let index = inner.length - 1; index >= 0; index--) {
      const change = inner[index];
      if (change?.what === 'transaction' && what === 'portal') return null;
      if (change?.what !== what || (change.name !== null && change.name !== name)) continue;
      return change.value;
    }
  }
  return undefined;
}
