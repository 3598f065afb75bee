import { ProtocolError } from '@bailiwick/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeDataRow, encodeDataRow } from '../messages/data-row.ts';
import { OutputBuffer } from './output-buffer.ts';
import { type CellRewrite, rewriteDataRow } from './row-rewriter.ts';

const cell = fc.option(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { nil: null },
);
const rewrite: fc.Arbitrary<CellRewrite> = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }).map((bytes): CellRewrite => ({ kind: 'constant', bytes: Buffer.from(bytes) })),
  fc.constant<CellRewrite>({ kind: 'constant', bytes: null }),
  fc.constant<CellRewrite>({ kind: 'mask', mask: (bytes) => Buffer.from(bytes).reverse() }),
  fc.constant<CellRewrite>({ kind: 'mask', mask: () => null }),
);

test('a rewritten row has the masked cells and every other cell untouched', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, rewrite), { maxLength: 12 }), fc.nat({ max: 9 }), (columns, before) => {
      const frame = encodeDataRow(columns.map(([bytes]) => bytes));
      const buffer = Buffer.concat([Buffer.alloc(before, 0xee), frame, Buffer.alloc(3, 0xee)]);
      const out = new OutputBuffer(1);
      rewriteDataRow(
        buffer,
        before,
        before + frame.length,
        columns.map(([, how]) => how),
        out,
      );
      const written = out.take();
      expect(written.readInt32BE(1)).toBe(written.length - 1);
      expect(decodeDataRow(written.subarray(5))).toEqual(
        columns.map(([bytes, how]) => {
          if (how === null) return bytes;
          if (how.kind === 'constant') return how.bytes;
          return bytes === null ? null : how.mask(bytes);
        }),
      );
    }),
    { numRuns: 200 },
  );
});

test('every truncation, a wrong count and trailing bytes are refused', () => {
  const frame = encodeDataRow([Buffer.from('one'), null, Buffer.from('three')]);
  const rewrites: CellRewrite[] = [null, null, { kind: 'constant', bytes: null }];
  for (let end = 5; end < frame.length; end++)
    expect(() => rewriteDataRow(frame, 0, end, rewrites, new OutputBuffer())).toThrow(ProtocolError);
  expect(() => rewriteDataRow(frame, 0, frame.length, rewrites.slice(1), new OutputBuffer())).toThrow(ProtocolError);
  const longer = Buffer.concat([frame, Buffer.alloc(1)]);
  expect(() => rewriteDataRow(longer, 0, longer.length, rewrites, new OutputBuffer())).toThrow(ProtocolError);
});

test('a cell length that is negative or beyond the frame is refused', () => {
  for (const length of [-2, -2147483648, 2147483647, 4]) {
    const frame = encodeDataRow([Buffer.from('one')]);
    frame.writeInt32BE(length, 7);
    expect(() => rewriteDataRow(frame, 0, frame.length, [null], new OutputBuffer())).toThrow(ProtocolError);
  }
});
