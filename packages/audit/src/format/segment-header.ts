import { hash } from 'node:crypto';
import { readUint64, writeUint64 } from './numbers.ts';

/** First eight bytes of every segment and spool file. */
export const MAGIC: Buffer = Buffer.from('BWAUDIT\n', 'latin1');
/** Version of the layout that FORMAT.md describes. A reader refuses any other. */
export const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 144;
export const HASH_BYTES = 32;
/** Stands where there is nothing before: the first segment's predecessor, a session's first record. */
export const NO_HASH: Buffer = Buffer.alloc(HASH_BYTES);

/** What opens a segment (FORMAT.md, "Segment header"). */
export interface SegmentHeader {
  /** 1-based place of the segment in the log. */
  readonly number: number;
  readonly createdMicros: number;
  /** 16 random bytes. */
  readonly id: Buffer;
  /** SHA-256 of the DER of the Ed25519 public key that will sign the seal. */
  readonly signingKeyId: Buffer;
  /** Hash of the previous segment's seal; zeros in the first segment. */
  readonly previous: Buffer;
  /** SHA-256 of the header before this field. */
  readonly hash: Buffer;
}

/** Encodes a header; computes its hash. */
export function encodeSegmentHeader(header: Omit<SegmentHeader, 'hash'>): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt16BE(FORMAT_VERSION, 8);
  bytes.writeUInt16BE(SEGMENT_HEADER_BYTES, 10);
  writeUint64(bytes, 16, header.number);
  writeUint64(bytes, 24, header.createdMicros);
  header.id.copy(bytes, 32);
  header.signingKeyId.copy(bytes, 48);
  header.previous.copy(bytes, 80);
  hash('sha256', bytes.subarray(0, 112), 'buffer').copy(bytes, 112);
  return bytes;
}

/** Decodes a header, or says in a sentence what is wrong with it. The result does not share memory with `bytes`. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | string {
  if (bytes.length < SEGMENT_HEADER_BYTES) return 'The file is too short to hold a segment header.';
  if (!bytes.subarray(0, 8).equals(MAGIC)) return 'The file does not begin as a segment does.';
  const version = bytes.readUInt16BE(8);
  if (version !== FORMAT_VERSION)
    return `The segment has format version ${version}; this reader knows ${FORMAT_VERSION}.`;
  const expected = hash('sha256', bytes.subarray(0, 112), 'buffer');
  if (!expected.equals(bytes.subarray(112, SEGMENT_HEADER_BYTES))) return 'The segment header was altered.';
  if (bytes.readUInt16BE(10) !== SEGMENT_HEADER_BYTES || bytes.readUInt32BE(12) !== 0) {
    return 'The segment header has fields that this version does not define.';
  }
  return {
    number: readUint64(bytes, 16),
    createdMicros: readUint64(bytes, 24),
    id: Buffer.from(bytes.subarray(32, 48)),
    signingKeyId: Buffer.from(bytes.subarray(48, 80)),
    previous: Buffer.from(bytes.subarray(80, 112)),
    hash: expected,
  };
}
