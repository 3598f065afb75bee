import { expect, test } from 'vitest';
import { simplePattern } from './simple-pattern.ts';

test.each([
  ['^\\d{3}-\\d{2}-\\d{4}$', '000-00-0000'],
  ['^TX-[0-9]{4}-[A-Z]{4}$', 'TX-0000-XXXX'],
  ['^[a-z]+@[a-z.]+\\.(com|org)$', 'x@x.com'],
  ['^(\\+|00)?[1-9][0-9]{1,14}$', '+10'],
  ['^[A-Z]{2}\\d{2}[A-Z0-9]{10,30}$', 'XX000000000000'],
  ['x.y', 'xxy'],
  ['^a*b?$', 'ab'],
])('%s is matched by %s', (pattern, sample) => {
  const simple = simplePattern(pattern);
  expect(simple?.sample).toBe(sample);
  expect(simple?.matches(sample)).toBe(true);
  expect(simple?.matches('[redacted]')).toBe(false);
});

test.each([
  '^[^a]$',
  '[[:alpha:]]',
  'a(?=b)',
  '(?i)a',
  '\\mfoo\\M',
  '(a',
  'a)',
  '[a',
  'a**',
  'a{2}{3}',
  '\\1',
  'a{1',
  '***:a',
  '\\',
])('%s is left alone', (pattern) => {
  expect(simplePattern(pattern)).toBeNull();
});
