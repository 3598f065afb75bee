import type { CellValue } from '@bailiwick/domain';
import { asciiText, type Codec, expectLength, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

interface IntegerType {
  readonly name: string;
  readonly min: bigint;
  readonly max: bigint;
  readonly bytes: number;
  read(cell: Buffer): bigint;
  write(cell: Buffer, integer: bigint): void;
}

const expectRange = (type: IntegerType, integer: bigint): bigint => {
  if (integer < type.min || integer > type.max) throw new ValueError(type.name, 'out of range');
  return integer;
};

const integerOf = (type: IntegerType, value: CellValue): bigint => {
  if (value.kind !== 'integer') throw wrongKind(type.name, value);
  return expectRange(type, value.integer);
};

/** Decimal digits with an optional minus, as int2out and its kin write them. */
const textCodec = (type: IntegerType): Codec => ({
  decode(cell) {
    // The length is checked first, so that a long run of digits costs nothing to refuse.
    const text = cell.length <= 20 ? asciiText(type.name, cell) : '';
    if (!/^-?\d+$/.test(text)) throw new ValueError(type.name, 'not a whole number');
    return { kind: 'integer', integer: expectRange(type, BigInt(text)) };
  },
  encode: (value) => Buffer.from(integerOf(type, value).toString(), 'latin1'),
});

/** Big-endian two's complement of the type's width; oid is unsigned. */
const binaryCodec = (type: IntegerType): Codec => ({
  decode(cell) {
    expectLength(type.name, cell, type.bytes);
    return { kind: 'integer', integer: type.read(cell) };
  },
  encode(value) {
    const cell = Buffer.alloc(type.bytes);
    type.write(cell, integerOf(type, value));
    return cell;
  },
});

const integerFormats = (type: IntegerType): FormatPair =>
  formatPair(type.name, 'integer', { text: textCodec(type), binary: binaryCodec(type) }, { width: type.bytes });

/** int2 (oid 21). */
export const int2Formats: FormatPair = integerFormats({
  name: 'int2',
  min: -32_768n,
  max: 32_767n,
  bytes: 2,
  read: (cell) => BigInt(cell.readInt16BE()),
  write: (cell, integer) => cell.writeInt16BE(Number(integer)),
});

/** int4 (oid 23). */
export const int4Formats: FormatPair = integerFormats({
  name: 'int4',
  min: -2_147_483_648n,
  max: 2_147_483_647n,
  bytes: 4,
  read: (cell) => BigInt(cell.readInt32BE()),
  write: (cell, integer) => cell.writeInt32BE(Number(integer)),
});

/** int8 (oid 20). */
export const int8Formats: FormatPair = integerFormats({
  name: 'int8',
  min: -9_223_372_036_854_775_808n,
  max: 9_223_372_036_854_775_807n,
  bytes: 8,
  read: (cell) => cell.readBigInt64BE(),
  write: (cell, integer) => cell.writeBigInt64BE(integer),
});

/** oid (oid 26). */
export const oidFormats: FormatPair = integerFormats({
  name: 'oid',
  min: 0n,
  max: 4_294_967_295n,
  bytes: 4,
  read: (cell) => BigInt(cell.readUInt32BE()),
  write: (cell, integer) => cell.writeUInt32BE(Number(integer)),
});
