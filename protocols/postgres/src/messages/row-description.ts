import { ByteReader, ByteWriter } from '@bailiwick/wire';
import { BACKEND } from '../message-type.ts';
import { type FormatCode, readFormatCode } from './format-code.ts';

/** One column of a result, as the server describes it. */
export interface RowField {
  readonly name: string;
  /** The table that the column is taken from unchanged; 0: none, or not told. */
  readonly tableOid: number;
  /** The column's number in that table: 1-based, negative for system columns, 0: none. */
  readonly attnum: number;
  /** A domain is reported as its base type. */
  readonly typeOid: number;
  /** pg_type.typlen: negative for types of varying width. */
  readonly typeSize: number;
  /** pg_attribute.atttypmod: -1 where the type has none. */
  readonly typeModifier: number;
  readonly format: FormatCode;
}

/** RowDescription (B): the columns of the DataRows that follow, or that would. */
export interface RowDescription {
  readonly fields: readonly RowField[];
}

/** An empty name and its terminator, and the fixed part. */
const FIELD_BYTES_MIN = 19;

/** @throws ProtocolError */
export function decodeRowDescription(body: Buffer): RowDescription {
  const reader = new ByteReader(body, 0, body.length, 'RowDescription');
  const fields = Array.from({ length: reader.count16(FIELD_BYTES_MIN) }, () => readField(reader));
  reader.expectEnd();
  return { fields };
}

function readField(reader: ByteReader): RowField {
  const name = reader.cstring();
  const tableOid = reader.uint32();
  const attnum = reader.int16();
  const typeOid = reader.uint32();
  const typeSize = reader.int16();
  const typeModifier = reader.int32();
  return { name, tableOid, attnum, typeOid, typeSize, typeModifier, format: readFormatCode(reader) };
}

/** The whole frame. */
export function encodeRowDescription(message: RowDescription): Buffer {
  const writer = new ByteWriter('RowDescription', BACKEND.RowDescription).uint16(message.fields.length);
  for (const field of message.fields) {
    writer.cstring(field.name).uint32(field.tableOid).int16(field.attnum).uint32(field.typeOid);
    writer.int16(field.typeSize).int32(field.typeModifier).int16(field.format);
  }
  return writer.finish();
}
