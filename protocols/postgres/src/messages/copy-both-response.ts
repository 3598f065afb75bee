import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { type CopyFormat, readCopyFormat, writeCopyFormat } from './copy-format.ts';

/** CopyBothResponse (B): a stream in both directions begins. Only replication has it, so it is refused. */
export type CopyBothResponse = CopyFormat;

/** @throws ProtocolError */
export function decodeCopyBothResponse(body: Buffer): CopyBothResponse {
  return readCopyFormat(new ByteReader(body, 0, body.length, 'CopyBothResponse'));
}

/** The whole frame. */
export function encodeCopyBothResponse(message: CopyBothResponse): Buffer {
  return writeCopyFormat(new ByteWriter('CopyBothResponse', BACKEND.CopyBothResponse), message).finish();
}
