/** Entries asked of a store at a time. */
const FETCH_ROWS = 500;
/** Fetches that one page may cost where most entries are not the caller's to see. */
const FETCHES_MAX = 20;

/** One page of a list: what the caller may see, and where the next page begins; null: there is none. */
export interface Page<Entry> {
  readonly items: readonly Entry[];
  readonly next: string | null;
}

/**
 * Gathers up to `limit` visible entries from a store that knows nothing of visibility. A page may hold fewer although
 * there are more: then `next` says where to go on.
 */
export async function collectPage<Entry>(source: {
  readonly fetch: (limit: number, after: string | undefined) => Promise<readonly Entry[]>;
  readonly positionOf: (entry: Entry) => string;
  readonly visible: (entry: Entry) => boolean | Promise<boolean>;
  readonly limit: number;
  readonly after: string | undefined;
}): Promise<Page<Entry>> {
  const items: Entry[] = [];
  let after = source.after;
  for (let fetches = 0; fetches < FETCHES_MAX; fetches += 1) {
    const rows = await source.fetch(FETCH_ROWS, after);
    for (const [index, entry] of rows.entries()) {
      after = source.positionOf(entry);
      if (!(await source.visible(entry))) continue;
      items.push(entry);
      if (items.length < source.limit) continue;
      const atEnd = index === rows.length - 1 && rows.length < FETCH_ROWS;
      return { items, next: atEnd ? null : after };
    }
    if (rows.length < FETCH_ROWS) return { items, next: null };
  }
  return { items, next: after ?? null };
}
