import type { ByteReader, ByteWriter } from '@bailiwick/wire';

/** How a value is written: 0 text, 1 binary. The protocol reserves all other codes. */
export type FormatCode = 0 | 1;

/** Reads one 16-bit format code; throws `ProtocolError` for codes that nobody can read. */
export function readFormatCode(reader: ByteReader): FormatCode {
  const code = reader.int16();
  if (code !== 0 && code !== 1) throw reader.fault('a format code is neither text nor binary');
  return code;
}

/** Reads a 16-bit count and as many format codes. */
export function readFormatCodes(reader: ByteReader): FormatCode[] {
  return Array.from({ length: reader.count16(2) }, () => readFormatCode(reader));
}

/** Writes a 16-bit count and the codes. */
export function writeFormatCodes(writer: ByteWriter, codes: readonly FormatCode[]): void {
  writer.uint16(codes.length);
  for (const code of codes) writer.int16(code);
}

/** The code for the value at `index` (0-based): no codes mean text for all, one is for all, else each has its own. */
export function formatOf(codes: readonly FormatCode[], index: number): FormatCode {
  return (codes.length === 1 ? codes[0] : codes[index]) ?? 0;
}
