import { describe, expect, test } from 'vitest';
import type { MaskSpec } from './decision.ts';
import { detectSpec } from './mask-options.ts';
import { givesMasked, looksMasked } from './mask-shape.ts';

const mask = (name: MaskSpec['name'], options: MaskSpec['options'] = {}): MaskSpec => ({ name, options });
const LAST = mask('partial', { keep_last: 4 });
const ENDS = mask('partial', { keep_first: 2, keep_last: 3, character: '#' });
const LONG = mask('partial', { keep_last: 2, keep_length: true });

describe('what a mask gives', () => {
  test.each<readonly [MaskSpec, string]>([
    [mask('redact'), '[redacted]'],
    [mask('redact'), '[redact'],
    [LAST, '[redacted]'],
    [mask('token'), '[redacted]'],
    [LAST, '****3344'],
    [LAST, '****'],
    [mask('partial'), '****3344'],
    [ENDS, 'DE####789'],
    [ENDS, 'é💶####7é9'],
    [LONG, '*******89'],
    [LONG, '***'],
    [mask('email'), 'a***@bank.example'],
    [mask('email'), '***@x'],
    [mask('email', { keep_domain: false }), '***@masked.invalid'],
    [mask('constant', { value: 'hidden' }), 'hidden'],
    [mask('constant', { value: 999 }), '999'],
    [mask('constant', { value: 999 }), '999.00'],
    [mask('hash', { length: 16 }), '0123456789abcdef'],
    [detectSpec(['email']), 'write to [redacted:email] today'],
  ])('%j: %s', (spec, text) => {
    expect(looksMasked(spec, text)).toBe(true);
  });
});

describe('what is data', () => {
  test.each<readonly [MaskSpec, string]>([
    [LAST, '111-22-3344'],
    [LAST, ''],
    [LAST, '***3344'],
    [LAST, '*****3344'],
    [LAST, '*****'],
    [ENDS, 'DE****789'],
    [ENDS, 'D####789'],
    [LONG, '*******9'],
    [LONG, 'ab*****89'],
    [mask('email'), 'ada@bank.example'],
    [mask('email'), 'ada***@bank.example'],
    [mask('email'), 'a**@bank.example'],
    [mask('constant', { value: 'hidden' }), 'hidden treasure'],
    [mask('constant', { value: true }), 'true'],
    [mask('constant', { value: '' }), ''],
    [mask('constant', { value: 0 }), ''],
    [mask('hash', { length: 16 }), '0123456789ABCDEF'],
    [mask('hash', { length: 16 }), '0123456789abcdef0'],
    [mask('redact'), '['],
    [mask('redact'), 'redacted'],
    [mask('redact'), '****'],
    [mask('null'), ''],
    [detectSpec(['email']), 'write to ada@bank.example today'],
  ])('%j: %s', (spec, text) => {
    expect(looksMasked(spec, text)).toBe(false);
  });
});

test.each<readonly [string, boolean]>([
  ['****3344', true],
  ['{****3344}', true],
  ['{111-22-3344,"****3344"}', true],
  ['{{a},{****3344}}', true],
  ['{"\\"****3344"}', false],
  ['{111-22-3344,NULL}', false],
  ['{}', false],
  ['a {****3344}', false],
])('an element of an array: %s', (text, expected) => {
  expect(givesMasked(LAST, text)).toBe(expected);
});
