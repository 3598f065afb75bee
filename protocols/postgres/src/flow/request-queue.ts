import type { ExpectedReply } from './expected-reply.ts';
import { type PendingChange, PendingNames } from './pending-names.ts';

/** More requests than this waiting for their replies, and the client is made to wait. */
export const REQUESTS_UNDER_WAY_MAX = 4096;
/** Popped entries are kept up to this many, so that the queue does not move at every reply. */
const POPPED_MAX = 64;

/** Requests that have gone upstream and whose replies have not all arrived, in order. */
export class RequestQueue<P, N> {
  readonly #entries: ExpectedReply<P, N>[] = [];
  #first = 0;
  readonly #pending = new PendingNames<N>();
  #pushed = 0;
  #newestSync = -1;
  #copiesPossible = 0;
  #ends = 0;

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

  /** How many of them the server answers with ReadyForQuery. */
  get ends(): number {
    return this.#ends;
  }

  push(reply: ExpectedReply<P, N>): void {
    if (isEnd(reply)) this.#ends++;
    if (reply.mayCopyIn) this.#copiesPossible++;
    const request = this.#pushed++;
    if (reply.request === 'sync') this.#newestSync = request;
    this.#pending.add(reply.changes, request, reply.request === 'query');
    this.#entries.push(reply);
  }

  /** The head is over. */
  pop(): void {
    const { head } = this;
    if (head?.mayCopyIn) this.#copiesPossible--;
    if (head !== undefined && isEnd(head)) this.#ends--;
    if (head !== undefined) this.#pending.remove(head.changes);
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
    this.#ends -= this.#entries.splice(this.#first + 1, next - this.#first - 1).length;
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
   * what it stood for before. The failure of a Query skips nothing at all. @param confirmed null: there is no such name. @param survives whether a portal
   * outlives its transaction.
   */
  meanings(
    what: 'statement' | 'portal',
    name: string,
    confirmed: N | null,
    survives: (value: N) => boolean,
  ): ReadonlySet<N | null> {
    const meanings = new Set<N | null>();
    let transaction: 'goes on' | 'may end' | 'ends' = 'goes on';
    const add = (value: N | null): void => {
      if (transaction !== 'goes on') meanings.add(value !== null && survives(value) ? value : null);
      if (transaction !== 'ends') meanings.add(value);
    };
    for (const change of this.#pending.of(what, name)) {
      const certain = !this.#mayFailAlone(change);
      if (change.endsTransaction) {
        if (certain) transaction = 'ends';
        else if (transaction === 'goes on') transaction = 'may end';
        continue;
      }
      add(change.value);
      if (certain) return meanings;
    }
    add(confirmed);
    return meanings;
  }

  /** Whether some of them change names, and may fail without all that comes behind them being skipped. */
  get namesOpen(): boolean {
    if (this.#pending.empty) return false;
    for (const change of this.#pending.all()) if (this.#mayFailAlone(change)) return true;
    return false;
  }

  /** The newest Sync that is under way ends the skipping. */
  #mayFailAlone({ request, ofQuery }: PendingChange<N>): boolean {
    return ofQuery || request < this.#newestSync;
  }
}

const isEnd = ({ request }: ExpectedReply<unknown, unknown>): boolean => request === 'sync' || request === 'query';
