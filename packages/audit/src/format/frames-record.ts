import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { writeUint64 } from './numbers.ts';
import { FLAG, type RecordHead, recordPayload } from './record.ts';
import { HASH_BYTES } from './segment-header.ts';
import type { SessionKeys } from './session-keys.ts';

const CIPHER = 'aes-256-gcm';
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** Type byte and length field of one frame. */
export const FRAME_HEADER_BYTES = 5;
const COUNT_BYTES = 4;

/** Payload of a frames record (FORMAT.md, "Frames"). Buffers are views of the record. */
export interface FramesPayload {
  /** 5 bytes a frame. */
  readonly headers: Buffer;
  readonly upstreamCommitment: Buffer;
  readonly clientCommitment: Buffer;
  /** Null where the body is not kept. */
  readonly body: { readonly nonce: Buffer; readonly ciphertext: Buffer; readonly tag: Buffer } | null;
}

/** Payload bytes of a run with `headerBytes` of frame headers and, unless null, `bodyBytes` of body. */
export function framesPayloadBytes(headerBytes: number, bodyBytes: number | null): number {
  return COUNT_BYTES + headerBytes + 2 * HASH_BYTES + (bodyBytes === null ? 0 : NONCE_BYTES + bodyBytes + TAG_BYTES);
}

/** HMAC-SHA-256 under the session's commitment key over sequence ‖ bytes: equal bytes do not show as equal. */
export function commit(keys: SessionKeys, sequence: number, bytes: readonly Buffer[]): Buffer {
  const mac = createHmac('sha256', keys.commitment);
  const prefix = Buffer.allocUnsafe(8);
  writeUint64(prefix, 0, sequence);
  mac.update(prefix);
  for (const part of bytes) mac.update(part);
  return mac.digest();
}

/** Writes count, frame headers and commitments at `at`; returns where the body begins. */
export function writeFramesHead(buffer: Buffer, at: number, headers: Buffer, upstream: Buffer, client: Buffer): number {
  buffer.writeUInt32BE(headers.length / FRAME_HEADER_BYTES, at);
  headers.copy(buffer, at + COUNT_BYTES);
  const commitmentsAt = at + COUNT_BYTES + headers.length;
  upstream.copy(buffer, commitmentsAt);
  client.copy(buffer, commitmentsAt + HASH_BYTES);
  return commitmentsAt + 2 * HASH_BYTES;
}

/**
 * Encrypts `parts` straight into the record at `bodyAt`. Associated data is everything of the record before the body,
 * from `recordAt`: version, session, sequence, previous hash, frame headers and commitments among it.
 */
export function writeBody(
  buffer: Buffer,
  recordAt: number,
  bodyAt: number,
  keys: SessionKeys,
  nonce: Buffer,
  parts: readonly Buffer[],
): void {
  const cipher = createCipheriv(CIPHER, keys.body, nonce);
  cipher.setAAD(buffer.subarray(recordAt, bodyAt));
  nonce.copy(buffer, bodyAt);
  let at = bodyAt + NONCE_BYTES;
  for (const part of parts) at += cipher.update(part).copy(buffer, at);
  cipher.final();
  cipher.getAuthTag().copy(buffer, at);
}

/** Decodes the payload of a frames record; null where its parts do not fit its length. */
export function decodeFrames(record: Buffer, head: RecordHead): FramesPayload | null {
  const payload = recordPayload(record, head);
  if (payload.length < COUNT_BYTES) return null;
  const commitmentsAt = COUNT_BYTES + payload.readUInt32BE(0) * FRAME_HEADER_BYTES;
  const bodyAt = commitmentsAt + 2 * HASH_BYTES;
  if (bodyAt > payload.length) return null;
  const hasBody = (head.flags & FLAG.body) !== 0;
  if (hasBody ? payload.length < bodyAt + NONCE_BYTES + TAG_BYTES : payload.length !== bodyAt) return null;
  return {
    headers: payload.subarray(COUNT_BYTES, commitmentsAt),
    upstreamCommitment: payload.subarray(commitmentsAt, commitmentsAt + HASH_BYTES),
    clientCommitment: payload.subarray(commitmentsAt + HASH_BYTES, bodyAt),
    body: hasBody
      ? {
          nonce: payload.subarray(bodyAt, bodyAt + NONCE_BYTES),
          ciphertext: payload.subarray(bodyAt + NONCE_BYTES, payload.length - TAG_BYTES),
          tag: payload.subarray(payload.length - TAG_BYTES),
        }
      : null,
  };
}

/** The body of a frames record in clear, or null when it does not authenticate or contradicts its commitment. */
export function openBody(record: Buffer, head: RecordHead, frames: FramesPayload, keys: SessionKeys): Buffer | null {
  if (frames.body === null) return null;
  const decipher = createDecipheriv(CIPHER, keys.body, frames.body.nonce, { authTagLength: TAG_BYTES });
  const aadBytes = head.payloadAt + COUNT_BYTES + frames.headers.length + 2 * HASH_BYTES;
  decipher.setAAD(record.subarray(0, aadBytes));
  decipher.setAuthTag(frames.body.tag);
  const plain = decipher.update(frames.body.ciphertext);
  try {
    decipher.final();
  } catch {
    return null;
  }
  if ((head.flags & FLAG.bodyIsClientSide) === 0) return plain;
  return timingSafeEqual(commit(keys, head.sequence, [plain]), frames.clientCommitment) ? plain : null;
}
