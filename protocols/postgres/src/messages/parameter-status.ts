import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

/** ParameterStatus (B): the present value of a setting that the server reports. May come at any time. */
export interface ParameterStatus {
  readonly name: string;
  readonly value: string;
}

/** @throws ProtocolError */
export function decodeParameterStatus(body: Buffer): ParameterStatus {
  const reader = new ByteReader(body, 0, body.length, 'ParameterStatus');
  const name = reader.cstring();
  const value = reader.cstring();
  reader.expectEnd();
  return { name, value };
}

/** The whole frame. */
export function encodeParameterStatus(message: ParameterStatus): Buffer {
  return new ByteWriter('ParameterStatus', BACKEND.ParameterStatus)
    .cstring(message.name)
    .cstring(message.value)
    .finish();
}
