import type { CellValue } from '@bailiwick/domain';
import { type Codec, type FormatPair, formatPair, utf8Cell, utf8Text, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

/** The only version of jsonb_send's text form. */
const JSONB_VERSION = 1;

const checked = (typeName: string, json: string): string => {
  try {
    JSON.parse(json);
  } catch {
    // The parser's own message quotes the text.
    throw new ValueError(typeName, 'not JSON');
  }
  return json;
};

const jsonOf = (typeName: string, value: CellValue): string => {
  if (value.kind !== 'json') throw wrongKind(typeName, value);
  return checked(typeName, value.json);
};

const text = (typeName: string): Codec => ({
  decode: (cell) => ({ kind: 'json', json: checked(typeName, utf8Text(typeName, cell)) }),
  encode: (value) => utf8Cell(typeName, jsonOf(typeName, value)),
});

/** json (oid 114): the text as it was written, duplicate keys and blanks included, in both wire formats. */
export const jsonFormats: FormatPair = formatPair('json', 'json', { text: text('json'), binary: text('json') });

/** jsonb (oid 3802): normalised text, behind a version byte in binary. */
export const jsonbFormats: FormatPair = formatPair('jsonb', 'json', {
  text: text('jsonb'),
  binary: {
    decode(cell) {
      if (cell[0] !== JSONB_VERSION) throw new ValueError('jsonb', 'unknown version');
      return text('jsonb').decode(cell.subarray(1));
    },
    encode: (value) => Buffer.concat([Buffer.from([JSONB_VERSION]), text('jsonb').encode(value)]),
  },
});
