import { closeSync, fstatSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type Clock, GatewayError, type Log, type Telemetry } from '@bailiwick/domain';
import { decodeEvent } from '../format/event-record.ts';
import { decodeRecordHead, HEAD_BYTES_MAX, KIND, trailerBytes } from '../format/record.ts';
import { HASH_BYTES, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import type { SegmentFiles } from '../log/segment-files.ts';
import { FileWindow } from '../read/file-window.ts';
import { walkRecords } from '../read/walk-records.ts';
import { type IndexPosition, IndexStore, type LoggedEvent } from './index-store.ts';

/** One turn of indexing: it shares the event loop with the sessions. */
const BATCH_EVENTS = 250;
const BATCH_BYTES = 4 * 1024 * 1024;
const DELAY_MS = 20;
/** Pause after a failure; doubles until it is the longest. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 60_000;

export interface IndexerOptions {
  readonly path: string;
  readonly files: SegmentFiles;
  /** The open segment, and how many of its bytes were written. */
  readonly written: () => { readonly number: number; readonly bytes: number };
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/**
 * Keeps the index behind the log by reading the log itself, from the position that the index remembers: after a crash,
 * a failure or a deleted index the same path catches up. A failing index never stops the log; its lag shows.
 */
export class Indexer {
  readonly #options: IndexerOptions;
  #store: IndexStore | null = null;
  #running: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  /** When records came that the index does not hold yet; null while it holds everything. */
  #behindSince: number | null;
  #retryMs = RETRY_MS;
  #closed = false;

  constructor(options: IndexerOptions) {
    this.#options = options;
    this.#behindSince = options.clock.now();
  }

  /**
   * Opens the index now rather than at first use. Returns true when it had read records that are not in the log (the
   * log was rolled back); it is then built again.
   */
  open(): boolean {
    try {
      const store = this.#opened();
      if (this.#inLog(store.position)) return false;
      store.reset();
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /** New records were written. */
  poke(): void {
    this.#behindSince ??= this.#options.clock.now();
    this.#startTimer(DELAY_MS);
  }

  /** Resolves with the index when everything written so far is in it. Throws while the index cannot be written. */
  async upToDate(): Promise<IndexStore> {
    const { number, bytes } = this.#options.written();
    for (;;) {
      await this.#run();
      const store = this.#store;
      if (store === null) {
        throw new GatewayError('audit-unavailable', 'The index of the transcript cannot be read at the moment.');
      }
      const { segment, endOffset } = store.position;
      if (segment > number || (segment === number && endOffset >= bytes)) return store;
      if (bytes <= SEGMENT_HEADER_BYTES && segment === number - 1) return store;
    }
  }

  async close(): Promise<void> {
    await this.#run();
    this.#closed = true;
    this.#cancelTimer?.();
    this.#store?.close();
    this.#store = null;
  }

  /** One run at a time; a run ends when it has read everything, or failed. */
  #run(): Promise<void> {
    this.#running ??= this.#catchUp().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #catchUp(): Promise<void> {
    try {
      while (!this.#closed && this.#batch(this.#opened())) await setImmediate();
    } catch (error) {
      this.#failed(error);
    }
    this.#showLag();
  }

  #opened(): IndexStore {
    this.#store ??= new IndexStore(this.#options.path);
    return this.#store;
  }

  /** Takes the next records into the index. False: there are none. */
  #batch(store: IndexStore): boolean {
    const { files, written } = this.#options;
    const live = written();
    const start = this.#nextPlace(store.position, live);
    if (start === null) return false;
    const descriptor = files.open(start.segment);
    if (descriptor === null) throw new Error(`segment ${start.segment} is missing`);
    try {
      const end = start.segment === live.number ? live.bytes : fstatSync(descriptor).size;
      const { events, position } = this.#read(new FileWindow(descriptor, end), start);
      if (position === null) throw new Error(`segment ${start.segment} cannot be read at byte ${start.offset}`);
      store.apply(events, position);
      this.#retryMs = RETRY_MS;
    } finally {
      closeSync(descriptor);
    }
    this.#showLag();
    return true;
  }

  /** Where to read on, or null where nothing new is. */
  #nextPlace(
    position: IndexPosition,
    live: { readonly number: number; readonly bytes: number },
  ): { segment: number; offset: number } | null {
    const { files } = this.#options;
    if (position.segment === live.number) {
      return position.endOffset < live.bytes ? { segment: live.number, offset: position.endOffset } : null;
    }
    if (position.segment > 0) {
      const descriptor = files.open(position.segment);
      if (descriptor !== null) {
        const { size } = fstatSync(descriptor);
        closeSync(descriptor);
        if (position.endOffset < size) return { segment: position.segment, offset: position.endOffset };
      }
    }
    const next = files.sealed().find((number) => number > position.segment) ?? live.number;
    const empty = next === live.number && live.bytes <= SEGMENT_HEADER_BYTES;
    return empty ? null : { segment: next, offset: SEGMENT_HEADER_BYTES };
  }

  #read(
    file: FileWindow,
    start: { readonly segment: number; readonly offset: number },
  ): { events: LoggedEvent[]; position: IndexPosition | null } {
    const events: LoggedEvent[] = [];
    let position: IndexPosition | null = null;
    for (const { offset, head, whole } of walkRecords(file, start.offset)) {
      if (head.kind === KIND.event) {
        const event = decodeEvent(whole(), head);
        const at = head.timeMicros / 1000;
        if (event !== null) events.push({ sessionId: head.sessionId, segment: start.segment, at, event });
      }
      const endOffset = offset + head.length;
      const recordHash = file.view(endOffset - trailerBytes(head.kind), HASH_BYTES).toString('hex');
      position = { segment: start.segment, endOffset, recordOffset: offset, recordHash };
      if (events.length >= BATCH_EVENTS || endOffset - start.offset >= BATCH_BYTES) break;
    }
    return { events, position };
  }

  /** Whether the record that the index read last is still where it was. */
  #inLog(position: IndexPosition): boolean {
    if (position.segment === 0) return true;
    const descriptor = this.#options.files.open(position.segment);
    if (descriptor === null) return false;
    try {
      const file = new FileWindow(descriptor, fstatSync(descriptor).size);
      const head = decodeRecordHead(file.view(position.recordOffset, HEAD_BYTES_MAX));
      if (head === null || position.recordOffset + head.length !== position.endOffset) return false;
      const hash = file.view(position.endOffset - trailerBytes(head.kind), HASH_BYTES);
      return hash.toString('hex') === position.recordHash;
    } finally {
      closeSync(descriptor);
    }
  }

  #failed(error: unknown): void {
    const { telemetry, log } = this.#options;
    telemetry.count('audit_write_failures_total', {});
    // The message of an SQLite error quotes no values: the statements are ours and have parameters.
    log.warn(
      { error: error instanceof Error ? error.message : 'unknown' },
      'the audit index is behind and will be tried again',
    );
    this.#store?.close();
    this.#store = null;
    this.#startTimer(this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
  }

  #startTimer(delayMs: number): void {
    if (this.#closed) return;
    this.#cancelTimer ??= this.#options.clock.after(delayMs, () => {
      this.#cancelTimer = null;
      void this.#run();
    });
  }

  /** How long the index has been without something that was written. */
  #showLag(): void {
    const { clock, telemetry, written } = this.#options;
    const live = written();
    const position = this.#store?.position;
    const behind = position === undefined || position.segment !== live.number || position.endOffset < live.bytes;
    if (behind) this.#behindSince ??= clock.now();
    else this.#behindSince = null;
    const since = this.#behindSince ?? clock.now();
    telemetry.set('audit_lag_seconds', {}, Math.max(0, clock.now() - since) / 1000);
  }
}
