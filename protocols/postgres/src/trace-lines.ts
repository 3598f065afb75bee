import { FRAME_HEADER_LENGTH, ProtocolError } from '@bailiwick/wire';
import { BACKEND_MESSAGES, FRONTEND_MESSAGES, messageName } from './message-table.ts';
import { BACKEND_SHAPE } from './shape-backend.ts';
import { FRONTEND_SHAPE, type SafeSql } from './shape-frontend.ts';

/** Whoever asks for a trace of gigabytes gets the beginning of each line. */
const LINE_LENGTH_MAX = 2_000;

/**
 * A run of whole frames with type bytes as libpq's PQtrace prints them, one line each: `F` or `B`, the length field, the
 * message's name, its fields; separated by tabs. Whatever could be a value is `?`: cells, parameters, settings, column
 * names, texts of errors, keys. Never throws: what is no frame, or none that can be decoded, is named as such.
 * @param safeSql what of a text may be shown.
 */
export function traceLines(from: 'client' | 'upstream', bytes: Buffer, safeSql: SafeSql): string[] {
  const direction = from === 'client' ? 'frontend' : 'backend';
  const letter = from === 'client' ? 'F' : 'B';
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.length - at < FRAME_HEADER_LENGTH ? 0 : bytes.readInt32BE(at + 1);
    if (length < 4 || length > bytes.length - at - 1) {
      lines.push(`${letter}\t${bytes.length - at}\tincomplete frame`);
      break;
    }
    const type = bytes.readUInt8(at);
    const body = bytes.subarray(at + FRAME_HEADER_LENGTH, at + 1 + length);
    const line = [letter, length, messageName(direction, type), shapeOf(direction, type, body, safeSql)];
    lines.push(line.join('\t').trimEnd().slice(0, LINE_LENGTH_MAX));
    at += 1 + length;
  }
  return lines;
}

function shapeOf(direction: 'frontend' | 'backend', type: number, body: Buffer, safeSql: SafeSql): string {
  const row = (direction === 'frontend' ? FRONTEND_MESSAGES : BACKEND_MESSAGES).get(type);
  if (row === undefined) return '';
  const shapes: Readonly<Record<string, (body: Buffer, safeSql: SafeSql) => string>> =
    direction === 'frontend' ? FRONTEND_SHAPE : BACKEND_SHAPE;
  try {
    return shapes[row.name]?.(body, safeSql) ?? '';
  } catch (error) {
    return error instanceof ProtocolError ? `(${error.code})` : '(cannot be decoded)';
  }
}
