import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STARTUP_BODY_LENGTH_MAX, StartupDecoder } from './startup-decoder.ts';

const packet = (body: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
};

test('any split gives the same packet and the same rest', () => {
  const body = fc.uint8Array({ minLength: 4, maxLength: 60 });
  fc.assert(
    fc.property(body, fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat(130), { maxLength: 12 }), (b, rest, cuts) => {
      const bytes = Buffer.concat([packet(b), rest]);
      const places = cuts.map((c) => c % (bytes.length + 1)).sort((x, y) => x - y);
      const d = new StartupDecoder();
      for (const [i, from] of [0, ...places].entries()) {
        d.push(bytes.subarray(from, places[i] ?? bytes.length));
        expect(d.body() !== null).toBe((places[i] ?? bytes.length) >= b.length + 4);
      }
      expect(d.body()).toEqual(Buffer.from(b));
      expect(d.rest()).toEqual(Buffer.from(rest));
      expect(d.rest()).toHaveLength(0);
    }),
    { numRuns: 200 },
  );
});

describe('bounds', () => {
  const withLength = (length: number): (() => void) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    return () => new StartupDecoder().push(bytes);
  };

  test.each([0, 3, 4, 7, -1, -(2 ** 31)])('length %d is malformed', (length) => {
    expect(withLength(length)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  test.each([STARTUP_BODY_LENGTH_MAX + 5, 2 ** 31 - 1])('length %d is too large', (length) => {
    expect(withLength(length)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  test('the smallest and the largest packet are accepted', () => {
    for (const size of [4, STARTUP_BODY_LENGTH_MAX]) {
      const d = new StartupDecoder();
      d.push(packet(Buffer.alloc(size, 1)));
      expect(d.body()).toHaveLength(size);
    }
  });

  test('a decoder that failed stays failed', () => {
    const d = new StartupDecoder();
    expect(() => d.push(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(() => d.push(Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(d.body()).toBeNull();
  });
});

test('bytes sent behind an SSLRequest are seen as rest, not as a part of the handshake', () => {
  const d = new StartupDecoder();
  d.push(Buffer.from('0000000804d2162f5100000004', 'hex'));
  expect(d.body()?.toString('hex')).toBe('04d2162f');
  expect(d.rest().toString('hex')).toBe('5100000004');
});
