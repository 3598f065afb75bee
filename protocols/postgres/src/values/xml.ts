import { type Codec, type FormatPair, formatPair, utf8Cell, utf8Text, wrongKind } from './format-pair.ts';

/**
 * A document's declaration may name an encoding; xml_send adds `encoding="UTF8"` where the text form has none, so the
 * declaration is left out of the value.
 */
const DECLARATION = /^<\?xml\s[^>]{0,200}\?>\n?/;

const codec: Codec = {
  decode: (cell) => ({ kind: 'text', text: utf8Text('xml', cell).replace(DECLARATION, '') }),
  encode(value) {
    if (value.kind !== 'text') throw wrongKind('xml', value);
    return utf8Cell('xml', value.text);
  },
};

/** xml (oid 142). Its grammar is not checked: a mask replaces it whole. */
export const xmlFormats: FormatPair = formatPair('xml', 'text', { text: codec, binary: codec });
