import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/** Parse (F): makes a prepared statement of one SQL statement. */
export interface Parse {
  /** Empty: the unnamed prepared statement. */
  readonly statement: string;
  readonly sql: string;
  /** Types that the client prescribes for the first parameters; 0 leaves one to the server. */
  readonly parameterTypeOids: readonly number[];
}

/** @throws ProtocolError */
export function decodeParse(body: Buffer): Parse {
  const reader = new ByteReader(body, 0, body.length, 'Parse');
  const statement = reader.cstring();
  const sql = reader.cstring();
  const parameterTypeOids = Array.from({ length: reader.count16(4) }, () => reader.uint32());
  reader.expectEnd();
  return { statement, sql, parameterTypeOids };
}

/** The whole frame. */
export function encodeParse(message: Parse): Buffer {
  const writer = new ByteWriter('Parse', FRONTEND.Parse).cstring(message.statement).cstring(message.sql);
  writer.uint16(message.parameterTypeOids.length);
  for (const oid of message.parameterTypeOids) writer.uint32(oid);
  return writer.finish();
}
