import type { CellValue } from '@bailiwick/domain';
import { asciiText, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const HEADER_BYTES = 4;

const bitsOf = (typeName: string, value: CellValue): string => {
  if (value.kind !== 'text') throw wrongKind(typeName, value);
  return checked(typeName, value.text);
};

const checked = (typeName: string, bits: string): string => {
  if (!/^[01]*$/.test(bits)) throw new ValueError(typeName, 'not zeros and ones');
  return bits;
};

/** varbit_send: the number of bits, then the bits from the highest down, the last byte filled with zeros. */
function decodeBinary(typeName: string, cell: Buffer): CellValue {
  if (cell.length < HEADER_BYTES) throw new ValueError(typeName, 'shorter than its header');
  const count = cell.readInt32BE();
  const bytes = cell.subarray(HEADER_BYTES);
  if (count < 0 || bytes.length !== Math.ceil(count / 8)) throw new ValueError(typeName, 'length disagrees with bits');
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  if (bits.includes('1', count)) throw new ValueError(typeName, 'bits beyond its length');
  return { kind: 'text', text: bits.slice(0, count) };
}

function encodeBinary(typeName: string, value: CellValue): Buffer {
  const bits = bitsOf(typeName, value);
  const cell = Buffer.alloc(HEADER_BYTES + Math.ceil(bits.length / 8));
  cell.writeInt32BE(bits.length);
  for (let at = 0; at < bits.length; at += 8) {
    cell[HEADER_BYTES + at / 8] = Number.parseInt(bits.slice(at, at + 8).padEnd(8, '0'), 2);
  }
  return cell;
}

const bitFormatsOf = (typeName: string, standIn: string): FormatPair =>
  formatPair(
    typeName,
    'text',
    {
      text: {
        decode: (cell) => ({ kind: 'text', text: checked(typeName, asciiText(typeName, cell)) }),
        encode: (value) => Buffer.from(bitsOf(typeName, value), 'latin1'),
      },
      binary: {
        decode: (cell) => decodeBinary(typeName, cell),
        encode: (value) => encodeBinary(typeName, value),
      },
    },
    { standIn },
  );

/** bit (oid 1560), as text of zeros and ones. */
export const bitFormats: FormatPair = bitFormatsOf('bit', '0');

/** varbit (oid 1562), as text of zeros and ones. */
export const varbitFormats: FormatPair = bitFormatsOf('varbit', '');
