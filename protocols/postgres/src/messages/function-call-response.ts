import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

/** FunctionCallResponse (B): the result of a FunctionCall; a cell without a description. */
export interface FunctionCallResponse {
  /** Null is SQL NULL. A view of the body when decoded. */
  readonly value: Buffer | null;
}

/** @throws ProtocolError */
export function decodeFunctionCallResponse(body: Buffer): FunctionCallResponse {
  const reader = new ByteReader(body, 0, body.length, 'FunctionCallResponse');
  const length = reader.int32();
  const value = length === -1 ? null : reader.bytes(length);
  reader.expectEnd();
  return { value };
}

/** The whole frame. */
export function encodeFunctionCallResponse(message: FunctionCallResponse): Buffer {
  return new ByteWriter('FunctionCallResponse', BACKEND.FunctionCallResponse).sized(message.value).finish();
}
