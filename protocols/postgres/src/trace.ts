import { FRAME_HEADER_LENGTH, ProtocolError } from '@bailiwick/wire';
import { BACKEND_MESSAGES, FRONTEND_MESSAGES, messageName } from './message-table.ts';
import { BACKEND_TEXT, type TraceContext } from './trace-backend.ts';
import { FRONTEND_TEXT } from './trace-frontend.ts';

/** One frame as people read it. */
export interface FrameDescription {
  /** The specification's word for the message. */
  readonly name: string;
  /** Length of the whole frame. */
  readonly bytes: number;
  /** One line, safe for a terminal; empty where the name says all. Passwords, proofs and cancel keys are never shown. */
  readonly text: string;
}

/**
 * Describes a run of whole frames with type bytes, in the manner of libpq's PQtrace. A cell is shown as text where the
 * last RowDescription of the run says so or the run has none, and its bytes can be text; else in hexadecimal digits.
 * Never throws: a frame that cannot be decoded is described as such, and bytes that are no frame are the last entry.
 */
export function describeFrames(from: 'client' | 'upstream', bytes: Buffer): FrameDescription[] {
  const direction = from === 'client' ? 'frontend' : 'backend';
  const context: TraceContext = { rowFormats: null };
  const descriptions: FrameDescription[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = frameEnd(bytes, at);
    if (end === null) {
      descriptions.push({ name: 'incomplete frame', bytes: bytes.length - at, text: '' });
      break;
    }
    const type = bytes.readUInt8(at);
    const body = bytes.subarray(at + FRAME_HEADER_LENGTH, end);
    descriptions.push({
      name: messageName(direction, type),
      bytes: end - at,
      text: bodyText(direction, type, body, context),
    });
    at = end;
  }
  return descriptions;
}

function frameEnd(bytes: Buffer, at: number): number | null {
  if (bytes.length - at < FRAME_HEADER_LENGTH) return null;
  const length = bytes.readInt32BE(at + 1);
  return length < 4 || length > bytes.length - at - 1 ? null : at + 1 + length;
}

function bodyText(direction: 'frontend' | 'backend', type: number, body: Buffer, context: TraceContext): string {
  const row = (direction === 'frontend' ? FRONTEND_MESSAGES : BACKEND_MESSAGES).get(type);
  if (row === undefined) return '(no such message)';
  const decoders: Readonly<Record<string, (body: Buffer, context: TraceContext) => string>> =
    direction === 'frontend' ? FRONTEND_TEXT : BACKEND_TEXT;
  try {
    return decoders[row.name]?.(body, context) ?? '';
  } catch (error) {
    return error instanceof ProtocolError ? `(cannot be decoded: ${error.message})` : '(cannot be decoded)';
  }
}
