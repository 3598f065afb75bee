import { ProtocolError } from '@bailiwick/wire';
import type { CopyFormatOptions } from './copy-format-options.ts';

/** What a whole piece of the stream is. `verbatim`: it has no cells of the copy (names of columns, a trailer). */
export type PieceKind = 'row' | 'verbatim';

/** Finds where the pieces of a copy's stream end, over bytes that come bit by bit. */
export interface RowCutter {
  /** What the piece that `cut` found last is. */
  readonly kind: PieceKind;
  /** How many bytes before its cells belong to no row: the header of a binary stream, ahead of its first row. */
  readonly lead: number;
  /**
   * Offset behind the piece that starts at `start`; -1 where more than `buffer[start, end)` is needed. After -1 the next
   * call has the same piece with more behind it: what was looked at is not looked at again. Throws `ProtocolError`.
   */
  cut(buffer: Buffer, start: number, end: number): number;
  /** Whether the stream may end before the next piece. */
  readonly mayEnd: boolean;
}

const LINE_FEED = 0x0a;

/** Lines of text format: no value has a line feed in it. */
export class TextCutter implements RowCutter {
  kind: PieceKind = 'row';
  readonly lead = 0;
  readonly mayEnd = true;
  #seen = 0;
  #header: boolean;

  constructor(header: boolean) {
    this.#header = header;
  }

  cut(buffer: Buffer, start: number, end: number): number {
    const found = buffer.subarray(start + this.#seen, end).indexOf(LINE_FEED);
    if (found < 0) {
      this.#seen = end - start;
      return -1;
    }
    const behind = start + this.#seen + found + 1;
    this.#seen = 0;
    this.kind = this.#header ? 'verbatim' : 'row';
    this.#header = false;
    return behind;
  }
}

/** Lines of CSV: line feeds between quotes are part of a value. */
export class CsvCutter implements RowCutter {
  kind: PieceKind = 'row';
  readonly lead = 0;
  readonly mayEnd = true;
  readonly #quote: number;
  readonly #escaper: number;
  #seen = 0;
  #quoted = false;
  #escaped = false;
  #header: boolean;

  constructor({ quote, escaper, header }: CopyFormatOptions & { format: 'csv' }) {
    this.#quote = quote;
    this.#escaper = escaper;
    this.#header = header;
  }

  cut(buffer: Buffer, start: number, end: number): number {
    const plain = this.#seen === 0 ? this.#plainLine(buffer, start, end) : -1;
    if (plain >= 0) return this.#found(plain);
    const quote = this.#quote;
    const escaper = this.#escaper;
    let quoted = this.#quoted;
    let escaped = this.#escaped;
    for (let at = start + this.#seen; at < end; at++) {
      const byte = buffer[at];
      if (escaped) escaped = false;
      // Where both are the same character, the second of two opens again what the first has closed.
      else if (byte === quote) quoted = !quoted;
      else if (byte === escaper && quoted) escaped = true;
      else if (byte === LINE_FEED && !quoted) return this.#found(at + 1);
    }
    this.#seen = end - start;
    this.#quoted = quoted;
    this.#escaped = escaped;
    return -1;
  }

  /** Most lines have no quote in them, and are found without looking at every byte; -1: this one may have. */
  #plainLine(buffer: Buffer, start: number, end: number): number {
    const found = buffer.subarray(start, end).indexOf(LINE_FEED);
    if (found < 0 || buffer.subarray(start, start + found).includes(this.#quote)) return -1;
    return start + found + 1;
  }

  #found(behind: number): number {
    this.#seen = 0;
    this.#quoted = false;
    this.#escaped = false;
    this.kind = this.#header ? 'verbatim' : 'row';
    this.#header = false;
    return behind;
  }
}

const SIGNATURE: Buffer = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, length of the extension. */
const HEADER_LENGTH = SIGNATURE.length + 8;
/** Bits whose meaning a reader has to know: 16 says that rows have oids, which no supported server writes. */
const CRITICAL_FLAGS = 0xffff0000;
const TRAILER = -1;

/** Rows of binary format: a header ahead of the first, a trailer behind the last. */
export class BinaryCutter implements RowCutter {
  kind: PieceKind = 'row';
  lead = 0;
  mayEnd = false;
  readonly #columns: number;
  #headerRead = false;
  /** Where the next length field is, from the piece's start; 0: not there yet. */
  #seen = 0;
  #cellsLeft = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  cut(buffer: Buffer, start: number, end: number): number {
    if (this.mayEnd) throw malformed('data follows the trailer');
    if (this.#seen === 0 && !this.#begin(buffer, start, end)) return -1;
    while (this.#cellsLeft > 0) {
      if (end - start < this.#seen + 4) return -1;
      const length = buffer.readInt32BE(start + this.#seen);
      if (length < -1) throw malformed('the length of a cell is negative');
      this.#seen += 4 + Math.max(length, 0);
      this.#cellsLeft--;
    }
    if (end - start < this.#seen) return -1;
    const behind = start + this.#seen;
    this.#seen = 0;
    return behind;
  }

  /** Reads the header, where this is the first piece, and the count of cells; false where they are not all there. */
  #begin(buffer: Buffer, start: number, end: number): boolean {
    this.lead = 0;
    if (!this.#headerRead) {
      const length = headerLength(buffer, start, end);
      if (length < 0) return false;
      this.lead = length;
    }
    if (end - start < this.lead + 2) return false;
    this.#headerRead = true;
    const count = buffer.readInt16BE(start + this.lead);
    this.mayEnd = count === TRAILER;
    this.kind = this.mayEnd ? 'verbatim' : 'row';
    if (!this.mayEnd && count !== this.#columns) throw malformed('a row has another number of cells than columns');
    this.#cellsLeft = this.mayEnd ? 0 : count;
    this.#seen = this.lead + 2;
    return true;
  }
}

/** Bytes of a binary stream's header, its extension included; -1 where that is not known yet. */
function headerLength(buffer: Buffer, start: number, end: number): number {
  const there = Math.min(end - start, SIGNATURE.length);
  if (!buffer.subarray(start, start + there).equals(SIGNATURE.subarray(0, there)))
    throw malformed('the stream does not begin as a binary one');
  if (end - start < HEADER_LENGTH) return -1;
  if ((buffer.readUInt32BE(start + SIGNATURE.length) & CRITICAL_FLAGS) !== 0)
    throw malformed('the header has a flag that is not known');
  const extension = buffer.readInt32BE(start + SIGNATURE.length + 4);
  if (extension < 0) throw malformed('the length of the header is negative');
  return HEADER_LENGTH + extension;
}

const malformed = (reason: string): ProtocolError => new ProtocolError('malformed', 'CopyData', 0, reason);
