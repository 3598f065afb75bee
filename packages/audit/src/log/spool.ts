import { randomBytes } from 'node:crypto';
import { close, closeSync, constants, fdatasync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Clock, GatewayError, type Log, type Telemetry } from '@bailiwick/domain';
import { RECORD_BYTES_MAX } from '../format/record.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { GroupCommit } from './group-commit.ts';
import type { LogTail, Unsealed } from './recovery.ts';
import type { SegmentFiles } from './segment-files.ts';

const fdatasyncAsync = promisify(fdatasync);

/** Pending bytes beyond this are written without waiting for a flush: memory is bounded by us, not by the peers. */
const PENDING_BYTES_MAX = 256 * 1024;
/** Size of the reused buffer; a larger record gets a larger buffer once. */
const BUFFER_BYTES = 1024 * 1024;
/** Longest time that appended bytes stay in memory, and written bytes off stable storage (SEMANTICS 37). */
const SYNC_DELAY_MS = 5;

export interface SpoolOptions {
  readonly files: SegmentFiles;
  readonly tail: LogTail;
  /** An unsealed file of an earlier run: it is continued, and `sealNow` must be called before anything else is. */
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
 * The file that records go to. Appending is in memory; `flush` is write(2); `durable` is fdatasync, shared by all who
 * wait. The first error of the file system is the last thing that the log does: every later call throws.
 */
export class Spool {
  /** The pending bytes. Records are built in place between `reserve` and `commit`. */
  buffer: Buffer = Buffer.alloc(BUFFER_BYTES);
  /** Hash of the last record of the open segment, or of its header. */
  link: Buffer = Buffer.alloc(0);
  readonly #options: SpoolOptions;
  readonly #commit: GroupCommit;
  #pending = 0;
  #descriptor = -1;
  #number: number;
  #headerHash: Buffer = Buffer.alloc(0);
  #records = 0;
  #fileBytes = 0;
  #written = 0;
  #namesChanged = false;
  #cancelTimer: (() => void) | null = null;
  #failure: GatewayError | null = null;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#number = options.tail.number;
    this.#commit = new GroupCommit({
      sync: () => this.#syncFile(),
      written: () => this.#written,
      onSynced: () => this.#sealWhenFull(),
      onFailure: (cause) => this.#fail(cause),
    });
    if (options.resume === null) this.#openNext(options.tail.hash);
    else this.#reopen(options.resume);
  }

  /** Number of the open segment. */
  get number(): number {
    return this.#number;
  }

  /** Bytes of the open segment that write(2) took. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  get headerHash(): Buffer {
    return this.#headerHash;
  }

  /** Records of the open segment so far. */
  get records(): number {
    return this.#records;
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
      this.#write();
      if (bytes > this.buffer.length) this.buffer = Buffer.alloc(bytes);
    }
    return this.#pending;
  }

  /** Appends the record that was built at `reserve`'s place. */
  commit(bytes: number, hash: Buffer): void {
    this.#pending += bytes;
    this.#records += 1;
    this.link = hash;
    if (this.#pending >= PENDING_BYTES_MAX) this.#write();
    else this.#startTimer();
  }

  /** Hands everything appended to the operating system. */
  flush(): void {
    this.assertUsable();
    if (this.#pending > 0) this.#write();
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

  /** Seals the open segment and begins the next. Blocks until the seal is on stable storage. */
  sealNow(): void {
    this.assertUsable();
    try {
      const descriptor = this.#descriptor;
      const sealHash = this.#seal();
      close(descriptor);
      this.#openNext(sealHash);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Seals the open segment and moves it. Afterwards every call throws. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    await this.#commit.idle();
    if (this.#failure === null) {
      try {
        this.#seal();
        await this.#options.files.syncDirectories();
      } catch (error) {
        throw this.#fail(error);
      }
      this.#failure = new GatewayError('audit-unavailable', 'The audit log is closed.');
    }
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  #write(): void {
    try {
      writeAll(this.#descriptor, this.buffer, this.#pending);
    } catch (error) {
      throw this.#fail(error);
    }
    const { telemetry, onWritten } = this.#options;
    telemetry.count('audit_bytes_total', {}, this.#pending);
    this.#fileBytes += this.#pending;
    this.#written += this.#pending;
    this.#pending = 0;
    if (this.buffer.length > BUFFER_BYTES) this.buffer = Buffer.alloc(BUFFER_BYTES);
    telemetry.set('audit_spool_bytes', {}, this.#fileBytes);
    this.#startTimer();
    onWritten();
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

  async #syncFile(): Promise<void> {
    await fdatasyncAsync(this.#descriptor);
    if (!this.#namesChanged) return;
    this.#namesChanged = false;
    await this.#options.files.syncDirectories();
  }

  /** Runs when a sync has just ended, so that the sync which blocks while sealing has little left to do. */
  #sealWhenFull(): void {
    if (this.#fileBytes >= this.#options.segmentBytesMax) this.sealNow();
  }

  /**
   * The next file is never begun before this one is sealed on stable storage: after a power failure only the newest
   * file can be torn.
   */
  #seal(): Buffer {
    this.#options.appendSeal();
    this.flush();
    fdatasyncSync(this.#descriptor);
    this.#options.files.move(this.#number);
    this.#commit.settle();
    return this.link;
  }

  #openNext(previous: Buffer): void {
    const { files, clock, signingKeyId } = this.#options;
    this.#number += 1;
    const header = encodeSegmentHeader({
      number: this.#number,
      createdMicros: Math.round(clock.now() * 1000),
      id: randomBytes(16),
      signingKeyId,
      previous,
    });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
    this.#descriptor = openSync(files.spoolPath(this.#number), flags, 0o600);
    this.#namesChanged = true;
    writeAll(this.#descriptor, header, header.length);
    this.#headerHash = header.subarray(SEGMENT_HEADER_BYTES - 32);
    this.link = this.#headerHash;
    this.#records = 0;
    this.#fileBytes = SEGMENT_HEADER_BYTES;
    this.#written += SEGMENT_HEADER_BYTES;
  }

  #reopen(unsealed: Unsealed): void {
    this.#number = unsealed.number;
    this.#descriptor = openSync(
      this.#options.files.spoolPath(unsealed.number),
      constants.O_WRONLY | constants.O_APPEND,
    );
    this.#headerHash = unsealed.headerHash;
    this.link = unsealed.lastHash;
    this.#records = unsealed.records;
    this.#fileBytes = unsealed.bytes;
    this.#written = unsealed.bytes;
    this.#namesChanged = true;
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
    this.#options.log.error({ error: code, segment: this.#number }, 'the audit log failed and stays closed');
    this.#commit.fail(this.#failure);
    return this.#failure;
  }
}

function writeAll(descriptor: number, buffer: Buffer, bytes: number): void {
  for (let at = 0; at < bytes; ) at += writeSync(descriptor, buffer, at, bytes - at);
}
