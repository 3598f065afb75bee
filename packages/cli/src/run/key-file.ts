import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const KEY_BYTES = 32;

/**
 * A 32-byte key from a file of 64 hexadecimal digits, made (0600, its directory 0700) where it is missing and may be
 * made. Throws an error that names the file, never what it holds.
 * @param whyNot why a missing key must not be made; null: it may.
 */
export function readOrMakeKey(file: string, whyNot: string | null, warn: (message: string) => void): Buffer {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    if (whyNot !== null) throw new Error(`the key ${file} is missing: ${whyNot}`);
    return makeKey(file);
  }
  if (!isKeyText(text)) throw new Error(`the key ${file} is not 64 hexadecimal digits`);
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    warn(`the key ${file} can be read by others: chmod 600 it`);
  }
  return Buffer.from(text, 'hex');
}

/** Whether a file holds a key: 64 hexadecimal digits, and white space around them. */
export function isKeyText(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text.trim());
}

function makeKey(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const key = randomBytes(KEY_BYTES);
  // Exclusive: of two processes that start at once, one makes the key and the other fails.
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeSync(descriptor, `${key.toString('hex')}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return key;
}
