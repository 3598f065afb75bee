import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/** Query (F): one string of SQL, of any number of statements, run at once. */
export interface Query {
  readonly sql: string;
}

/** @throws ProtocolError */
export function decodeQuery(body: Buffer): Query {
  const reader = new ByteReader(body, 0, body.length, 'Query');
  const sql = reader.cstring();
  reader.expectEnd();
  return { sql };
}

/** The whole frame. */
export function encodeQuery(message: Query): Buffer {
  return new ByteWriter('Query', FRONTEND.Query).cstring(message.sql).finish();
}
