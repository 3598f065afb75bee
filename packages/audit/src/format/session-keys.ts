import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { WRAPPED_KEYS_BYTES } from './record.ts';
import { FORMAT_VERSION } from './segment-header.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The secrets of one session. The buffers are its own: `wipe` overwrites them. */
export interface SessionKeys {
  /** AES-256-GCM key of the bodies. */
  readonly body: Buffer;
  /** HMAC-SHA-256 key of the commitments. */
  readonly commitment: Buffer;
}

/** The gateway's own key, under which session keys are wrapped. */
export interface BodyKey {
  /** First 8 bytes of a hash of the key; names it in records. */
  readonly id: Buffer;
  readonly secret: Buffer;
}

/** Fresh random keys. */
export function makeSessionKeys(): SessionKeys {
  return { body: randomBytes(KEY_BYTES), commitment: randomBytes(KEY_BYTES) };
}

/** Overwrites both keys: bodies can no longer be read, commitments no longer be tried against guesses. */
export function wipeSessionKeys(keys: SessionKeys): void {
  keys.body.fill(0);
  keys.commitment.fill(0);
}

/** @param secret 32 bytes. */
export function bodyKeyOf(secret: Buffer): BodyKey {
  const id = hash('sha256', Buffer.concat([Buffer.from('bailiwick body key id\0'), secret]), 'buffer').subarray(0, 8);
  return { id, secret };
}

/** Nonce ‖ both keys encrypted ‖ tag, bound to format version and session. */
export function wrapSessionKeys(keys: SessionKeys, under: BodyKey, sessionId: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, under.secret, nonce);
  cipher.setAAD(wrapContext(sessionId));
  return Buffer.concat([
    nonce,
    cipher.update(keys.body),
    cipher.update(keys.commitment),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** The keys of a session, or null when `wrapped` was not made under this key for this session. */
export function unwrapSessionKeys(wrapped: Buffer, under: BodyKey, sessionId: string): SessionKeys | null {
  if (wrapped.length !== WRAPPED_KEYS_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, under.secret, wrapped.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(wrapContext(sessionId));
  decipher.setAuthTag(wrapped.subarray(wrapped.length - TAG_BYTES));
  const plain = decipher.update(wrapped.subarray(NONCE_BYTES, wrapped.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return { body: plain.subarray(0, KEY_BYTES), commitment: plain.subarray(KEY_BYTES) };
}

function wrapContext(sessionId: string): Buffer {
  return Buffer.from(`bailiwick session keys\0${FORMAT_VERSION}\0${sessionId}`, 'latin1');
}
