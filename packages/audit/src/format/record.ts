import { hash } from 'node:crypto';
import { readUint64 } from './numbers.ts';
import { FORMAT_VERSION, HASH_BYTES } from './segment-header.ts';

/** What a record holds. The numbers are the format's (FORMAT.md, "Record kinds"). */
export const KIND = { event: 1, clientFrames: 2, upstreamFrames: 3, key: 4, seal: 5 } as const;
export type RecordKind = (typeof KIND)[keyof typeof KIND];

/** Flags of a frames record; zero in every other kind. */
export const FLAG = {
  /** Both peers saw the same bytes, so both commitments are the same. */
  sameUpstream: 1,
  /** Nonce, ciphertext and tag follow the commitments. */
  body: 2,
  /** The body is what travelled on the client's side, so it can be checked against that commitment. */
  bodyIsClientSide: 4,
} as const;
const FLAGS_KNOWN = 7;

/** Where the fields of a record's head stand. */
export const AT = { length: 0, complement: 4, version: 8, kind: 9, flags: 10, idLength: 11, keyId: 12 } as const;
export const SEQUENCE_AT = 20;
export const TIME_AT = 28;
export const PREVIOUS_AT = 36;
export const LINK_AT = 68;
export const SESSION_ID_AT = 100;
/** Chains of the log itself: one per run of the gateway, for what concerns no session. */
export const LOG_CHAIN_PREFIX = 'log_';
export const KEY_ID_BYTES = 8;
export const SESSION_ID_BYTES_MAX = 64;
/** Largest head: fixed fields and the longest session id. */
export const HEAD_BYTES_MAX: number = SESSION_ID_AT + SESSION_ID_BYTES_MAX;
/** A record is held in memory as a whole, by the writer and by every reader. */
export const RECORD_BYTES_MAX: number = 512 * 1024 * 1024;
/** Bytes of a key record after its hash: nonce, two wrapped keys, tag. They can be erased; the hash covers their digest. */
export const WRAPPED_KEYS_BYTES: number = 12 + 64 + 16;

/** A record's head. Shares no memory with the bytes it was decoded from. */
export interface RecordHead {
  /** Bytes of the whole record. */
  readonly length: number;
  readonly kind: RecordKind;
  readonly flags: number;
  readonly keyId: Buffer;
  /** 1-based and without gaps within a session. */
  readonly sequence: number;
  readonly timeMicros: number;
  /** Hash of the session's previous record; zeros in its first. */
  readonly previous: Buffer;
  /** Hash of the segment's previous record, or of the segment's header. */
  readonly link: Buffer;
  readonly sessionId: string;
  /** Where the payload begins. */
  readonly payloadAt: number;
}

/**
 * Length of the record that begins at the start of `bytes` (at least 8 of them), or null when the length and its
 * complement do not agree or the length is out of bounds. The complement tells an altered length from a torn record.
 */
export function decodeRecordLength(bytes: Buffer): number | null {
  const length = bytes.readUInt32BE(AT.length);
  if ((length ^ bytes.readUInt32BE(AT.complement)) >>> 0 !== 0xffff_ffff) return null;
  return length < SESSION_ID_AT + 1 + HASH_BYTES || length > RECORD_BYTES_MAX ? null : length;
}

/** Decodes a head from the start of `bytes`, which may be cut anywhere behind it; null where it is not a head. */
export function decodeRecordHead(bytes: Buffer): RecordHead | null {
  if (bytes.length < SESSION_ID_AT + 1) return null;
  const length = decodeRecordLength(bytes);
  if (length === null || bytes[AT.version] !== FORMAT_VERSION) return null;
  const kind = recordKind(bytes.readUInt8(AT.kind));
  const flags = bytes.readUInt8(AT.flags);
  const idLength = bytes.readUInt8(AT.idLength);
  const payloadAt = SESSION_ID_AT + idLength;
  if (kind === null || flags > FLAGS_KNOWN || idLength === 0 || idLength > SESSION_ID_BYTES_MAX) return null;
  if (bytes.length < payloadAt || length < payloadAt + trailerBytes(kind)) return null;
  if (flags !== 0 && kind !== KIND.clientFrames && kind !== KIND.upstreamFrames) return null;
  return {
    length,
    kind,
    flags,
    keyId: Buffer.from(bytes.subarray(AT.keyId, AT.keyId + KEY_ID_BYTES)),
    sequence: readUint64(bytes, SEQUENCE_AT),
    timeMicros: readUint64(bytes, TIME_AT),
    previous: Buffer.from(bytes.subarray(PREVIOUS_AT, PREVIOUS_AT + HASH_BYTES)),
    link: Buffer.from(bytes.subarray(LINK_AT, LINK_AT + HASH_BYTES)),
    sessionId: bytes.toString('latin1', SESSION_ID_AT, payloadAt),
    payloadAt,
  };
}

/** Bytes behind the payload: the hash and, in a key record, the wrapped keys. */
export function trailerBytes(kind: RecordKind): number {
  return kind === KIND.key ? HASH_BYTES + WRAPPED_KEYS_BYTES : HASH_BYTES;
}

/** The payload of a whole record, as a view. */
export function recordPayload(record: Buffer, head: RecordHead): Buffer {
  return record.subarray(head.payloadAt, head.length - trailerBytes(head.kind));
}

/** The hash that a whole record states, as a view. */
export function statedHash(record: Buffer, head: RecordHead): Buffer {
  const at = head.length - trailerBytes(head.kind);
  return record.subarray(at, at + HASH_BYTES);
}

/** The hash that a whole record should state: SHA-256 over everything before it. */
export function computeHash(record: Buffer, head: RecordHead): Buffer {
  return hash('sha256', record.subarray(0, head.length - trailerBytes(head.kind)), 'buffer');
}

function recordKind(value: number): RecordKind | null {
  switch (value) {
    case KIND.event:
    case KIND.clientFrames:
    case KIND.upstreamFrames:
    case KIND.key:
    case KIND.seal:
      return value;
    default:
      return null;
  }
}
