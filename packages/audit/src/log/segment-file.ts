import { randomBytes } from 'node:crypto';
import { close, constants, fdatasync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { EpochMs } from '@bailiwick/domain';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import type { Unsealed } from './recovery.ts';

const fdatasyncAsync = promisify(fdatasync);
const closeAsync = promisify(close);

/** The segment that is being written. */
export class SegmentFile {
  readonly number: number;
  readonly headerHash: Buffer;
  readonly #descriptor: number;
  #bytes: number;

  private constructor(number: number, headerHash: Buffer, descriptor: number, bytes: number) {
    this.number = number;
    this.headerHash = headerHash;
    this.#descriptor = descriptor;
    this.#bytes = bytes;
  }

  /** Makes the file, which must not exist, and writes its header. */
  static create(
    path: string,
    header: {
      readonly number: number;
      readonly createdAt: EpochMs;
      readonly signingKeyId: Buffer;
      readonly previous: Buffer;
    },
  ): SegmentFile {
    const { number, createdAt, signingKeyId, previous } = header;
    const createdMicros = Math.round(createdAt * 1000);
    const bytes = encodeSegmentHeader({ number, createdMicros, id: randomBytes(16), signingKeyId, previous });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
    const file = new SegmentFile(number, bytes.subarray(SEGMENT_HEADER_BYTES - 32), openSync(path, flags, 0o600), 0);
    file.write(bytes, bytes.length);
    return file;
  }

  /** Continues a file that an earlier run did not seal; it was checked and cut to its last whole record. */
  static reopen(path: string, unsealed: Unsealed): SegmentFile {
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND);
    return new SegmentFile(unsealed.number, unsealed.headerHash, descriptor, unsealed.bytes);
  }

  /** Bytes that write(2) took. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends the first `bytes` bytes of `buffer`. */
  write(buffer: Buffer, bytes: number): void {
    for (let at = 0; at < bytes; ) at += writeSync(this.#descriptor, buffer, at, bytes - at);
    this.#bytes += bytes;
  }

  /** Puts everything written on stable storage. */
  sync(): Promise<void> {
    return fdatasyncAsync(this.#descriptor);
  }

  syncNow(): void {
    fdatasyncSync(this.#descriptor);
  }

  /** Call once, and while no sync runs. */
  close(): Promise<void> {
    return closeAsync(this.#descriptor);
  }
}
