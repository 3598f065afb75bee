import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/** CopyFail (F): the client gives the copy up; the server answers with an error that quotes the reason. */
export interface CopyFail {
  readonly reason: string;
}

/** @throws ProtocolError */
export function decodeCopyFail(body: Buffer): CopyFail {
  const reader = new ByteReader(body, 0, body.length, 'CopyFail');
  const reason = reader.cstring();
  reader.expectEnd();
  return { reason };
}

/** The whole frame. */
export function encodeCopyFail(message: CopyFail): Buffer {
  return new ByteWriter('CopyFail', FRONTEND.CopyFail).cstring(message.reason).finish();
}
