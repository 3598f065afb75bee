import { type Codec, type FormatPair, formatPair, utf8Cell, utf8Text, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

/** An enum type, its labels as text in both wire formats; the first label stands for any other. */
export function enumFormats(name: string, labels: readonly [string, ...string[]]): FormatPair {
  const known = new Set(labels);
  const codec: Codec = {
    // Not checked against the labels: ALTER TYPE may have added one since they were read.
    decode: (cell) => ({ kind: 'text', text: utf8Text(name, cell) }),
    encode(value) {
      if (value.kind !== 'text') throw wrongKind(name, value);
      if (!known.has(value.text)) throw new ValueError(name, 'has no such label');
      return utf8Cell(name, value.text);
    },
  };
  return formatPair(name, 'text', { text: codec, binary: codec }, { standIn: labels[0] });
}
