import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/** SASLInitialResponse (F): the mechanism that the client chose, and its first message. */
export interface SaslInitialResponse {
  readonly mechanism: string;
  /** Null: the client waits for a challenge first. A view of the body when decoded. */
  readonly data: Buffer | null;
}

/** @throws ProtocolError */
export function decodeSaslInitialResponse(body: Buffer): SaslInitialResponse {
  const reader = new ByteReader(body, 0, body.length, 'SASLInitialResponse');
  const mechanism = reader.cstring();
  const length = reader.int32();
  const data = length === -1 ? null : reader.bytes(length);
  reader.expectEnd();
  return { mechanism, data };
}

/** The whole frame. */
export function encodeSaslInitialResponse(message: SaslInitialResponse): Buffer {
  const writer = new ByteWriter('SASLInitialResponse', FRONTEND.PasswordMessage);
  return writer.cstring(message.mechanism).sized(message.data).finish();
}
