import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Problem } from './problem.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Makes cursors opaque: a cursor may name an entry that its holder may not see, and one that somebody made up would
 * tell whether an id exists. A cursor works for the list and the caller it was made for, until the process ends.
 */
export class CursorSeal {
  readonly #key = randomBytes(32);

  /** @param purpose the list and the caller's key. */
  seal(position: string, purpose: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(position, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** The position inside. Throws a 400 problem for a cursor that was not made here for this purpose. */
  open(cursor: string, purpose: string): string {
    const bytes = Buffer.from(cursor, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch {
      throw new Problem(400, 'cursor', 'The cursor is not one of this list; begin again without it.');
    }
  }
}
