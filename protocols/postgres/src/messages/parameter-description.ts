import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

/** ParameterDescription (B): the types of a prepared statement's parameters, in order. */
export interface ParameterDescription {
  readonly typeOids: readonly number[];
}

/** @throws ProtocolError */
export function decodeParameterDescription(body: Buffer): ParameterDescription {
  const reader = new ByteReader(body, 0, body.length, 'ParameterDescription');
  const typeOids = Array.from({ length: reader.count16(4) }, () => reader.uint32());
  reader.expectEnd();
  return { typeOids };
}

/** The whole frame. */
export function encodeParameterDescription(message: ParameterDescription): Buffer {
  const writer = new ByteWriter('ParameterDescription', BACKEND.ParameterDescription).uint16(message.typeOids.length);
  for (const oid of message.typeOids) writer.uint32(oid);
  return writer.finish();
}
