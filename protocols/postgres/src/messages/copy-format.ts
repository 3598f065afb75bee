import type { ByteReader, ByteWriter } from '@bailiwick/wire';
import { type FormatCode, readFormatCodes, writeFormatCodes } from './format-code.ts';

/** What CopyInResponse, CopyOutResponse and CopyBothResponse say about the stream that begins. */
export interface CopyFormat {
  /** 0: lines of text (or CSV), 1: binary. */
  readonly format: FormatCode;
  /** One for each column; all text when the whole is. */
  readonly columnFormats: readonly FormatCode[];
}

/** Reads a whole body. @throws ProtocolError */
export function readCopyFormat(reader: ByteReader): CopyFormat {
  const format = reader.int8();
  if (format !== 0 && format !== 1) throw reader.fault('a copy is neither text nor binary');
  const columnFormats = readFormatCodes(reader);
  reader.expectEnd();
  return { format, columnFormats };
}

/** Writes a whole body. */
export function writeCopyFormat(writer: ByteWriter, copy: CopyFormat): ByteWriter {
  writer.int8(copy.format);
  writeFormatCodes(writer, copy.columnFormats);
  return writer;
}
