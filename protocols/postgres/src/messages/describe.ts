import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';
import { type NamedObject, readNamedObject, writeNamedObject } from './named-object.ts';

/**
 * Describe (F): asks for the columns of a statement or portal, and of a statement for its parameters too. A statement's
 * columns are described with format 0, because Bind has not said yet which formats it wants.
 */
export type Describe = NamedObject;

/** @throws ProtocolError */
export function decodeDescribe(body: Buffer): Describe {
  return readNamedObject(new ByteReader(body, 0, body.length, 'Describe'));
}

/** The whole frame. */
export function encodeDescribe(message: Describe): Buffer {
  return writeNamedObject(new ByteWriter('Describe', FRONTEND.Describe), message).finish();
}
