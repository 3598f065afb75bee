import type { CellValue } from '@bailiwick/domain';
import { asciiText, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

const macaddrFormatsOf = (typeName: string, length: number): FormatPair => {
  const grammar = new RegExp(`^[0-9a-f]{2}(?::[0-9a-f]{2}){${length - 1}}$`);
  const checked = (text: string): string => {
    if (!grammar.test(text)) throw new ValueError(typeName, 'not in the server’s form');
    return text;
  };
  const textOf = (value: CellValue): string => {
    if (value.kind !== 'text') throw wrongKind(typeName, value);
    return checked(value.text);
  };
  return formatPair(
    typeName,
    'text',
    {
      text: {
        decode: (cell) => ({ kind: 'text', text: checked(asciiText(typeName, cell)) }),
        encode: (value) => Buffer.from(textOf(value), 'latin1'),
      },
      binary: {
        decode(cell) {
          expectLength(typeName, cell, length);
          return { kind: 'text', text: (cell.toString('hex').match(/../g) ?? []).join(':') };
        },
        encode: (value) => Buffer.from(textOf(value).replaceAll(':', ''), 'hex'),
      },
    },
    { width: length, standIn: new Array(length).fill('00').join(':') },
  );
};

/** macaddr (oid 829): six bytes, as text with colons. */
export const macaddrFormats: FormatPair = macaddrFormatsOf('macaddr', 6);

/** macaddr8 (oid 774): eight bytes, as text with colons. */
export const macaddr8Formats: FormatPair = macaddrFormatsOf('macaddr8', 8);
