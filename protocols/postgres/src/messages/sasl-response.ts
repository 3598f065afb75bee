import { ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/** SASLResponse (F): the client's next message in the mechanism's own form. */
export interface SaslResponse {
  /** The body itself when decoded, not a copy. */
  readonly data: Buffer;
}

/** Takes any body. */
export function decodeSaslResponse(body: Buffer): SaslResponse {
  return { data: body };
}

/** The whole frame. */
export function encodeSaslResponse(message: SaslResponse): Buffer {
  return new ByteWriter('SASLResponse', FRONTEND.PasswordMessage).bytes(message.data).finish();
}
