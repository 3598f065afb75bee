import { randomBytes } from 'node:crypto';

/** Lower-case base32 (RFC 4648), so that an id survives speech, shells and case-folding. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** 60 bits: not guessed, and unknown and foreign ids look alike anyway. */
const ID_CHARACTERS = 12;

/** A new request id: `req_` and twelve characters from the machine's random source. */
export function newRequestId(): string {
  // 32 divides 256, so that each character is equally likely.
  return `req_${Array.from(randomBytes(ID_CHARACTERS), (byte) => ALPHABET[byte % 32]).join('')}`;
}
