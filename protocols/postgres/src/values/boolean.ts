import type { CellValue } from '@bailiwick/domain';
import { expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

/** One byte either way: `t` or `f` in text, 1 or 0 in binary (boolout, boolsend). */
function codec(yes: number, no: number): { decode(cell: Buffer): CellValue; encode(value: CellValue): Buffer } {
  return {
    decode(cell) {
      expectLength('bool', cell, 1);
      if (cell[0] !== yes && cell[0] !== no) throw new ValueError('bool', 'neither true nor false');
      return { kind: 'boolean', boolean: cell[0] === yes };
    },
    encode(value) {
      if (value.kind !== 'boolean') throw wrongKind('bool', value);
      return Buffer.from([value.boolean ? yes : no]);
    },
  };
}

/** bool (oid 16). */
export const boolFormats: FormatPair = formatPair(
  'bool',
  'boolean',
  { text: codec(0x74, 0x66), binary: codec(1, 0) },
  { width: 1 },
);
