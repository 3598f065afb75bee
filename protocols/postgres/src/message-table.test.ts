import { FrameDecoder } from '@bailiwick/wire';
import { describe, expect, test } from 'vitest';
import {
  BACKEND_MESSAGES,
  backendBodyLengthMax,
  FRONTEND_MESSAGES,
  frontendBodyLengthMax,
  messageName,
} from './message-table.ts';

const FRAME_BYTES_MAX = 64 * 1024 * 1024;
const letters = (rows: ReadonlyMap<number, unknown>): string =>
  [...rows.keys()]
    .map((type) => String.fromCharCode(type))
    .sort()
    .join('');
const code = (letter: string): number => letter.charCodeAt(0);

test('the table holds the message types of the specification and no others', () => {
  expect(letters(FRONTEND_MESSAGES)).toBe('BCDEFHPQSXcdfp');
  expect(letters(BACKEND_MESSAGES)).toBe('123ACDEGHIKNRSTVWZcdnstv');
});

test('only replication is refused', () => {
  const refused = [...FRONTEND_MESSAGES.values(), ...BACKEND_MESSAGES.values()].filter((r) => r.decision === 'refused');
  expect(refused.map((row) => row.name)).toEqual(['CopyBothResponse']);
});

test('what is relayed unseen has nothing inside', () => {
  for (const row of [...FRONTEND_MESSAGES.values(), ...BACKEND_MESSAGES.values()]) {
    expect(row.bodyLengthMin).toBeLessThanOrEqual(row.bodyLengthMax);
    if (row.decision === 'relayed') expect(row.bodyLengthMax, row.name).toBe(0);
  }
});

describe('bounds for the decoder', () => {
  const frontend = frontendBodyLengthMax(FRAME_BYTES_MAX);
  const backend = backendBodyLengthMax(FRAME_BYTES_MAX);

  test('are those of the server, the configuration where that is less, and -1 for what does not exist', () => {
    expect(frontend(code('Q'))).toBe(FRAME_BYTES_MAX - 5);
    expect(frontendBodyLengthMax(2 ** 31)(code('Q'))).toBe(0x3fff_ffff - 1 - 4);
    expect(frontend(code('E'))).toBe(9_996);
    expect(frontend(code('p'))).toBe(65_531);
    expect(frontend(code('S'))).toBe(0);
    expect(backend(code('R'))).toBe(1_996);
    expect(backend(code('K'))).toBe(260);
    expect(backend(code('t'))).toBe(2 + 4 * 65_535);
    expect(backend(code('D'))).toBe(FRAME_BYTES_MAX - 5);
    for (const type of [0, 0x16, code('T'), code('R'), 255]) expect(frontend(type)).toBe(-1);
    for (const type of [0, code('Q'), code('P'), 255]) expect(backend(type)).toBe(-1);
  });

  test('cannot be configured below what the protocol needs', () => {
    expect(() => frontendBodyLengthMax(10_000)).toThrow(RangeError);
    expect(() => backendBodyLengthMax(Number.NaN)).toThrow(RangeError);
    expect(frontendBodyLengthMax(10_001)(code('Q'))).toBe(9_996);
  });

  test('stop a frame at its header', () => {
    const decoder = new FrameDecoder({ bodyLengthMax: frontend, messageName: (type) => messageName('frontend', type) });
    decoder.push(Buffer.from('450000271000', 'hex'));
    expect(decoder.next()).toBe(false);
    const over = new FrameDecoder({ bodyLengthMax: frontend, messageName: (type) => messageName('frontend', type) });
    over.push(Buffer.from('4500002711', 'hex'));
    expect(() => over.next()).toThrow(expect.objectContaining({ code: 'too-large', messageName: 'Execute' }));
  });
});

test('names depend on the direction', () => {
  expect([messageName('frontend', code('D')), messageName('backend', code('D'))]).toEqual(['Describe', 'DataRow']);
  expect(messageName('frontend', 7)).toBe('unknown 0x07');
});
