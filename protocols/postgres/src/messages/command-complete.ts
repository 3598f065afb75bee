import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

/** CommandComplete (B): a statement ended well. */
export interface CommandComplete {
  /** As in `INSERT 0 5`, `SELECT 3`, `CREATE TABLE`. */
  readonly tag: string;
}

/** @throws ProtocolError */
export function decodeCommandComplete(body: Buffer): CommandComplete {
  const reader = new ByteReader(body, 0, body.length, 'CommandComplete');
  const tag = reader.cstring();
  reader.expectEnd();
  return { tag };
}

/** The whole frame. */
export function encodeCommandComplete(message: CommandComplete): Buffer {
  return new ByteWriter('CommandComplete', BACKEND.CommandComplete).cstring(message.tag).finish();
}

/** The number of rows that a tag ends with; null for tags that count nothing. */
export function rowsOfTag(tag: string): number | null {
  const count = /^[A-Z][A-Z ]* (?:0 )?(\d{1,15})$/.exec(tag)?.[1];
  return count === undefined ? null : Number(count);
}
