import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Lower-case base32 (RFC 4648), so that it survives shells, connection strings and case-folding. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const PREFIX = 'bwp_';
const ID_CHARACTERS = 12;
/** 160 bits. */
const RANDOM_CHARACTERS = 32;
/** CRC-32 takes 32 of 35 bits. */
const CHECK_CHARACTERS = 7;

const FORM = new RegExp(
  `^${PREFIX}([${ALPHABET}]{${ID_CHARACTERS}})[${ALPHABET}]{${RANDOM_CHARACTERS}}([${ALPHABET}]{${CHECK_CHARACTERS}})$`,
);

const ID_FORM = new RegExp(`^[${ALPHABET}]{${ID_CHARACTERS}}$`);

/** What users of passes are called where the pass's id must be known before its secret (PostgreSQL's SCRAM). */
export const PASS_USER_PREFIX = 'pass-';

/**
 * A new secret: `bwp_`, the pass's id, 160 random bits, and a check part (CRC-32 over all before it), so that whoever
 * looks for leaked secrets finds them by form and is not misled by what only resembles one. 55 characters.
 */
export function newPassSecret(): { readonly id: string; readonly secret: string } {
  const id = randomCharacters(ID_CHARACTERS);
  const unchecked = PREFIX + id + randomCharacters(RANDOM_CHARACTERS);
  return { id, secret: unchecked + checkPart(unchecked) };
}

/** Whether a password is meant as a pass: a token never begins so. */
export function looksLikePass(password: string): boolean {
  return password.startsWith(PREFIX);
}

/** Whether a text has the form of an id. */
export function isPassId(text: string): boolean {
  return ID_FORM.test(text);
}

/** The id in a well-formed secret; null: it is none, or mistyped. */
export function passIdOf(secret: string): string | null {
  const [, id, check] = FORM.exec(secret) ?? [];
  if (id === undefined || check !== checkPart(secret.slice(0, -CHECK_CHARACTERS))) return null;
  return id;
}

/** 32 divides 256, so that each character is equally likely. */
function randomCharacters(count: number): string {
  return Array.from(randomBytes(count), (byte) => ALPHABET[byte % 32]).join('');
}

function checkPart(text: string): string {
  let rest = crc32(text);
  let part = '';
  for (let index = 0; index < CHECK_CHARACTERS; index++) {
    part = ALPHABET.charAt(rest % 32) + part;
    rest = Math.floor(rest / 32);
  }
  return part;
}
