import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUint64, writeUint64 } from './numbers.ts';
import { decodeRecordHead, decodeRecordLength, RECORD_BYTES_MAX } from './record.ts';
import { decodeSegmentHeader, encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-header.ts';
import { bodyKeyOf, makeSessionKeys, unwrapSessionKeys, wrapSessionKeys } from './session-keys.ts';

/** The head of an event record of 200 bytes, as FORMAT.md gives it. */
const HEAD = Buffer.from(
  `000000c8ffffff3701010008${'00'.repeat(8)}0000000000000007000640f1a2b3c4d5${'11'.repeat(32)}${'22'.repeat(32)}7365735f6f6e6531`,
  'hex',
);

function withByte(at: number, value: number): Buffer {
  const bytes = Buffer.from(HEAD);
  bytes.writeUInt8(value, at);
  return bytes;
}

describe('the head of a record', () => {
  test('decodes field by field', () => {
    expect(decodeRecordHead(HEAD)).toEqual({
      length: 200,
      kind: 1,
      flags: 0,
      keyId: Buffer.alloc(8),
      sequence: 7,
      timeMicros: 0x640f1a2b3c4d5,
      previous: Buffer.alloc(32, 0x11),
      link: Buffer.alloc(32, 0x22),
      sessionId: 'ses_one1',
      payloadAt: 108,
    });
  });

  test('cut anywhere is no head', () => {
    for (let size = 0; size < HEAD.length; size++) expect(decodeRecordHead(HEAD.subarray(0, size))).toBeNull();
  });

  test('of another version, of an unknown kind, with unknown or misplaced flags, or with no session is refused', () => {
    const faults: [number, number][] = [
      [8, 2],
      [9, 0],
      [9, 6],
      [10, 8],
      [10, 1],
      [11, 0],
      [11, 65],
    ];
    for (const [at, value] of faults) expect([at, decodeRecordHead(withByte(at, value))]).toEqual([at, null]);
  });

  test('states a length within bounds, twice', () => {
    const lengthOf = (length: number, complement: number): number | null => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(length >>> 0, 0);
      bytes.writeUInt32BE(complement >>> 0, 4);
      return decodeRecordLength(bytes);
    };
    for (const length of [133, 200, RECORD_BYTES_MAX]) expect(lengthOf(length, ~length)).toBe(length);
    for (const length of [0, 132, RECORD_BYTES_MAX + 1, 0xffff_ffff]) expect(lengthOf(length, ~length)).toBeNull();
    expect(lengthOf(200, ~201)).toBeNull();
  });
});

test('64-bit numbers survive up to the largest safe integer', () => {
  const buffer = Buffer.alloc(8);
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      writeUint64(buffer, 0, value);
      expect(readUint64(buffer, 0)).toBe(value);
      expect(buffer.readBigUInt64BE(0)).toBe(BigInt(value));
    }),
  );
});

test('a segment header reads back, and no bit of it can change', () => {
  const header = {
    number: 3,
    createdMicros: 1_760_000_000_000_000,
    id: Buffer.alloc(16, 1),
    signingKeyId: Buffer.alloc(32, 2),
    previous: Buffer.alloc(32, 3),
  };
  const bytes = encodeSegmentHeader(header);
  expect(bytes).toHaveLength(SEGMENT_HEADER_BYTES);
  expect(decodeSegmentHeader(bytes)).toMatchObject(header);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(decodeSegmentHeader(changed)).toBeTypeOf('string');
  }
  expect(decodeSegmentHeader(bytes.subarray(0, 143))).toBeTypeOf('string');
});

test('wrapped session keys open under their key and for their session only', () => {
  const under = bodyKeyOf(Buffer.alloc(32, 9));
  const keys = makeSessionKeys();
  const wrapped = wrapSessionKeys(keys, under, 'ses_one');
  expect(unwrapSessionKeys(wrapped, under, 'ses_one')).toEqual(keys);
  expect(unwrapSessionKeys(wrapped, under, 'ses_two')).toBeNull();
  expect(unwrapSessionKeys(wrapped, bodyKeyOf(Buffer.alloc(32, 8)), 'ses_one')).toBeNull();
  expect(unwrapSessionKeys(wrapped.subarray(1), under, 'ses_one')).toBeNull();
  expect(unwrapSessionKeys(Buffer.alloc(wrapped.length), under, 'ses_one')).toBeNull();
});
