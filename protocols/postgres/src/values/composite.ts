import type { CellValue, ValueFormat } from '@bailiwick/domain';
import { lengthPrefixed } from './arrays.ts';
import type { FormatPair } from './format-pair.ts';
import { opaqueFormats } from './opaque.ts';

/** One attribute of a composite type; null formats: its type cannot be written, so it is NULL. */
export interface Attribute {
  readonly typeOid: number;
  readonly formats: FormatPair | null;
}

const NEEDS_QUOTES = /^$|[ \t\n\r\v\f"\\(),]/;

/** record_out's quoting: quotes and backslashes are doubled. */
const quoted = (text: string): string => (NEEDS_QUOTES.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text);

/** A composite type: the row of its attributes' stand-ins stands for any other. `standIn` gives that of one format. */
export function compositeFormats(
  name: string,
  attributes: readonly Attribute[],
  standIn: (format: ValueFormat) => CellValue,
): FormatPair {
  const texts = attributes.map(({ formats }) =>
    formats === null ? '' : quoted(formats.text.encode(standIn(formats.text)).toString('utf8')),
  );
  const fields = attributes.flatMap(({ typeOid, formats }) => {
    const oid = Buffer.alloc(4);
    oid.writeUInt32BE(typeOid);
    return [oid, ...lengthPrefixed(formats === null ? null : formats.binary.encode(standIn(formats.binary)))];
  });
  const count = Buffer.alloc(4);
  count.writeInt32BE(attributes.length);
  return opaqueFormats({
    name,
    text: `(${texts.join(',')})`,
    binary: Buffer.concat([count, ...fields]),
    wellFormed: (cell) => isRow(cell, attributes),
  });
}

/** record_send: a count, then for each attribute its type and the value behind its length. */
function isRow(cell: Buffer, attributes: readonly Attribute[]): boolean {
  if (cell.length < 4 || cell.readInt32BE(0) !== attributes.length) return false;
  let at = 4;
  for (const { typeOid } of attributes) {
    if (at + 8 > cell.length || cell.readUInt32BE(at) !== typeOid) return false;
    const length = cell.readInt32BE(at + 4);
    if (length < -1) return false;
    at += 8 + Math.max(length, 0);
  }
  return at === cell.length;
}
