import { ByteWriter, ProtocolError } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';

// DataRow (B): one row of a result. A 16-bit count, then for each cell a 32-bit length (-1 is NULL) and its bytes.
// Rows are the one message that comes by the million, so they are walked by offsets and not made into objects.

/** Where the first cell's length field is, from the beginning of the body. */
export const CELLS_OFFSET = 2;

/**
 * Checks a whole row once, so that a walk over it needs no checks: `columns` cells, each inside the body, nothing behind
 * the last. The body is `buffer[start, end)`: for a frame of `FrameDecoder`, `start + FRAME_HEADER_LENGTH` to `end`.
 * @throws ProtocolError
 */
export function checkDataRow(buffer: Buffer, start: number, end: number, columns: number): void {
  if (end - start < CELLS_OFFSET) throw malformed(0, 'the body ends early');
  if (buffer.readUInt16BE(start) !== columns) throw malformed(0, 'the row has another number of cells than columns');
  let at = start + CELLS_OFFSET;
  for (let column = 0; column < columns; column++) {
    if (end - at < 4) throw malformed(at - start, 'the body ends early');
    const length = int32At(buffer, at);
    at += 4;
    if (length < 0) {
      if (length !== -1) throw malformed(at - 4 - start, 'a length is negative');
    } else if (length > end - at) throw malformed(at - 4 - start, 'a cell is longer than the body');
    else at += length;
  }
  if (at !== end) throw malformed(at - start, 'bytes follow the last cell');
}

/**
 * As `checkDataRow`, and writes where each cell is: `into[2 * i]` is the offset of its bytes in `buffer`, `into[2 * i + 1]`
 * their number, -1 for NULL. `into` holds at least `2 * columns` numbers.
 * @throws ProtocolError
 */
export function locateCells(buffer: Buffer, start: number, end: number, columns: number, into: Int32Array): void {
  checkDataRow(buffer, start, end, columns);
  if (into.length < 2 * columns) throw new RangeError('no room for the places of all cells');
  let at = start + CELLS_OFFSET;
  for (let column = 0; column < columns; column++) {
    const length = int32At(buffer, at);
    at += 4;
    into[2 * column] = at;
    into[2 * column + 1] = length;
    if (length > 0) at += length;
  }
}

/** The cells of a row as views of the body, null for NULL: for traces and tests, not for the row path. @throws ProtocolError */
export function decodeDataRow(body: Buffer): (Buffer | null)[] {
  if (body.length < CELLS_OFFSET) throw malformed(0, 'the body ends early');
  const columns = body.readUInt16BE(0);
  if (columns * 4 > body.length - CELLS_OFFSET) throw malformed(CELLS_OFFSET, 'a count is larger than the body');
  const places = new Int32Array(2 * columns);
  locateCells(body, 0, body.length, columns, places);
  return Array.from({ length: columns }, (_, column) => {
    const at = places[2 * column] ?? 0;
    const length = places[2 * column + 1] ?? -1;
    return length === -1 ? null : body.subarray(at, at + length);
  });
}

/** The whole frame, for rows of the gateway's own. */
export function encodeDataRow(cells: readonly (Uint8Array | null)[]): Buffer {
  const writer = new ByteWriter('DataRow', BACKEND.DataRow).uint16(cells.length);
  for (const cell of cells) writer.sized(cell);
  return writer.finish();
}

/** Half the cost of readInt32BE, whose checks the caller has done. */
function int32At(buffer: Buffer, at: number): number {
  return (
    ((buffer[at] ?? 0) << 24) | ((buffer[at + 1] ?? 0) << 16) | ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0)
  );
}

const malformed = (offset: number, reason: string): ProtocolError =>
  new ProtocolError('malformed', 'DataRow', offset, reason);
