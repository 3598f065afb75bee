import { ByteWriter } from '@bailiwick/wire';
import { describe, expect, test } from 'vitest';
import { decodeBind, encodeBind } from './bind.ts';
import { formatOf } from './format-code.ts';

const malformed = expect.objectContaining({ code: 'malformed', messageName: 'Bind' });

/** A body with the given format counts and codes and a number of NULL parameters. */
function body(formats: readonly number[], parameters: number, results: readonly number[]): Buffer {
  const writer = new ByteWriter('Bind', 0x42).cstring('').cstring('s').uint16(formats.length);
  for (const code of formats) writer.int16(code);
  writer.uint16(parameters);
  for (let i = 0; i < parameters; i++) writer.int32(-1);
  writer.uint16(results.length);
  for (const code of results) writer.int16(code);
  return writer.finish().subarray(5);
}

test('formats are none, one for all, or one each', () => {
  expect(decodeBind(body([], 3, [])).parameterFormats).toEqual([]);
  expect(decodeBind(body([1], 3, [])).parameterFormats).toEqual([1]);
  expect(decodeBind(body([1, 0, 1], 3, [])).parameterFormats).toEqual([1, 0, 1]);
  expect(decodeBind(body([1], 0, [])).parameterFormats).toEqual([1]);
  for (const [formats, parameters] of [
    [2, 3],
    [4, 3],
    [2, 0],
  ] as const) {
    expect(() => decodeBind(body(new Array(formats).fill(0), parameters, []))).toThrow(malformed);
  }
});

test('a format code that nobody can read is refused: it would hide a value from whoever looks', () => {
  for (const code of [2, -1, 256, 257]) {
    expect(() => decodeBind(body([code], 1, []))).toThrow(malformed);
    expect(() => decodeBind(body([], 1, [code]))).toThrow(malformed);
  }
});

test('formatOf follows the three ways to give formats', () => {
  expect([0, 1, 2].map((i) => formatOf([], i))).toEqual([0, 0, 0]);
  expect([0, 1, 2].map((i) => formatOf([1], i))).toEqual([1, 1, 1]);
  expect([0, 1, 2].map((i) => formatOf([0, 1, 0], i))).toEqual([0, 1, 0]);
});

describe('bounds', () => {
  test('65,535 parameters are legal: the count has no sign', () => {
    const bind = decodeBind(body([], 65_535, []));
    expect(bind.parameters).toHaveLength(65_535);
    expect(encodeBind(bind).subarray(5)).toEqual(body([], 65_535, []));
    expect(() => encodeBind({ ...bind, parameters: [...bind.parameters, null] })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });

  test.each([
    ['a length of -2', 'fffffffe'],
    ['a length of -2^31', '80000000'],
    ['a length of 2^31-1', '7fffffff'],
    ['a length one over the body', '00000003'],
  ])('%s is malformed', (_name, length) => {
    const value = Buffer.from(`00 00 0000 0001 ${length} 0000`.replaceAll(' ', ''), 'hex');
    expect(() => decodeBind(value)).toThrow(malformed);
  });

  test('an announced count is not allocated', () => {
    expect(() => decodeBind(Buffer.from('0000 0000 ffff 0000'.replaceAll(' ', ''), 'hex'))).toThrow(malformed);
  });
});

test('names are text: a portal name that is not UTF-8 is refused', () => {
  expect(() => decodeBind(Buffer.from('ff00 00 0000 0000 0000'.replaceAll(' ', ''), 'hex'))).toThrow(malformed);
});
