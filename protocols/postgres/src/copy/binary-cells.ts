import { ProtocolError } from '@bailiwick/wire';
import type { OutputBuffer } from '../flow/output-buffer.ts';
import type { CopyCells } from './copy-cells.ts';

const NULL_LENGTH = -1;

/** Cells of COPY in binary format: a 16-bit count, then each with its length before it, as in a DataRow. */
export class BinaryCells implements CopyCells {
  readonly #columns: number;

  constructor(columns: number) {
    this.#columns = columns;
  }

  locate(buffer: Buffer, start: number, end: number, into: Int32Array): void {
    if (end - start < 2 || buffer.readInt16BE(start) !== this.#columns)
      throw malformed('a row has another number of cells than columns');
    let at = start + 2;
    for (let column = 0; column < this.#columns; column++) {
      if (end - at < 4) throw malformed('a row ends early');
      const length = buffer.readInt32BE(at);
      into[2 * column] = at;
      at += 4;
      if (length < NULL_LENGTH || length > end - at) throw malformed('the length of a cell is wrong');
      if (length > 0) at += length;
      into[2 * column + 1] = at;
    }
    if (at !== end) throw malformed('bytes follow the last cell');
  }

  read(buffer: Buffer, start: number, end: number): Buffer | null {
    return buffer.readInt32BE(start) === NULL_LENGTH ? null : buffer.subarray(start + 4, end);
  }

  write(out: OutputBuffer, _column: number, value: Buffer | null): void {
    out.int32(value === null ? NULL_LENGTH : value.length);
    if (value !== null) out.copy(value, 0, value.length);
  }
}

const malformed = (reason: string): ProtocolError => new ProtocolError('malformed', 'CopyData', 0, reason);
