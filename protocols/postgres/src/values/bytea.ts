import { asciiText, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const HEX_GRAMMAR = /^\\x(?:[0-9a-f]{2})*$/i;
const BACKSLASH = 0x5c;

/** bytea_output `escape`: printable ASCII as it is, `\\` for a backslash, `\ooo` for the rest. */
function decodeEscaped(cell: Buffer): Buffer {
  const bytes = Buffer.alloc(cell.length);
  let length = 0;
  let at = 0;
  while (at < cell.length) {
    const byte = cell[at] ?? 0;
    if (byte !== BACKSLASH) {
      if (byte < 0x20 || byte > 0x7e) throw new ValueError('bytea', 'an unescaped byte');
      bytes[length] = byte;
      at += 1;
    } else if (cell[at + 1] === BACKSLASH) {
      bytes[length] = BACKSLASH;
      at += 2;
    } else {
      const octal = cell.toString('latin1', at + 1, at + 4);
      if (!/^[0-3][0-7]{2}$/.test(octal)) throw new ValueError('bytea', 'a broken escape');
      bytes[length] = Number.parseInt(octal, 8);
      at += 4;
    }
    length += 1;
  }
  return bytes.subarray(0, length);
}

/** bytea (oid 17). Decoded bytes are a copy. Text is read in both forms of bytea_output and written in hex. */
export const byteaFormats: FormatPair = formatPair('bytea', 'bytes', {
  text: {
    decode(cell) {
      if (cell[0] !== BACKSLASH || cell[1] !== 0x78) return { kind: 'bytes', bytes: decodeEscaped(cell) };
      const hex = asciiText('bytea', cell);
      if (!HEX_GRAMMAR.test(hex)) throw new ValueError('bytea', 'not hexadecimal');
      return { kind: 'bytes', bytes: Buffer.from(hex.slice(2), 'hex') };
    },
    encode(value) {
      if (value.kind !== 'bytes') throw wrongKind('bytea', value);
      return Buffer.from(`\\x${value.bytes.toString('hex')}`, 'latin1');
    },
  },
  binary: {
    decode: (cell) => ({ kind: 'bytes', bytes: Buffer.from(cell) }),
    encode(value) {
      if (value.kind !== 'bytes') throw wrongKind('bytea', value);
      return Buffer.from(value.bytes);
    },
  },
});
