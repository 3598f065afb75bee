import { LOG_CHAIN_PREFIX, type RecordHead } from '../format/record.ts';
import { NO_HASH } from '../format/segment-header.ts';

/** Where one session's chain stands. */
interface ChainEnd {
  readonly sequence: number;
  readonly hash: Buffer;
}

/**
 * Follows every session's chain across segments, in log order. Holds only sessions that have not ended.
 * `whole`: the walk began at the first segment, so each chain must begin at 1. Otherwise a chain may come from a
 * segment that is not here, and is followed from where it is first met.
 */
export class ChainBook {
  readonly #whole: boolean;
  readonly #open = new Map<string, ChainEnd>();
  /** Kept only where the beginning may be missing; otherwise a restart at a later number tells. */
  readonly #ended = new Set<string>();
  /** Sessions whose beginning is in a segment that is not here. */
  continued = 0;
  /** Sessions met. */
  sessions = 0;

  constructor(whole: boolean) {
    this.#whole = whole;
  }

  /** What is wrong with a record's place in its session, in a sentence; null when it follows. Takes it as the new end. */
  follow(head: RecordHead, hash: Buffer): string | null {
    const before = this.#open.get(head.sessionId);
    this.#open.set(head.sessionId, { sequence: head.sequence, hash: Buffer.from(hash) });
    if (before === undefined) return this.#begin(head);
    if (head.sequence !== before.sequence + 1) {
      return `Record ${head.sequence} of the session follows record ${before.sequence}: records are missing or out of order.`;
    }
    if (!head.previous.equals(before.hash)) {
      return `Record ${head.sequence} of the session does not link to record ${before.sequence} as it stands.`;
    }
    return null;
  }

  /** The session wrote its last record. */
  end(sessionId: string): void {
    this.#open.delete(sessionId);
    if (!this.#whole) this.#ended.add(sessionId);
  }

  #begin(head: RecordHead): string | null {
    if (!head.sessionId.startsWith(LOG_CHAIN_PREFIX)) this.sessions += 1;
    if (this.#ended.has(head.sessionId)) return 'The session has records after its end.';
    if (head.sequence === 1) return head.previous.equals(NO_HASH) ? null : 'The first record links to an earlier one.';
    if (!this.#whole) {
      this.continued += 1;
      return null;
    }
    return `The session begins with record ${head.sequence}: it had ended before, or its earlier records are missing.`;
  }
}
