import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { type ErrorFields, readErrorFields, writeErrorFields } from './error-fields.ts';

/** ErrorResponse (B): a statement failed, or with severity FATAL or PANIC the session. */
export interface ErrorResponse {
  readonly fields: ErrorFields;
}

/** @throws ProtocolError */
export function decodeErrorResponse(body: Buffer): ErrorResponse {
  return { fields: readErrorFields(new ByteReader(body, 0, body.length, 'ErrorResponse')) };
}

/** The whole frame. */
export function encodeErrorResponse(message: ErrorResponse): Buffer {
  return writeErrorFields(new ByteWriter('ErrorResponse', BACKEND.ErrorResponse), message.fields).finish();
}
