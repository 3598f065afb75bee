import { ByteWriter } from '@bailiwick/wire';
import { FRONTEND } from '../message-type.ts';

/**
 * CopyData (F/B): a piece of a copy's stream. Backends send one row a message; frontends cut where they like, so that a
 * row may begin in one message and end in another.
 */
export interface CopyData {
  /** The body itself when decoded, not a copy. */
  readonly data: Buffer;
}

/** Takes any body. */
export function decodeCopyData(body: Buffer): CopyData {
  return { data: body };
}

/** The whole frame; the same bytes in both directions. */
export function encodeCopyData(message: CopyData): Buffer {
  return new ByteWriter('CopyData', FRONTEND.CopyData).bytes(message.data).finish();
}
