import { type Codec, type FormatPair, formatPair, utf8Cell, utf8Text, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

/** NAMEDATALEN - 1. */
const NAME_BYTES_MAX = 63;

const plain = (typeName: string): Codec => ({
  decode: (cell) => ({ kind: 'text', text: utf8Text(typeName, cell) }),
  encode(value) {
    if (value.kind !== 'text') throw wrongKind(typeName, value);
    return utf8Cell(typeName, value.text);
  },
});

const both = (codec: Codec): { text: Codec; binary: Codec } => ({ text: codec, binary: codec });

/** text (oid 25). */
export const textFormats: FormatPair = formatPair('text', 'text', both(plain('text')));

/** varchar (oid 1043). Its declared length is not on the wire with the cell. */
export const varcharFormats: FormatPair = formatPair('varchar', 'text', both(plain('varchar')));

/** citext of the extension of that name: text in everything but comparisons. */
export const citextFormats: FormatPair = formatPair('citext', 'text', both(plain('citext')));

/** bpchar (oid 1042). The blanks that pad it are not part of its value, so that a mask does not count them. */
export const bpcharFormats: FormatPair = formatPair(
  'bpchar',
  'text',
  both({
    ...plain('bpchar'),
    decode: (cell) => ({ kind: 'text', text: withoutPadding(utf8Text('bpchar', cell)) }),
  }),
);

// A loop, not / +$/: that pattern takes quadratic time on runs of blanks in the middle.
function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}

/** name (oid 19). */
export const nameFormats: FormatPair = formatPair(
  'name',
  'text',
  both({
    ...plain('name'),
    encode(value) {
      const cell = plain('name').encode(value);
      if (cell.length > NAME_BYTES_MAX) throw new ValueError('name', `longer than ${NAME_BYTES_MAX} bytes`);
      return cell;
    },
  }),
  { lengthMax: NAME_BYTES_MAX },
);

const escaped = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;
const charOf = (byte: number): string => {
  if (byte === 0) return '';
  return byte < 0x80 ? String.fromCharCode(byte) : escaped(byte);
};

/** The byte of a value of "char": nothing is NUL, `\ooo` is a byte above ASCII (charout since PostgreSQL 16). */
function byteOf(text: string): number {
  if (text === '') return 0;
  if (text.length === 1 && text.charCodeAt(0) < 0x80) return text.charCodeAt(0);
  if (/^\\[23][0-7]{2}$/.test(text)) return Number.parseInt(text.slice(1), 8);
  throw new ValueError('"char"', 'not one byte');
}

/** "char" (oid 18): one byte of any value. Servers before 16 write a byte above ASCII as it is; both are read. */
export const charFormats: FormatPair = formatPair(
  '"char"',
  'text',
  {
    text: {
      decode(cell) {
        const [byte] = cell;
        if (cell.length <= 1) return { kind: 'text', text: charOf(byte ?? 0) };
        return { kind: 'text', text: charOf(byteOf(utf8Text('"char"', cell))) };
      },
      encode(value) {
        if (value.kind !== 'text') throw wrongKind('"char"', value);
        return Buffer.from(charOf(byteOf(value.text)), 'latin1');
      },
    },
    binary: {
      decode(cell) {
        const [byte] = cell;
        if (cell.length !== 1 || byte === undefined) throw new ValueError('"char"', 'not one byte');
        return { kind: 'text', text: charOf(byte) };
      },
      encode(value) {
        if (value.kind !== 'text') throw wrongKind('"char"', value);
        return Buffer.from([byteOf(value.text)]);
      },
    },
  },
  { lengthMax: 1, width: 1 },
);
