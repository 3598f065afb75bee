import { type ByteReader, ByteWriter } from '@bailiwick/wire';
import { CANCEL_KEY_BYTES_MAX, CANCEL_KEY_BYTES_MIN } from '../message-table.ts';

/** Stands where a StartupMessage has its version: 1234 and 5678. */
export const CANCEL_REQUEST_CODE = 80_877_102;

/** CancelRequest (F): on a connection of its own, asks to cancel what another one runs. Never answered. */
export interface CancelRequest {
  readonly processId: number;
  /** 4 bytes in protocol 3.0, up to 256 in 3.2. A view of the packet when decoded. */
  readonly secretKey: Buffer;
}

/** Reads what follows the request code. @throws ProtocolError */
export function readCancelRequest(reader: ByteReader): CancelRequest {
  const processId = reader.int32();
  return { processId, secretKey: readSecretKey(reader) };
}

/** Reads the rest of a body as a secret key. @throws ProtocolError */
export function readSecretKey(reader: ByteReader): Buffer {
  if (reader.remaining < CANCEL_KEY_BYTES_MIN) throw reader.fault('the secret key is too short');
  if (reader.remaining > CANCEL_KEY_BYTES_MAX) throw reader.fault('the secret key is too long');
  return reader.rest();
}

/** Refuses to write a key that nobody would read. */
export function writeSecretKey(writer: ByteWriter, key: Buffer): ByteWriter {
  if (key.length < CANCEL_KEY_BYTES_MIN || key.length > CANCEL_KEY_BYTES_MAX) {
    throw new RangeError('a secret key has 4 to 256 bytes');
  }
  return writer.bytes(key);
}

/** The whole packet, which has no type byte. */
export function encodeCancelRequest(message: CancelRequest): Buffer {
  const writer = new ByteWriter('CancelRequest', null).uint32(CANCEL_REQUEST_CODE).int32(message.processId);
  return writeSecretKey(writer, message.secretKey).finish();
}
