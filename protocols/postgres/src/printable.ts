import { isUtf8 } from 'node:buffer';

/** Bytes of a binary value that a person is shown. */
const HEX_BYTES_MAX = 64;

/** Control and format characters, line and paragraph separators: what moves a cursor, hides text or turns it around. */
const UNPRINTABLE = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escapeCharacter = (character: string): string =>
  NAMED[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/**
 * Text on one line that is safe for a terminal and has one reading: no text can look like another, nor like a second
 * entry of the transcript that it stands in.
 */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** As `escapeText`, between double quotes. */
export function quoteText(text: string): string {
  return `"${escapeText(text).replaceAll('"', '\\"')}"`;
}

/** `\x` and hexadecimal digits as in PostgreSQL's bytea; of what is long only the beginning, with the whole length. */
export function hexOf(bytes: Buffer): string {
  if (bytes.length <= HEX_BYTES_MAX) return `\\x${bytes.toString('hex')}`;
  return `\\x${bytes.toString('hex', 0, HEX_BYTES_MAX)}… (${bytes.length} bytes)`;
}

/** A value as people read it: NULL, text between quotes, or hexadecimal digits where it is binary or cannot be text. */
export function describeValue(value: Buffer | null, binary: boolean): string {
  if (value === null) return 'NULL';
  return binary || !isText(value) ? hexOf(value) : quoteText(value.toString('utf8'));
}

/** PostgreSQL's text is in the client's encoding, for us UTF-8, and has no zero byte. */
export function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}
