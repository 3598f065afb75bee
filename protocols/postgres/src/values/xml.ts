import { type Codec, type FormatPair, formatPair, utf8Cell, utf8Text, wrongKind } from './format-pair.ts';

const codec: Codec = {
  decode: (cell) => ({ kind: 'text', text: utf8Text('xml', cell) }),
  encode(value) {
    if (value.kind !== 'text') throw wrongKind('xml', value);
    return utf8Cell('xml', value.text);
  },
};

/** xml (oid 142), the same in both wire formats. Its grammar is not checked: a mask replaces it whole. */
export const xmlFormats: FormatPair = formatPair(
  'xml',
  'text',
  { text: codec, binary: codec },
  { standIn: '<redacted/>' },
);
