import { type KeyObject, sign, verify } from 'node:crypto';
import { readUint64, writeUint64 } from './numbers.ts';
import { type RecordHead, recordPayload } from './record.ts';

const SIGNATURE_BYTES = 64;
const COUNT_BYTES = 8;
export const SEAL_PAYLOAD_BYTES: number = COUNT_BYTES + SIGNATURE_BYTES;
/** Keeps a seal's signature from being taken for a signature over anything else. */
const CONTEXT = Buffer.from('bailiwick audit seal v1\0', 'latin1');

/**
 * Writes a seal's payload at `payloadAt` of the record that begins at `recordAt`: how many records stand before it,
 * then an Ed25519 signature over context ‖ segment header hash ‖ the record up to the signature. The record's link is
 * the hash of the record before it, so the signature covers the whole segment.
 */
export function writeSeal(
  buffer: Buffer,
  recordAt: number,
  payloadAt: number,
  records: number,
  headerHash: Buffer,
  key: KeyObject,
): void {
  writeUint64(buffer, payloadAt, records);
  const signatureAt = payloadAt + COUNT_BYTES;
  const signed = Buffer.concat([CONTEXT, headerHash, buffer.subarray(recordAt, signatureAt)]);
  sign(null, signed, key).copy(buffer, signatureAt);
}

/** What is wrong with a seal record, in a sentence; null when it is right. `key` null: the signature is not checked. */
export function faultOfSeal(
  record: Buffer,
  head: RecordHead,
  records: number,
  headerHash: Buffer,
  key: KeyObject | null,
): string | null {
  const payload = recordPayload(record, head);
  if (payload.length !== SEAL_PAYLOAD_BYTES) return 'The seal has the wrong size.';
  if (readUint64(payload, 0) !== records) {
    return `The seal counts ${readUint64(payload, 0)} records and the segment holds ${records}.`;
  }
  if (key === null) return null;
  const signed = Buffer.concat([CONTEXT, headerHash, record.subarray(0, head.payloadAt + COUNT_BYTES)]);
  return verify(null, signed, key, payload.subarray(COUNT_BYTES)) ? null : 'The signature of the seal does not verify.';
}
