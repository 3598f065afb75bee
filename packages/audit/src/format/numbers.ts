/** 2^32, the weight of the upper word of an unsigned 64-bit number. */
const UPPER_WORD = 0x1_0000_0000;

/** Writes `value` as eight big-endian bytes. Integers up to 2^53 - 1; a record holds nothing larger. */
export function writeUint64(buffer: Buffer, offset: number, value: number): void {
  buffer.writeUInt32BE(Math.floor(value / UPPER_WORD), offset);
  buffer.writeUInt32BE(value % UPPER_WORD, offset + 4);
}

/** Reads eight big-endian bytes. Values beyond 2^53 - 1 come back inexact; the hash of the record tells. */
export function readUint64(buffer: Buffer, offset: number): number {
  return buffer.readUInt32BE(offset) * UPPER_WORD + buffer.readUInt32BE(offset + 4);
}
