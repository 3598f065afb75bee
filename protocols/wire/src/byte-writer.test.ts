import { describe, expect, test } from 'vitest';
import { ByteWriter, FRAME_LENGTH_MAX } from './byte-writer.ts';

const TYPE = 0x51;
const writer = (): ByteWriter => new ByteWriter('Probe', TYPE);

test('the length counts itself and the body, not the type', () => {
  expect(writer().finish().toString('hex')).toBe('5100000004');
  expect(new ByteWriter('Probe', null).uint16(7).finish().toString('hex')).toBe('000000060007');
});

test('every field is big-endian', () => {
  const frame = writer().int8(-1).uint8(255).int16(-2).uint16(65535).int32(-3).uint32(4294967295).cstring('é').finish();
  expect(frame.toString('hex')).toBe(`5100000015ffff${'fffeffff'}${'fffffffdffffffff'}c3a900`);
});

test('a sized value has its length before it, null has -1', () => {
  expect(
    writer().sized(null).sized(Buffer.from('ab')).sized(Buffer.alloc(0)).finish().subarray(5).toString('hex'),
  ).toBe('ffffffff00000002616200000000');
});

test('grows without losing or adding a byte', () => {
  const w = writer();
  const expected: number[] = [];
  for (let i = 0; i < 5000; i++) {
    w.uint8(i % 251);
    expected.push(i % 251);
  }
  const frame = w.bytes(Buffer.alloc(9000, 7)).finish();
  expect(frame.length).toBe(5 + 5000 + 9000);
  expect(frame.readInt32BE(1)).toBe(frame.length - 1);
  expect([...frame.subarray(5, 5005)]).toEqual(expected);
  expect(frame.subarray(5005).every((byte) => byte === 7)).toBe(true);
});

describe('what the wire cannot say is refused', () => {
  test.each([
    ['int8', -129],
    ['int8', 128],
    ['uint8', 256],
    ['int16', 32768],
    ['uint16', 65536],
    ['uint16', -1],
    ['int32', 2 ** 31],
    ['uint32', 2 ** 32],
    ['uint32', -1],
  ] as const)('%s of %d', (method, value) => {
    expect(() => writer()[method](value)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  test('a number that is not whole', () => {
    expect(() => writer().int32(Number.NaN)).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(() => writer().int32(1.5)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  test('text that would end early, or arrive as other text', () => {
    expect(() => writer().cstring('user\0superuser')).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(() => writer().cstring('\ud800')).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(writer().cstring('😀').finish().length).toBe(5 + 4 + 1);
  });

  test('a frame whose length would wrap, before any of it is copied', () => {
    const huge = Buffer.allocUnsafeSlow(FRAME_LENGTH_MAX - 3);
    expect(() => writer().bytes(huge)).toThrow(expect.objectContaining({ code: 'too-large', messageName: 'Probe' }));
  });

  test('a frame one byte over its own bound', () => {
    const bounded = (): ByteWriter => new ByteWriter('Probe', TYPE, 8);
    expect(bounded().int32(1).finish().length).toBe(9);
    expect(() => bounded().int32(1).uint8(0)).toThrow(expect.objectContaining({ code: 'too-large', offset: 4 }));
  });
});
