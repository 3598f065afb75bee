import { isAscii, isUtf8 } from 'node:buffer';
import type { CellValue, ValueFormat } from '@bailiwick/domain';
import { ValueError } from './value-error.ts';

/** Both wire formats of one type. */
export interface FormatPair {
  readonly text: ValueFormat;
  readonly binary: ValueFormat;
}

/** What a type does between cell and value; the rest of its `ValueFormat` is the same in both wire formats. */
export interface Codec {
  decode(cell: Buffer): CellValue;
  encode(value: CellValue): Buffer;
}

/** What a type is besides its codecs; each part as `ValueFormat` has it, null where it is left out. */
export interface FormatTraits {
  readonly lengthMax?: number;
  /** Of binary cells; text cells vary. */
  readonly width?: number;
  readonly standIn?: string;
}

/** Joins the two codecs of a type under its name. */
export function formatPair(
  typeName: string,
  kind: ValueFormat['kind'],
  codecs: { readonly text: Codec; readonly binary: Codec },
  { lengthMax, width, standIn }: FormatTraits = {},
): FormatPair {
  const traits = { typeName, kind, lengthMax: lengthMax ?? null, standIn: standIn ?? null, element: null };
  return {
    text: { ...traits, width: null, ...codecs.text },
    binary: { ...traits, width: width ?? null, ...codecs.binary },
  };
}

/** The characters of a cell whose type is written in ASCII. Throws on any other byte. */
export function asciiText(typeName: string, cell: Buffer): string {
  if (!isAscii(cell)) throw new ValueError(typeName, 'not ASCII');
  return cell.toString('latin1');
}

/**
 * The characters of a cell under client_encoding UTF8, which the gateway pins. A byte-order mark is data. Throws on
 * invalid UTF-8 and on NUL, which no PostgreSQL text holds.
 */
export function utf8Text(typeName: string, cell: Buffer): string {
  if (!isUtf8(cell)) throw new ValueError(typeName, 'not UTF-8');
  if (cell.includes(0)) throw new ValueError(typeName, 'holds a NUL byte');
  return cell.toString('utf8');
}

/** The bytes of `text` in UTF-8. Throws on NUL and on lone surrogates, which UTF-8 cannot hold. */
export function utf8Cell(typeName: string, text: string): Buffer {
  if (text.includes('\0')) throw new ValueError(typeName, 'holds a NUL character');
  if (/\p{Surrogate}/u.test(text)) throw new ValueError(typeName, 'holds half a surrogate pair');
  return Buffer.from(text, 'utf8');
}

/** Refuses a cell whose length is not the one its type has. */
export function expectLength(typeName: string, cell: Buffer, length: number): void {
  if (cell.length !== length) throw new ValueError(typeName, `${cell.length} bytes where ${length} belong`);
}

/** The error for a value of a kind that the type does not take. */
export function wrongKind(typeName: string, value: CellValue): ValueError {
  return new ValueError(typeName, `takes no ${value.kind}`);
}
