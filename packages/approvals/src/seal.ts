import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bytes of the key that a store is opened with. */
export const KEY_BYTES = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Something stored does not verify: it was changed by other hands, or sealed under another key. */
export class SealBroken extends Error {
  constructor(what: string) {
    super(`${what} does not verify: it was changed outside the gateway, or the key is another one`);
    this.name = 'SealBroken';
  }
}

/**
 * Keeps what a store holds unreadable and unchangeable without its key. Three keys are derived, one a purpose:
 * AES-256-GCM for bodies, HMAC-SHA-256 for what stands in clear, HMAC-SHA-256 for looking statements up (a plain hash
 * of a short statement could be guessed back).
 */
export class Seal {
  readonly #bodyKey: Buffer;
  readonly #clearKey: Buffer;
  readonly #lookupKey: Buffer;

  /** @throws TypeError unless `key` has `KEY_BYTES` bytes. The key is not kept. */
  constructor(key: Buffer) {
    if (key.length !== KEY_BYTES)
      throw new TypeError(`the key of the approvals has ${key.length} bytes, not ${KEY_BYTES}`);
    this.#bodyKey = derive(key, 'body');
    this.#clearKey = derive(key, 'clear');
    this.#lookupKey = derive(key, 'lookup');
  }

  /** nonce ‖ ciphertext ‖ tag. `about` says what this is and of which request: elsewhere it does not open. */
  close(body: Buffer, about: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#bodyKey, nonce);
    cipher.setAAD(Buffer.from(about, 'utf8'));
    return Buffer.concat([nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws SealBroken unless `sealed` is what `close` gave for the same `about`. */
  open(sealed: Buffer, about: string): Buffer {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new SealBroken(about);
    const decipher = createDecipheriv('aes-256-gcm', this.#bodyKey, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(about, 'utf8'));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new SealBroken(about);
    }
  }

  /** Under which a statement's digest is found: same digest, same value, and nothing to guess without the key. */
  lookup(digest: string): string {
    return createHmac('sha256', this.#lookupKey).update(digest).digest('hex');
  }

  /** Proves that all of `parts` were written together by somebody who has the key. */
  sign(parts: readonly (string | number | null | Buffer)[]): Buffer {
    const mac = createHmac('sha256', this.#clearKey);
    for (const part of parts) {
      const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part), 'utf8');
      mac.update(
        `${part === null ? 'n' : typeof part === 'number' ? 'i' : Buffer.isBuffer(part) ? 'b' : 's'}${bytes.length}:`,
      );
      mac.update(bytes);
    }
    return mac.digest();
  }

  /** @throws SealBroken unless `signature` is what `sign` gave for the same parts. */
  check(parts: readonly (string | number | null | Buffer)[], signature: Buffer, about: string): void {
    const expected = this.sign(parts);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) throw new SealBroken(about);
  }
}

function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `bailiwick approvals 1 ${purpose}`, 32));
}
