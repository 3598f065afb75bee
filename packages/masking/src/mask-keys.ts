import { createHmac } from 'node:crypto';
import type { MaskName } from '@bailiwick/domain';

/** Keys of the keyed masks, newest first. `key` is 32 bytes. */
export interface MaskKeys {
  readonly keys: readonly { readonly id: string; readonly key: Buffer }[];
}

/** Length of a key, and of what `Prf` gives, in bytes. */
export const KEY_BYTES = 32;

/**
 * The key of one mask, from the newest of `keys`: each mask has its own, so that what one reveals of a value says
 * nothing about another's output. Throws when there is no key, or one of the wrong length.
 */
export function maskKey(keys: MaskKeys, mask: MaskName): Buffer {
  const [newest] = keys.keys;
  if (newest === undefined) throw new Error(`mask ${mask} needs a key, and none is configured`);
  if (newest.key.length !== KEY_BYTES) throw new Error(`mask key ${newest.id} is not ${KEY_BYTES} bytes long`);
  return createHmac('sha256', newest.key).update(`bailiwick mask ${mask} 1`, 'utf8').digest();
}

/**
 * A keyed pseudorandom function: 32 bytes for a value and an attempt, the same whenever key and arguments are. `text`
 * must be the value's canonical form, so that text and binary cells agree.
 */
export type Prf = (text: string, attempt?: number) => Buffer;

/** HMAC-SHA-256 under the key of one mask. */
export function keyedPrf(keys: MaskKeys, mask: MaskName): Prf {
  const key = maskKey(keys, mask);
  return (text, attempt = 0) => createHmac('sha256', key).update(`${attempt}:`, 'latin1').update(text, 'utf8').digest();
}

/** A whole number from 0 up to but not including `limit`, from 32 pseudorandom bytes; the bias is below 2^-128. */
export function uniform(bytes: Buffer, limit: bigint): bigint {
  return BigInt(`0x${bytes.toString('hex')}`) % limit;
}
