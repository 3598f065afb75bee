import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/** PasswordMessage (F): a secret in clear, or the answer to an MD5 challenge. Never recorded, never in an error. */
export interface PasswordMessage {
  readonly password: string;
}

/** @throws ProtocolError */
export function decodePasswordMessage(body: Buffer): PasswordMessage {
  const reader = new ByteReader(body, 0, body.length, 'PasswordMessage');
  const password = reader.cstring();
  reader.expectEnd();
  return { password };
}

/** The whole frame. */
export function encodePasswordMessage(message: PasswordMessage): Buffer {
  return new ByteWriter('PasswordMessage', FRONTEND.PasswordMessage).cstring(message.password).finish();
}
