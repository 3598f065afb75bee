import { expect, test } from 'vitest';
import { parameterText } from './parameter-text.ts';

test.each([
  ['text as it is', 25, 0, Buffer.from('a b'), 'a b'],
  ['a binary int4', 23, 1, Buffer.of(0, 0, 0, 7), '7'],
  ['a binary bool', 16, 1, Buffer.of(1), 't'],
  [
    'a binary uuid',
    2950,
    1,
    Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    '00112233-4455-6677-8899-aabbccddeeff',
  ],
  ['a binary int4 of the wrong length', 23, 1, Buffer.of(0, 7), null],
  ['a type that is not understood', 99_999, 1, Buffer.of(0), null],
  ['NULL', 23, 1, null, null],
] as const)('%s', (_what, typeOid, format, value, text) => {
  expect(parameterText({ typeOid, format, value })).toBe(text);
});
