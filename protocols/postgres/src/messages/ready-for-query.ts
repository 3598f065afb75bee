import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

/** `I` idle, `T` in a transaction, `E` in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** ReadyForQuery (B): everything up to a Query or Sync is answered. */
export interface ReadyForQuery {
  readonly status: TransactionStatus;
}

/** @throws ProtocolError */
export function decodeReadyForQuery(body: Buffer): ReadyForQuery {
  const reader = new ByteReader(body, 0, body.length, 'ReadyForQuery');
  const status = String.fromCharCode(reader.uint8());
  if (status !== 'I' && status !== 'T' && status !== 'E') throw reader.fault('there is no such transaction status');
  reader.expectEnd();
  return { status };
}

/** The whole frame. */
export function encodeReadyForQuery(message: ReadyForQuery): Buffer {
  return new ByteWriter('ReadyForQuery', BACKEND.ReadyForQuery).uint8(message.status.charCodeAt(0)).finish();
}
