import { describe, expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ProtocolError } from './protocol-error.ts';

const reader = (hex: string): ByteReader => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return new ByteReader(bytes, 0, bytes.length, 'Probe');
};

const faultOf = (run: () => unknown): ProtocolError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('integers', () => {
  test('are big-endian, signed and unsigned', () => {
    const r = reader('ff ff fffe fffe fffffffd fffffffd fffffffffffffffc fffffffffffffffc');
    expect([r.int8(), r.uint8(), r.int16(), r.uint16(), r.int32(), r.uint32()]).toEqual([
      -1, 255, -2, 65534, -3, 4294967293,
    ]);
    expect([r.int64(), r.uint64()]).toEqual([-4n, 18446744073709551612n]);
    r.expectEnd();
  });

  test.each([
    ['int8', 1],
    ['uint8', 1],
    ['int16', 2],
    ['uint16', 2],
    ['int32', 4],
    ['uint32', 4],
    ['int64', 8],
    ['uint64', 8],
  ] as const)('%s refuses a body that is one byte short', (method, size) => {
    expect(() => reader('00'.repeat(size))[method]()).not.toThrow();
    const r = reader('00'.repeat(size - 1));
    expect(faultOf(() => r[method]())).toMatchObject({ code: 'malformed', messageName: 'Probe', offset: 0 });
  });
});

describe('text', () => {
  test('ends at its zero byte, keeps a byte order mark, and may be empty', () => {
    const r = reader('00 efbbbf61 00 c3a9 00');
    expect([r.cstring(), r.cstring(), r.cstring()]).toEqual(['', '\uFEFFa', 'é']);
    expect(r.remaining).toBe(0);
  });

  test.each([
    ['nothing', ''],
    ['no zero byte', '616263'],
    ['bad UTF-8', 'ff00'],
    ['an overlong zero', 'c08000'],
    ['half a surrogate pair', 'eda08000'],
    ['a cut character', 'c300'],
  ])('is refused: %s', (_name, hex) => {
    expect(faultOf(() => reader(hex).cstring()).code).toBe('malformed');
  });

  test('does not find its zero byte in the neighbour of the body', () => {
    const bytes = Buffer.from('61626300', 'hex');
    expect(faultOf(() => new ByteReader(bytes, 0, 3, 'Probe').cstring()).offset).toBe(0);
    expect(new ByteReader(bytes, 1, 4, 'Probe').cstring()).toBe('bc');
  });

  test('as bytes has no encoding', () => {
    expect(reader('ff00').cstringBytes()).toEqual(Buffer.from([0xff]));
  });
});

describe('lengths and counts', () => {
  test('bytes() is a view; negative and long lengths are refused', () => {
    const bytes = Buffer.from('010203', 'hex');
    const r = new ByteReader(bytes, 0, 3, 'Probe');
    const view = r.bytes(2);
    bytes[0] = 9;
    expect(view[0]).toBe(9);
    expect(faultOf(() => r.bytes(2)).offset).toBe(2);
    expect(faultOf(() => r.bytes(-1)).code).toBe('malformed');
    expect(faultOf(() => r.skip(2)).code).toBe('malformed');
    expect(r.rest()).toEqual(Buffer.from([3]));
  });

  test('a count may fill the body and not exceed it', () => {
    expect(reader('0002 00000000').count16(2)).toBe(2);
    expect(faultOf(() => reader('0003 00000000').count16(2)).offset).toBe(2);
    expect(reader('00000004 00000000').count32(1)).toBe(4);
    expect(faultOf(() => reader('7fffffff 00000000').count32(4)).code).toBe('malformed');
    expect(faultOf(() => reader('ffffffff').count32(1)).code).toBe('malformed');
    expect(reader('ffff'.padEnd(4 + 65535 * 2, '0')).count16(1)).toBe(65535);
  });

  test('bytes behind the last field are refused', () => {
    const r = reader('0001');
    r.uint8();
    expect(faultOf(() => r.expectEnd())).toMatchObject({ code: 'malformed', offset: 1 });
    r.uint8();
    expect(() => r.expectEnd()).not.toThrow();
  });
});

test('an error says where and nothing of what was there', () => {
  const r = new ByteReader(Buffer.from('xxsecret'), 2, 8, 'Query');
  r.skip(1);
  const fault = faultOf(() => r.cstring());
  expect(fault.offset).toBe(1);
  expect(fault.message).toBe('Query: text is not terminated (malformed at byte 1)');
});

test('a reader outside its buffer is a fault of ours, not of the peer', () => {
  expect(() => new ByteReader(Buffer.alloc(3), 0, 4, 'Probe')).toThrow(RangeError);
  expect(() => new ByteReader(Buffer.alloc(3), 2, 1, 'Probe')).toThrow(RangeError);
});
