import { ProtocolError } from '@bailiwick/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CELLS_OFFSET, checkDataRow, decodeDataRow, encodeDataRow, locateCells } from './data-row.ts';

const cells = fc.array(fc.option(fc.uint8Array({ maxLength: 30 }), { nil: null }), { maxLength: 20 });

test('cells are located where they are, wherever the frame is', () => {
  fc.assert(
    fc.property(cells, fc.uint8Array({ maxLength: 9 }), (row, before) => {
      const frame = encodeDataRow(row);
      const buffer = Buffer.concat([before, frame, Buffer.from('behind')]);
      const start = before.length + 5;
      const end = before.length + frame.length;
      checkDataRow(buffer, start, end, row.length);
      const places = new Int32Array(2 * row.length);
      locateCells(buffer, start, end, row.length, places);
      const read = row.map((_, i) => {
        const at = places[2 * i] ?? -1;
        const length = places[2 * i + 1] ?? -2;
        return length === -1 ? null : Buffer.from(buffer.subarray(at, at + length));
      });
      expect(read).toEqual(row.map((cell) => (cell === null ? null : Buffer.from(cell))));
      expect(decodeDataRow(frame.subarray(5))).toEqual(read);
    }),
    { numRuns: 200 },
  );
});

test('a row that passes the check can be walked to its end, whatever its bytes were', () => {
  fc.assert(
    fc.property(cells, fc.nat(200), fc.nat(255), (row, at, byte) => {
      const body = Buffer.from(encodeDataRow(row).subarray(5));
      body[at % body.length] = byte;
      const columns = body.readUInt16BE(0);
      try {
        checkDataRow(body, 0, body.length, columns);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        return;
      }
      let position = CELLS_OFFSET;
      for (let i = 0; i < columns; i++) position += 4 + Math.max(0, body.readInt32BE(position));
      expect(position).toBe(body.length);
    }),
    { numRuns: 200 },
  );
});

describe('what would put a cell under another column', () => {
  const body = encodeDataRow([Buffer.from('ab'), null]).subarray(5);
  const check = (bytes: Buffer, columns: number): (() => void) => {
    return () => checkDataRow(bytes, 0, bytes.length, columns);
  };
  const withLength = (length: number): Buffer => {
    const bytes = Buffer.from(body);
    bytes.writeInt32BE(length, CELLS_OFFSET);
    return bytes;
  };
  const malformed = expect.objectContaining({ code: 'malformed', messageName: 'DataRow' });

  test('another number of cells than columns', () => {
    expect(check(body, 2)).not.toThrow();
    expect(check(body, 1)).toThrow(malformed);
    expect(check(body, 3)).toThrow(malformed);
  });

  test.each([-2, -(2 ** 31), 1, 3, 6, 7, 2 ** 31 - 1])('a length of %d for 2 bytes', (length) => {
    expect(check(withLength(length), 2)).toThrow(malformed);
  });

  test('a cut or an extra byte', () => {
    for (let length = 0; length < body.length; length++) expect(check(body.subarray(0, length), 2)).toThrow(malformed);
    expect(check(Buffer.concat([body, Buffer.of(0)]), 2)).toThrow(malformed);
  });

  test('a frame that goes on in its neighbour', () => {
    const buffer = Buffer.concat([body, body]);
    expect(() => checkDataRow(buffer, 0, body.length - 1, 2)).toThrow(malformed);
    expect(() => checkDataRow(buffer, 0, body.length + 1, 2)).toThrow(malformed);
  });

  test('a count that the body cannot hold', () => {
    expect(() => decodeDataRow(Buffer.from('ffff00000000', 'hex'))).toThrow(malformed);
    expect(() => decodeDataRow(Buffer.from('00', 'hex'))).toThrow(malformed);
  });
});

test('places need room', () => {
  expect(() => locateCells(encodeDataRow([null]).subarray(5), 0, 6, 1, new Int32Array(1))).toThrow(RangeError);
});
