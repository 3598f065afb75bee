import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { type CopyFormat, readCopyFormat, writeCopyFormat } from './copy-format.ts';

/** CopyOutResponse (B): CopyData follows, then CopyDone. */
export type CopyOutResponse = CopyFormat;

/** @throws ProtocolError */
export function decodeCopyOutResponse(body: Buffer): CopyOutResponse {
  return readCopyFormat(new ByteReader(body, 0, body.length, 'CopyOutResponse'));
}

/** The whole frame. */
export function encodeCopyOutResponse(message: CopyOutResponse): Buffer {
  return writeCopyFormat(new ByteWriter('CopyOutResponse', BACKEND.CopyOutResponse), message).finish();
}
