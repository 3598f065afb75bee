import { type Clock, GatewayError, type Log, type Telemetry } from '@bailiwick/domain';
import { RECORD_BYTES_MAX } from '../format/record.ts';
import { GroupCommit } from './group-commit.ts';
import type { LogTail, Unsealed } from './recovery.ts';
import { SegmentFile } from './segment-file.ts';
import type { SegmentFiles } from './segment-files.ts';

/** Pending bytes beyond this are written without waiting for a flush: memory is bounded by us, not by the peers. */
const PENDING_BYTES_MAX = 256 * 1024;
/** Size of the reused buffer; a larger record gets a larger buffer once. */
const BUFFER_BYTES = 1024 * 1024;
/** Longest time that appended bytes stay in memory, and written bytes off stable storage (SEMANTICS 37). */
const SYNC_DELAY_MS = 5;

export interface SpoolOptions {
  readonly files: SegmentFiles;
  readonly tail: LogTail;
  /** An unsealed file of an earlier run: it is continued until the first seal. */
  readonly resume: Unsealed | null;
  readonly signingKeyId: Buffer;
  readonly segmentBytesMax: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** Appends the seal of the open segment. */
  readonly appendSeal: () => void;
  /** Told after bytes were written, so that readers of the log follow. */
  readonly onWritten: () => void;
}

/**
 * Where records go. Appending is in memory; `flush` is write(2); `durable` is fdatasync, shared by all who wait. The
 * first error of the file system is the last thing that the log does: every later call throws.
 */
export class Spool {
  /** The pending bytes. Records are built in place between `reserve` and `commit`. */
  buffer: Buffer = Buffer.alloc(BUFFER_BYTES);
  /** Hash of the last record of the open segment, or of its header. */
  link: Buffer;
  /** Records of the open segment so far. */
  records: number;
  readonly #options: SpoolOptions;
  readonly #commit: GroupCommit;
  #file: SegmentFile;
  #pending = 0;
  /** Bytes that write(2) took since the log was opened. */
  #written = 0;
  /** A name was made or moved that is not on stable storage yet. */
  #namesChanged = true;
  #cancelTimer: (() => void) | null = null;
  #failure: GatewayError | null = null;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#commit = new GroupCommit({
      sync: () => this.#sync(),
      written: () => this.#written,
      onSynced: () => {
        if (this.#file.bytes >= options.segmentBytesMax) this.sealNow();
      },
      onFailure: (cause) => this.#fail(cause),
    });
    const { resume, tail, files } = options;
    if (resume === null) this.#file = this.#create(tail.number + 1, tail.hash);
    else this.#file = SegmentFile.reopen(files.spoolPath(resume.number), resume);
    this.link = resume?.lastHash ?? this.#file.headerHash;
    this.records = resume?.records ?? 0;
    this.#written = this.#file.bytes;
  }

  /** Number of the open segment. */
  get number(): number {
    return this.#file.number;
  }

  /** Bytes of the open segment that write(2) took. */
  get fileBytes(): number {
    return this.#file.bytes;
  }

  get headerHash(): Buffer {
    return this.#file.headerHash;
  }

  /** Throws when the log failed earlier. */
  assertUsable(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Makes room for a record in `buffer` and returns where it begins. Nothing is appended before `commit`. */
  reserve(bytes: number): number {
    this.assertUsable();
    if (bytes > RECORD_BYTES_MAX) {
      throw new GatewayError('too-large', `A record of ${bytes} bytes is over the limit of ${RECORD_BYTES_MAX}.`);
    }
    if (this.#pending + bytes > this.buffer.length) {
      this.flush();
      if (bytes > this.buffer.length) this.buffer = Buffer.alloc(bytes);
    }
    return this.#pending;
  }

  /** Appends the record that was built at `reserve`'s place. */
  commit(bytes: number, hash: Buffer): void {
    this.#pending += bytes;
    this.records += 1;
    this.link = hash;
    if (this.#pending >= PENDING_BYTES_MAX) this.flush();
    else this.#startTimer();
  }

  /** Hands everything appended to the operating system. */
  flush(): void {
    this.assertUsable();
    if (this.#pending === 0) return;
    try {
      this.#file.write(this.buffer, this.#pending);
    } catch (error) {
      throw this.#fail(error);
    }
    const { telemetry, onWritten } = this.#options;
    telemetry.count('audit_bytes_total', {}, this.#pending);
    telemetry.set('audit_spool_bytes', {}, this.#file.bytes);
    this.#written += this.#pending;
    this.#pending = 0;
    if (this.buffer.length > BUFFER_BYTES) this.buffer = Buffer.alloc(BUFFER_BYTES);
    this.#startTimer();
    onWritten();
  }

  /** Resolves when everything appended so far is on stable storage. */
  durable(): Promise<void> {
    try {
      this.flush();
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#commit.wait();
  }

  /**
   * Seals the open segment and begins the next. Runs when a sync has just ended (or none has begun), so that the one
   * that blocks here has little left to do.
   */
  sealNow(): void {
    this.assertUsable();
    try {
      const sealed = this.#file;
      this.#seal();
      this.#file = this.#create(sealed.number + 1, this.link);
      this.#written += this.#file.bytes;
      this.#namesChanged = true;
      this.link = this.#file.headerHash;
      this.records = 0;
      sealed.close().catch((error: unknown) => this.#fail(error));
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Seals the open segment as soon as no sync runs. */
  async seal(): Promise<void> {
    while (this.#commit.running !== null) await this.#commit.running;
    this.sealNow();
  }

  /** Seals the open segment and moves it. Afterwards every call throws; closing again does nothing. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    while (this.#commit.running !== null) await this.#commit.running;
    if (this.#failure !== null) return;
    try {
      this.#seal();
      this.#failure = new GatewayError('audit-unavailable', 'The audit log is closed.');
      await this.#options.files.syncDirectories();
      await this.#file.close();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** One timer for both: what is pending is written, what is written is synced. */
  #startTimer(): void {
    this.#cancelTimer ??= this.#options.clock.after(SYNC_DELAY_MS, () => {
      this.#cancelTimer = null;
      if (this.#failure !== null) return;
      try {
        this.flush();
      } catch {
        return; // The failure is kept: every later call throws it.
      }
      this.#commit.request();
    });
  }

  async #sync(): Promise<void> {
    const namesChanged = this.#namesChanged;
    await this.#file.sync();
    if (!namesChanged) return;
    await this.#options.files.syncDirectories();
    this.#namesChanged = false;
  }

  /**
   * The next file is never begun before this one is sealed on stable storage: after a power failure only the newest
   * file can be torn.
   */
  #seal(): void {
    this.#options.appendSeal();
    this.flush();
    this.#file.syncNow();
    this.#options.files.move(this.#file.number);
    this.#commit.settle();
  }

  #create(number: number, previous: Buffer): SegmentFile {
    const { files, clock, signingKeyId } = this.#options;
    const header = { number, createdAt: clock.now(), signingKeyId, previous };
    return SegmentFile.create(files.spoolPath(number), header);
  }

  #fail(cause: unknown): GatewayError {
    if (this.#failure !== null) return this.#failure;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    this.#failure = new GatewayError(
      'audit-unavailable',
      'The transcript cannot be written, so nothing runs.',
      'an operator must look at the audit spool and restart the gateway',
    );
    this.#options.telemetry.count('audit_write_failures_total', {});
    this.#options.log.error({ error: code, segment: this.number }, 'the audit log failed and stays closed');
    this.#commit.fail(this.#failure);
    return this.#failure;
  }
}
