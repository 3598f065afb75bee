import type { CellValue } from '@bailiwick/domain';
import { asciiText, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const GRAMMAR = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const hexOf = (value: CellValue): string => {
  if (value.kind !== 'uuid') throw wrongKind('uuid', value);
  if (!/^[0-9a-f]{32}$/.test(value.hex)) throw new ValueError('uuid', 'not 32 hexadecimal digits');
  return value.hex;
};

/** uuid (oid 2950): 16 bytes in binary, uuid_out's lower case with hyphens in text. */
export const uuidFormats: FormatPair = formatPair(
  'uuid',
  'uuid',
  {
    text: {
      decode(cell) {
        const text = asciiText('uuid', cell);
        if (!GRAMMAR.test(text)) throw new ValueError('uuid', 'not in the server’s form');
        return { kind: 'uuid', hex: text.replaceAll('-', '') };
      },
      encode(value) {
        const text = hexOf(value).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
        return Buffer.from(text, 'latin1');
      },
    },
    binary: {
      decode(cell) {
        expectLength('uuid', cell, 16);
        return { kind: 'uuid', hex: cell.toString('hex') };
      },
      encode: (value) => Buffer.from(hexOf(value), 'hex'),
    },
  },
  { width: 16 },
);
