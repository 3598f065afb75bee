import type { OutputBuffer } from '../flow/output-buffer.ts';

/** How the cells of a row are found, read and written in one format of COPY. Columns are counted from 0. */
export interface CopyCells {
  /**
   * Writes where each cell is: `into[2 * i]` to `into[2 * i + 1]` in `buffer`, with whatever marks it (quotes, a length),
   * without delimiters. The row is `buffer[start, end)`, its line end included; `into` holds twice as many numbers as
   * there are columns. Throws `ProtocolError` where the row could be read in another way than the server wrote it.
   */
  locate(buffer: Buffer, start: number, end: number, into: Int32Array): void;
  /** The value of a cell that `locate` found, as a DataRow would have it; null is NULL. It may be a view of `buffer`. */
  read(buffer: Buffer, start: number, end: number): Buffer | null;
  /** Appends a value as the server would have written it in this column. */
  write(out: OutputBuffer, column: number, value: Buffer | null): void;
}
