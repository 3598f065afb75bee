import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { type ErrorFields, readErrorFields, writeErrorFields } from './error-fields.ts';

/** NoticeResponse (B): something worth saying that is no failure. May come at any time. */
export interface NoticeResponse {
  readonly fields: ErrorFields;
}

/** @throws ProtocolError */
export function decodeNoticeResponse(body: Buffer): NoticeResponse {
  return { fields: readErrorFields(new ByteReader(body, 0, body.length, 'NoticeResponse')) };
}

/** The whole frame. */
export function encodeNoticeResponse(message: NoticeResponse): Buffer {
  return writeErrorFields(new ByteWriter('NoticeResponse', BACKEND.NoticeResponse), message.fields).finish();
}
