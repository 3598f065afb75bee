import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { readSecretKey, writeSecretKey } from './cancel-request.ts';

/** BackendKeyData (B): what a later CancelRequest must quote. */
export interface BackendKeyData {
  readonly processId: number;
  /** 4 bytes in protocol 3.0, up to 256 in 3.2. A view of the body when decoded. */
  readonly secretKey: Buffer;
}

/** @throws ProtocolError */
export function decodeBackendKeyData(body: Buffer): BackendKeyData {
  const reader = new ByteReader(body, 0, body.length, 'BackendKeyData');
  const processId = reader.int32();
  return { processId, secretKey: readSecretKey(reader) };
}

/** The whole frame. */
export function encodeBackendKeyData(message: BackendKeyData): Buffer {
  const writer = new ByteWriter('BackendKeyData', BACKEND.BackendKeyData).int32(message.processId);
  return writeSecretKey(writer, message.secretKey).finish();
}
