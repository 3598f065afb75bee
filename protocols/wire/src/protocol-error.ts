/**
 * What is wrong with the bytes of a peer:
 * - `malformed`: the body does not have the layout of its message;
 * - `too-large`: a length is over its bound;
 * - `out-of-order`: a well-formed message at a moment when it may not come;
 * - `unknown-message`: a type, code or version that is not ours to interpret.
 */
export type ProtocolErrorCode = 'malformed' | 'too-large' | 'out-of-order' | 'unknown-message';

const REASONS: Readonly<Record<ProtocolErrorCode, string>> = {
  malformed: 'the body does not have the layout of the message',
  'too-large': 'a length is over its bound',
  'out-of-order': 'the message may not come here',
  'unknown-message': 'there is no such message',
};

/**
 * A peer broke its protocol; the connection cannot go on. The message is safe to log and to send: it is made of
 * constant words and numbers only, never of bytes, SQL or values.
 */
export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  /** The specification's word for the message, as in `Bind`. */
  readonly messageName: string;
  /** Where, in bytes from the beginning of what was decoded: a body, or for framing the stream. */
  readonly offset: number;

  /** @param reason constant words: whoever throws must not put anything in it that came from the wire as text. */
  constructor(code: ProtocolErrorCode, messageName: string, offset: number, reason: string = REASONS[code]) {
    super(`${messageName}: ${reason} (${code} at byte ${offset})`);
    this.name = 'ProtocolError';
    this.code = code;
    this.messageName = messageName;
    this.offset = offset;
  }
}
