import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { type CopyFormat, readCopyFormat, writeCopyFormat } from './copy-format.ts';

/** CopyInResponse (B): the server waits for CopyData, until CopyDone or CopyFail. */
export type CopyInResponse = CopyFormat;

/** @throws ProtocolError */
export function decodeCopyInResponse(body: Buffer): CopyInResponse {
  return readCopyFormat(new ByteReader(body, 0, body.length, 'CopyInResponse'));
}

/** The whole frame. */
export function encodeCopyInResponse(message: CopyInResponse): Buffer {
  return writeCopyFormat(new ByteWriter('CopyInResponse', BACKEND.CopyInResponse), message).finish();
}
