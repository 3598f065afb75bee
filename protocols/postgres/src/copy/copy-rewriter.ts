import { ProtocolError } from '@bailiwick/wire';
import type { OutputBuffer } from '../flow/output-buffer.ts';
import type { CellRewrite } from '../flow/row-rewriter.ts';
import { BinaryCells } from './binary-cells.ts';
import type { CopyCells } from './copy-cells.ts';
import type { CopyFormatOptions } from './copy-format-options.ts';
import { CsvCells } from './csv-cells.ts';
import { BinaryCutter, CsvCutter, type PieceKind, type RowCutter, TextCutter } from './row-cutter.ts';
import { TextCells } from './text-cells.ts';

const EMPTY_COPY_DATA: Buffer = Buffer.from([0x64, 0, 0, 0, 4]);
const PENDING_BYTES_INITIAL = 4096;
/** A row that needed more gives the memory back. */
const KEPT_BYTES_MAX = 1 << 20;

/** A whole row of the stream, or a piece without cells; valid until the function that it was handed to returns. */
export interface CopyPiece {
  readonly kind: PieceKind;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** Offset of the row behind what is written ahead of it as it is. */
  readonly cellsStart: number;
}

/**
 * Writes the rows of one COPY TO STDOUT anew, each as one CopyData. Rows may begin and end anywhere in the server's
 * messages; one that is not all there yet is kept, up to `rowBytesMax` bytes.
 */
export class CopyRewriter {
  readonly #cutter: RowCutter;
  readonly #cells: CopyCells;
  readonly #places: Int32Array;
  readonly #rowBytesMax: number;
  #pending: Buffer = Buffer.alloc(0);
  #pendingLength = 0;

  constructor(options: CopyFormatOptions, columns: number, rowBytesMax: number) {
    this.#cutter = cutterFor(options, columns);
    this.#cells = cellsFor(options, columns);
    this.#places = new Int32Array(2 * columns);
    this.#rowBytesMax = rowBytesMax;
  }

  /** Takes the data of one CopyData and hands on every piece that is now whole. Throws `ProtocolError`. */
  receive(buffer: Buffer, start: number, end: number, take: (piece: CopyPiece) => void): void {
    if (this.#pendingLength === 0) this.#keep(buffer, this.#cutAll(buffer, start, end, take), end);
    else {
      this.#keep(buffer, start, end);
      const length = this.#pendingLength;
      const rest = this.#cutAll(this.#pending, 0, length, take);
      this.#pending.copyWithin(0, rest, length);
      this.#pendingLength = length - rest;
    }
    if (this.#pendingLength > this.#rowBytesMax)
      throw new ProtocolError('too-large', 'CopyData', 0, `a row of the copy is over ${this.#rowBytesMax} bytes`);
    if (this.#pendingLength === 0 && this.#pending.length > KEPT_BYTES_MAX) this.#pending = Buffer.alloc(0);
  }

  /**
   * Appends a piece to `out` as one frame, its cells rewritten. Throws `ProtocolError` where the row is not exactly what
   * the server would have written; `out` then holds an incomplete frame and must be thrown away.
   */
  write(
    { kind, buffer, start, end, cellsStart }: CopyPiece,
    rewrites: readonly CellRewrite[],
    out: OutputBuffer,
  ): void {
    const frameStart = out.length;
    out.copy(EMPTY_COPY_DATA, 0, EMPTY_COPY_DATA.length);
    let copied = start;
    if (kind === 'row') {
      this.#cells.locate(buffer, cellsStart, end, this.#places);
      for (const [column, rewrite] of rewrites.entries()) {
        if (rewrite === null) continue;
        const cellStart = this.#places[2 * column] ?? end;
        const cellEnd = this.#places[2 * column + 1] ?? end;
        const value = this.#cells.read(buffer, cellStart, cellEnd);
        if (value === null && rewrite.kind === 'mask') continue;
        out.copy(buffer, copied, cellStart);
        this.#cells.write(out, column, rewritten(rewrite, value));
        copied = cellEnd;
      }
    }
    out.copy(buffer, copied, end);
    out.patchLength(frameStart);
  }

  /** The server says that the stream is over. Throws `ProtocolError` where it ends within a piece. */
  finish(): void {
    if (this.#pendingLength > 0 || !this.#cutter.mayEnd)
      throw new ProtocolError('malformed', 'CopyDone', 0, 'the copy ends within a row');
  }

  /** Gives the offset behind the last whole piece. */
  #cutAll(buffer: Buffer, start: number, end: number, take: (piece: CopyPiece) => void): number {
    let at = start;
    while (at < end) {
      const next = this.#cutter.cut(buffer, at, end);
      if (next < 0) return at;
      const { kind, lead } = this.#cutter;
      take({ kind, buffer, start: at, end: next, cellsStart: at + lead });
      at = next;
    }
    return at;
  }

  #keep(buffer: Buffer, start: number, end: number): void {
    const length = this.#pendingLength + end - start;
    if (length > this.#pending.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#pending.length, PENDING_BYTES_INITIAL));
      this.#pending.copy(grown, 0, 0, this.#pendingLength);
      this.#pending = grown;
    }
    buffer.copy(this.#pending, this.#pendingLength, start, end);
    this.#pendingLength = length;
  }
}

const rewritten = (rewrite: NonNullable<CellRewrite>, value: Buffer | null): Buffer | null => {
  if (rewrite.kind === 'constant') {
    const width = rewrite.width ?? null;
    if (value !== null && width !== null && value.length !== width)
      throw new ProtocolError('malformed', 'CopyData', 0, 'a cell is not of its type');
    return rewrite.bytes;
  }
  return value === null ? null : rewrite.mask(value);
};

function cutterFor(options: CopyFormatOptions, columns: number): RowCutter {
  switch (options.format) {
    case 'text':
      return new TextCutter(options.header);
    case 'csv':
      return new CsvCutter(options);
    case 'binary':
      return new BinaryCutter(columns);
    default:
      return options satisfies never;
  }
}

function cellsFor(options: CopyFormatOptions, columns: number): CopyCells {
  switch (options.format) {
    case 'text':
      return new TextCells(options, columns);
    case 'csv':
      return new CsvCells(options, columns);
    case 'binary':
      return new BinaryCells(columns);
    default:
      return options satisfies never;
  }
}
