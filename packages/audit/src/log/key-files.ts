import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '@bailiwick/domain';
import { type BodyKey, bodyKeyOf } from '../format/session-keys.ts';
import { isMissing } from './segment-files.ts';

const OWNER_ONLY = 0o600;
const WORLD_READABLE = 0o644;
const BODY_KEY_TEXT = /^[0-9a-f]{64}\s*$/;

/** The key that signs seals. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SHA-256 of the public key's DER. */
  readonly id: Buffer;
}

/** SHA-256 of the DER (SubjectPublicKeyInfo) of a public key: how segments name it. */
export function publicKeyId(key: KeyObject): Buffer {
  return hash('sha256', key.export({ type: 'spki', format: 'der' }), 'buffer');
}

/** Reads an Ed25519 public key from PEM; null where it is not one. */
export function parsePublicKey(pem: string | Buffer): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/** Reads the signing key (PKCS 8, PEM). Made only while the log is empty: later a new key would hide a lost one. */
export function loadSigningKey(path: string, logIsEmpty: boolean): SigningKey {
  const pem = readOrMake(path, logIsEmpty, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw unusable(path, 'is no private key in PEM');
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw unusable(path, 'is not an Ed25519 key');
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, id: publicKeyId(publicKey) };
}

/** Reads the key under which session keys are wrapped (64 hexadecimal digits). Made only while the log is empty. */
export function loadBodyKey(path: string, logIsEmpty: boolean): BodyKey {
  const text = readOrMake(path, logIsEmpty, () => `${randomBytes(32).toString('hex')}\n`);
  if (!BODY_KEY_TEXT.test(text)) throw unusable(path, 'does not hold 64 hexadecimal digits');
  return bodyKeyOf(Buffer.from(text.trim(), 'hex'));
}

/** Writes the public key where missing. Throws where another key stands: a copy would then verify against the wrong one. */
export function publishKey(path: string, key: SigningKey): void {
  const pem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const found = readOrMake(path, true, () => pem, WORLD_READABLE);
  const parsed = parsePublicKey(found);
  if (parsed === null || !publicKeyId(parsed).equals(key.id))
    throw unusable(path, 'is not the public half of the signing key');
}

/** Whether others than its owner can read a secret file. Mounted secrets often are so: it is worth a warning, not a stop. */
export function isReadableByOthers(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0;
}

function readOrMake(path: string, mayMake: boolean, make: () => string, mode: number = OWNER_ONLY): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  if (!mayMake) {
    throw new GatewayError(
      'audit-unavailable',
      `The key ${path} is missing and the log is not empty.`,
      'restore the key, or move the spool and the segments away to begin a new log',
    );
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const text = make();
  const descriptor = openSync(path, 'wx', mode);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return text;
}

function unusable(path: string, why: string): GatewayError {
  return new GatewayError('audit-unavailable', `${path} ${why}.`, 'restore the key that the log was written with');
}
