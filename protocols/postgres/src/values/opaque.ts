import type { CellValue } from '@bailiwick/domain';
import { expectLength, type FormatPair, formatPair, utf8Text } from './format-pair.ts';
import { ValueError } from './value-error.ts';

/** What is known of a type whose cells are checked and replaced, never read. */
export interface OpaqueType {
  readonly name: string;
  /** The value that stands for any other, in text and in binary. It is one that the type's input accepts. */
  readonly text: string | Buffer;
  readonly binary: Buffer;
  /** Length of every binary cell. */
  readonly width?: number;
  /** Whether a binary cell of varying length is well formed. */
  wellFormed?(cell: Buffer): boolean;
}

const OPAQUE: CellValue = { kind: 'opaque' };

/** Both formats of a type that masks can only put a constant in. Cells decode to `opaque`, which is written as it. */
export function opaqueFormats(type: OpaqueType): FormatPair {
  const text = typeof type.text === 'string' ? Buffer.from(type.text, 'utf8') : type.text;
  const encode = (value: CellValue, cell: Buffer): Buffer => {
    if (value.kind !== 'opaque') throw new ValueError(type.name, `takes no ${value.kind}`);
    return cell;
  };
  return formatPair(
    type.name,
    'opaque',
    {
      text: {
        decode(cell) {
          utf8Text(type.name, cell);
          return OPAQUE;
        },
        encode: (value) => encode(value, text),
      },
      binary: {
        decode(cell) {
          if (type.width !== undefined) expectLength(type.name, cell, type.width);
          else if (type.wellFormed?.(cell) === false) throw new ValueError(type.name, 'not well formed');
          return OPAQUE;
        },
        encode: (value) => encode(value, type.binary),
      },
    },
    type.width === undefined ? {} : { width: type.width },
  );
}
