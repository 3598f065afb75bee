import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_HEADER_LENGTH, FrameDecoder } from './frame-decoder.ts';
import { ProtocolError } from './protocol-error.ts';

const BODY_MAX = 3000;
const UNKNOWN = 0x7a;

const decoder = (): FrameDecoder =>
  new FrameDecoder({ bodyLengthMax: (type) => (type === UNKNOWN ? -1 : BODY_MAX), messageName: (type) => `m${type}` });

const header = (type: number, length: number): Buffer => {
  const bytes = Buffer.alloc(FRAME_HEADER_LENGTH);
  bytes.writeUInt8(type, 0);
  bytes.writeInt32BE(length, 1);
  return bytes;
};
const frame = (type: number, body: Uint8Array): Buffer => Buffer.concat([header(type, body.length + 4), body]);

/** Copies, so that a decoder that overwrote an exposed frame later would be seen in `views`. */
const drain = (d: FrameDecoder, views: Buffer[] = []): string[] => {
  const frames: string[] = [];
  while (d.next()) {
    const view = d.buffer.subarray(d.start, d.end);
    expect(d.type).toBe(view[0]);
    views.push(view);
    frames.push(view.toString('hex'));
  }
  expect(d.type).toBe(-1);
  return frames;
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

const frames = fc.array(
  fc
    .tuple(
      fc.integer({ min: 0, max: 255 }).filter((type) => type !== UNKNOWN),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([type, body]) => frame(type, body)),
  { maxLength: 12 },
);

/** Cuts `bytes` at the given places (any order, repeats allowed: they make empty chunks). */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...sorted].map((from, i) => Buffer.from(bytes.subarray(from, sorted[i] ?? bytes.length)));
};

describe('any split and any coalescing gives the same frames', () => {
  test('whatever the chunks, and however often the reader drains', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.nat(600), { maxLength: 30 }),
        fc.infiniteStream(fc.nat(3)),
        (list, cuts, pulls) => {
          const d = decoder();
          const seen: string[] = [];
          const views: Buffer[] = [];
          for (const chunk of cut(Buffer.concat(list), cuts)) {
            d.push(chunk);
            const budget = pulls.next().value;
            for (let i = 0; i < budget && d.next(); i++) {
              views.push(d.buffer.subarray(d.start, d.end));
              seen.push(d.buffer.subarray(d.start, d.end).toString('hex'));
            }
          }
          seen.push(...drain(d, views));
          expect(seen).toEqual(list.map((f) => f.toString('hex')));
          expect(views.map((view) => view.toString('hex'))).toEqual(seen);
          expect(d.bufferedBytes).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('byte by byte, frames of every small size', () => {
    const list = Array.from({ length: 20 }, (_, i) => frame(0x44, Buffer.alloc(i, i)));
    const d = decoder();
    const seen: string[] = [];
    for (const byte of Buffer.concat(list)) {
      d.push(Buffer.from([byte]));
      seen.push(...drain(d));
    }
    expect(seen).toEqual(list.map((f) => f.toString('hex')));
  });

  test('truncated at every byte, it waits; the rest completes it', () => {
    const whole = frame(0x51, Buffer.from('select 1\0'));
    for (let at = 0; at < whole.length; at++) {
      const d = decoder();
      d.push(Buffer.from(whole.subarray(0, at)));
      expect(d.next()).toBe(false);
      expect(d.bufferedBytes).toBe(at);
      d.push(Buffer.from(whole.subarray(at)));
      expect(drain(d)).toEqual([whole.toString('hex')]);
    }
  });

  test('more chunks than the queue keeps before it compacts', () => {
    const d = decoder();
    const list = Array.from({ length: 1000 }, (_, i) => frame(0x44, Buffer.from([i & 0xff])));
    for (const f of list) d.push(f);
    const seen: string[] = [];
    for (let i = 0; i < 500 && d.next(); i++) seen.push(d.buffer.subarray(d.start, d.end).toString('hex'));
    for (const f of list) d.push(f);
    seen.push(...drain(d));
    expect(seen).toEqual([...list, ...list].map((f) => f.toString('hex')));
  });
});

describe('who owns the bytes', () => {
  test('whole frames are exposed in place, side by side', () => {
    const chunk = Buffer.concat([frame(0x44, Buffer.from('a')), frame(0x44, Buffer.from('bc'))]);
    const d = decoder();
    d.push(chunk);
    expect(d.next()).toBe(true);
    expect([d.buffer === chunk, d.start, d.end]).toEqual([true, 0, 6]);
    expect(d.next()).toBe(true);
    expect([d.buffer === chunk, d.start, d.end]).toEqual([true, 6, 13]);
  });

  test('a frame put together is exposed without spare bytes behind it', () => {
    const whole = frame(0x44, Buffer.alloc(1234, 1));
    const d = decoder();
    d.push(Buffer.from(whole.subarray(0, 3)));
    d.next();
    d.push(Buffer.from(whole.subarray(3, 700)));
    d.next();
    d.push(Buffer.concat([whole.subarray(700), frame(0x44, Buffer.from('next'))]));
    expect(d.next()).toBe(true);
    expect(d.buffer.buffer.byteLength).toBe(whole.length);
    expect(d.next()).toBe(true);
    expect(d.buffer.subarray(d.start + FRAME_HEADER_LENGTH, d.end).toString()).toBe('next');
  });

  test('an announced length is not allocated before its bytes arrive', () => {
    const d = new FrameDecoder({ bodyLengthMax: () => 2 ** 31 - 5 });
    d.push(Buffer.concat([header(0x64, 2 ** 31 - 1), Buffer.alloc(100)]));
    const before = process.memoryUsage().arrayBuffers;
    expect(d.next()).toBe(false);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(d.bufferedBytes).toBe(105);
  });
});

describe('a header that is not acceptable is refused at its fifth byte', () => {
  test.each([
    ['length 0', 0x51, 0, 'malformed'],
    ['length 3', 0x51, 3, 'malformed'],
    ['length -1', 0x51, -1, 'malformed'],
    ['length -2^31', 0x51, -(2 ** 31), 'malformed'],
    ['length 2^31-1', 0x51, 2 ** 31 - 1, 'too-large'],
    ['one over the bound', 0x51, BODY_MAX + 5, 'too-large'],
    ['an unknown type', UNKNOWN, 4, 'unknown-message'],
  ] as const)('%s', (_name, type, length, code) => {
    const bytes = header(type, length);
    for (const split of [0, 1, 4]) {
      const d = decoder();
      d.push(Buffer.from(bytes.subarray(0, split)));
      expect(d.next()).toBe(false);
      d.push(Buffer.from(bytes.subarray(split)));
      expect(faultOf(() => d.next())).toMatchObject({ code, messageName: `m${type}`, offset: 0 });
    }
  });

  test('a body that the protocol itself does not allow is malformed, one that only the bound does not is too large', () => {
    const legal = BODY_MAX + 10;
    const outcome = (length: number): unknown => {
      const d = new FrameDecoder({ bodyLengthMax: () => BODY_MAX, legalBodyLengthMax: () => legal });
      d.push(header(0x51, length));
      return faultOf(() => d.next());
    };
    for (const length of [BODY_MAX + 5, legal + 4]) expect(outcome(length)).toMatchObject({ code: 'too-large' });
    for (const length of [legal + 5, 2 ** 31 - 1]) expect(outcome(length)).toMatchObject({ code: 'malformed' });
  });

  test('length 4 is an empty body; the bound itself is allowed', () => {
    const d = decoder();
    d.push(Buffer.concat([header(0x53, 4), frame(0x51, Buffer.alloc(BODY_MAX))]));
    expect(drain(d)).toHaveLength(2);
  });

  test('nothing is decoded after it, and its offset counts from the stream', () => {
    const d = decoder();
    const good = frame(0x51, Buffer.from('abc'));
    d.push(Buffer.concat([good, header(0x51, 0), good]));
    expect(d.next()).toBe(true);
    const fault = faultOf(() => d.next());
    expect(fault.offset).toBe(good.length);
    expect([d.type, d.start, d.end]).toEqual([-1, 0, 0]);
    d.push(good);
    expect(faultOf(() => d.next())).toBe(fault);
  });
});
