import { ProtocolError } from '@bailiwick/wire';
import type { OutputBuffer } from '../flow/output-buffer.ts';
import type { CopyCells } from './copy-cells.ts';
import type { CopyFormatOptions } from './copy-format-options.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** The end of data for loaders before PostgreSQL 18, when it is alone on a line. */
const END_OF_DATA: Buffer = Buffer.from('\\.');

/** Cells of COPY in CSV format: quoted as a whole or not at all (CopyAttributeOutCSV in copyto.c). */
export class CsvCells implements CopyCells {
  readonly #options: CopyFormatOptions & { format: 'csv' };
  readonly #columns: number;

  constructor(options: CopyFormatOptions & { format: 'csv' }, columns: number) {
    this.#options = options;
    this.#columns = columns;
  }

  locate(buffer: Buffer, start: number, end: number, into: Int32Array): void {
    const last = end - 1;
    if (last < start || buffer[last] !== LINE_FEED) throw malformed('a line has no end');
    if (this.#columns === 0 && last === start) return;
    let at = start;
    for (let column = 0; column < this.#columns; column++) {
      if (column > 0) {
        if (at >= last || buffer[at] !== this.#options.delimiter)
          throw malformed('a line has fewer cells than columns');
        at++;
      }
      into[2 * column] = at;
      at =
        buffer[at] === this.#options.quote && at < last
          ? this.#afterQuoted(buffer, at, last)
          : this.#afterBare(buffer, at, last);
      into[2 * column + 1] = at;
    }
    if (at !== last) throw malformed('a line has more cells than columns');
  }

  read(buffer: Buffer, start: number, end: number): Buffer | null {
    const { quote, nullText } = this.#options;
    if (start < end && buffer[start] === quote) return this.#unquote(buffer, start + 1, end - 1);
    const raw = buffer.subarray(start, end);
    // A value that looks like the null string is quoted.
    return raw.equals(nullText) ? null : raw;
  }

  write(out: OutputBuffer, column: number, value: Buffer | null): void {
    const { nullText, quote, escaper } = this.#options;
    if (value === null) return out.copy(nullText, 0, nullText.length);
    if (!this.#needsQuotes(column, value)) return out.copy(value, 0, value.length);
    out.byte(quote);
    let from = 0;
    for (let at = 0; at < value.length; at++) {
      const byte = value[at];
      if (byte !== quote && byte !== escaper) continue;
      out.copy(value, from, at);
      out.byte(escaper);
      from = at;
    }
    out.copy(value, from, value.length);
    out.byte(quote);
  }

  /** From the value that is written alone: whether the one before it had quotes would tell something of that. */
  #needsQuotes(column: number, value: Buffer): boolean {
    const { delimiter, quote, nullText, forcesQuote } = this.#options;
    if (forcesQuote[column] === true || value.equals(nullText)) return true;
    if (this.#columns === 1 && value.equals(END_OF_DATA)) return true;
    return value.some((byte) => byte === delimiter || byte === quote || byte === LINE_FEED || byte === CARRIAGE_RETURN);
  }

  #afterBare(buffer: Buffer, start: number, last: number): number {
    const { delimiter, quote } = this.#options;
    for (let at = start; at < last; at++) {
      const byte = buffer[at];
      if (byte === delimiter) return at;
      if (byte === quote || byte === LINE_FEED || byte === CARRIAGE_RETURN)
        throw malformed('a cell holds what the server would have quoted');
    }
    return last;
  }

  /** Offset behind the closing quote of the cell whose opening one is at `start`. */
  #afterQuoted(buffer: Buffer, start: number, last: number): number {
    const { quote, escaper } = this.#options;
    for (let at = start + 1; at < last; at++) {
      const byte = buffer[at];
      const next = at + 1 < last ? buffer[at + 1] : undefined;
      if (byte === escaper && (next === quote || next === escaper)) at++;
      else if (byte === quote) return at + 1;
      else if (byte === escaper) throw malformed('an escape is followed by what the server never puts there');
    }
    throw malformed('a quoted cell has no end');
  }

  #unquote(buffer: Buffer, start: number, end: number): Buffer {
    const { escaper } = this.#options;
    const raw = buffer.subarray(start, end);
    const first = raw.indexOf(escaper);
    if (first < 0) return raw;
    const value = Buffer.allocUnsafe(raw.length);
    let length = raw.copy(value, 0, 0, first);
    for (let at = first; at < raw.length; at++) {
      if (raw[at] === escaper) at++;
      value[length] = raw[at] ?? 0;
      length++;
    }
    return value.subarray(0, length);
  }
}

const malformed = (reason: string): ProtocolError => new ProtocolError('malformed', 'CopyData', 0, reason);
