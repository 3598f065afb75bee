import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/** Execute (F): runs a portal, or goes on with one. */
export interface Execute {
  /** Empty: the unnamed portal. */
  readonly portal: string;
  /** 0, and to the server anything below: no limit. */
  readonly rowsMax: number;
}

/** @throws ProtocolError */
export function decodeExecute(body: Buffer): Execute {
  const reader = new ByteReader(body, 0, body.length, 'Execute');
  const portal = reader.cstring();
  const rowsMax = reader.int32();
  reader.expectEnd();
  return { portal, rowsMax };
}

/** The whole frame. */
export function encodeExecute(message: Execute): Buffer {
  return new ByteWriter('Execute', FRONTEND.Execute).cstring(message.portal).int32(message.rowsMax).finish();
}
