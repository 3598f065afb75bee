import type { CellMask } from '@bailiwick/domain';
import { ProtocolError } from '@bailiwick/wire';
import type { OutputBuffer } from './output-buffer.ts';

/** What happens to one column's cells: null passes them on. */
export type CellRewrite =
  | null
  /** NULL stays NULL (SEMANTICS 16: plain columns only). */
  | { readonly kind: 'mask'; readonly mask: CellMask }
  /**
   * Every cell, NULL or not, becomes these bytes; null is SQL NULL. A cell of another length than `width` is none of the
   * described type, and its row is malformed; null or absent: the length varies.
   */
  | { readonly kind: 'constant'; readonly bytes: Buffer | null; readonly width?: number | null };

const NULL_LENGTH = -1;

/**
 * Writes a DataRow anew by offsets: cells without a rewrite are copied in one piece with their neighbours. Gives how
 * many cells were changed. Throws `ProtocolError` where the row is not well formed or has another number of columns;
 * `out` then holds an incomplete frame and must be thrown away.
 *
 * @param start offset of the frame's type byte. @param end offset behind the frame.
 */
export function rewriteDataRow(
  buffer: Buffer,
  start: number,
  end: number,
  rewrites: readonly CellRewrite[],
  out: OutputBuffer,
): number {
  let offset = start + 5;
  if (offset + 2 > end || buffer.readUInt16BE(offset) !== rewrites.length) throw malformed(offset - start);
  const frameStart = out.length;
  let copied = start;
  offset += 2;
  let changed = 0;
  for (const rewrite of rewrites) {
    if (offset + 4 > end) throw malformed(offset - start);
    const length = buffer.readInt32BE(offset);
    const cellStart = offset + 4;
    const cellEnd = length === NULL_LENGTH ? cellStart : cellStart + length;
    if (length < NULL_LENGTH || cellEnd > end) throw malformed(offset - start);
    if (rewrite?.kind === 'constant' && isOfOtherWidth(rewrite.width ?? null, length)) throw malformed(offset - start);
    if (rewrite !== null && (length !== NULL_LENGTH || rewrite.kind === 'constant')) {
      const bytes = rewrite.kind === 'mask' ? rewrite.mask(buffer.subarray(cellStart, cellEnd)) : rewrite.bytes;
      out.copy(buffer, copied, offset);
      out.int32(bytes === null ? NULL_LENGTH : bytes.length);
      if (bytes !== null) out.copy(bytes, 0, bytes.length);
      copied = cellEnd;
      changed++;
    }
    offset = cellEnd;
  }
  if (offset !== end) throw malformed(offset - start);
  out.copy(buffer, copied, end);
  out.patchLength(frameStart);
  return changed;
}

const isOfOtherWidth = (width: number | null, length: number): boolean =>
  width !== null && length !== NULL_LENGTH && length !== width;

const malformed = (offset: number): ProtocolError =>
  new ProtocolError('malformed', 'DataRow', offset, 'its cells do not add up to what was described');
