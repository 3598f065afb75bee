import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';
import { type NamedObject, readNamedObject, writeNamedObject } from './named-object.ts';

/** Close (F): drops a prepared statement (and its portals) or a portal. One that is not there is no error. */
export type Close = NamedObject;

/** @throws ProtocolError */
export function decodeClose(body: Buffer): Close {
  return readNamedObject(new ByteReader(body, 0, body.length, 'Close'));
}

/** The whole frame. */
export function encodeClose(message: Close): Buffer {
  return writeNamedObject(new ByteWriter('Close', FRONTEND.Close), message).finish();
}
