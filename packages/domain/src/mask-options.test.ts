import { describe, expect, test } from 'vitest';
import { MASK_NAMES } from './decision.ts';
import { MASK_OPTIONS, maskOption, validateMask } from './mask-options.ts';

describe('validateMask', () => {
  test('accepts every mask with its required options only', () => {
    const required: Record<string, Record<string, unknown>> = { constant: { value: 'x' }, bucket: { size: 10 } };
    for (const name of MASK_NAMES) expect(validateMask(name, required[name] ?? {})).toBeNull();
  });

  test.each([
    ['redcat', {}, 'there is no mask "redcat"'],
    ['constructor', {}, 'there is no mask'],
    ['redact', { value: 1 }, 'has no option "value"; it takes none'],
    ['partial', { keeplast: 4 }, 'has no option "keeplast"; it takes keep_first, keep_last'],
    ['partial', { toString: 4 }, 'has no option "toString"'],
    ['partial', { keep_last: -1 }, 'whole number from 0 to 64'],
    ['partial', { keep_last: 65 }, 'whole number from 0 to 64'],
    ['partial', { keep_last: '4' }, 'whole number'],
    ['partial', { keep_last: 1.5 }, 'whole number'],
    ['partial', { character: 'a' }, 'punctuation'],
    ['partial', { character: '**' }, 'punctuation'],
    ['partial', { character: '' }, 'punctuation'],
    ['partial', { keep_length: 1 }, 'true or false'],
    ['hash', { length: 15 }, 'from 16 to 64'],
    ['bucket', {}, 'needs the option "size"'],
    ['bucket', { size: 1 }, 'from 2 to'],
    ['bucket', { size: Number.NaN }, 'from 2 to'],
    ['constant', {}, 'needs the option "value"'],
    ['constant', { value: null }, 'a string'],
    ['constant', { value: 'x'.repeat(1001) }, 'at most 1000'],
    ['constant', { value: Number.POSITIVE_INFINITY }, 'a number'],
    ['date', { precision: 'hour' }, 'one of year, month, day'],
    ['fake', { kind: ['name'] }, 'one of name'],
  ])('refuses %s %j', (name, options, fault) => {
    expect(validateMask(name, options)).toContain(fault);
  });

  test('defaults are themselves valid', () => {
    for (const name of MASK_NAMES) {
      for (const [key, option] of Object.entries(MASK_OPTIONS[name])) {
        if (option.default === null) continue;
        const others = name === 'bucket' ? { size: 2 } : {};
        expect(validateMask(name, { ...others, [key]: option.default })).toBeNull();
      }
    }
  });
});

test('maskOption gives what was said, else the default', () => {
  expect(maskOption({ name: 'partial', options: { keep_last: 4 } }, 'keep_last')).toBe(4);
  expect(maskOption({ name: 'partial', options: {} }, 'character')).toBe('*');
  expect(maskOption({ name: 'email', options: { keep_domain: false } }, 'keep_domain')).toBe(false);
});
