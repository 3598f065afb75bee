import type { CellValue, ValueFormat } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { checkedValue } from './checked-value.ts';

const format = (kind: 'text' | 'integer' | 'decimal', lengthMax: number | null = null): ValueFormat => ({
  ...{ typeName: kind, kind, lengthMax, width: null, standIn: null, element: null },
  decode: () => ({ kind: 'opaque' }),
  encode: (value) => Buffer.from(shown(value) ?? ''),
});

const shown = (value: CellValue | null): string | null => {
  if (value === null) return null;
  if (value.kind === 'text') return value.text;
  if (value.kind === 'integer') return value.integer.toString();
  return value.kind === 'decimal' ? value.decimal : null;
};

/** Expressions as PostgreSQL 18 prints them. */
const CASES: readonly (readonly [ValueFormat, string | null, readonly string[]])[] = [
  [format('integer'), '0', ['(c >= 0)']],
  [format('integer'), '1', ['(c > 0)']],
  [format('integer'), '18', ['((c >= 18) AND (c < 150))']],
  [format('integer'), '-1', ['(c < 0)']],
  [format('integer'), '3', ['(c = ANY (ARRAY[3, 5, 8]))']],
  [format('integer'), '7', ['(c > 0)', '(c > 6)']],
  [format('decimal'), '1', ['(c > (0)::numeric)']],
  [format('decimal'), '100', ["(c >= '100'::numeric)"]],
  [format('integer'), '1', ['(VALUE > 0)']],
  [format('text'), 'new', ["(c = ANY (ARRAY['new'::text, 'it''s'::text]))"]],
  [format('text'), 'new', ["((c)::text = ANY ((ARRAY['new'::character varying, 'done'::character varying])::text[]))"]],
  [format('text'), 'a AND b', ["(c = ANY (ARRAY['a AND b'::text]))"]],
  [format('text'), '[redacted]', ["(c <> ''::text)"]],
  [format('text'), 'xxxxxxxxxxx', ['(length(c) = 11)']],
  [format('text', 12), '[redacted]', ['(length(c) <= 12)']],
  [format('text'), 'xx', ['(char_length((c)::text) = 2)']],
  [format('text', 5), '[reda', ['(length((c)::text) = 5)']],
  [format('text'), '[redacted]', ['(c IS NOT NULL)']],
  [format('text'), '000', ["(c ~ '^\\d{3}$'::text)"]],
  [format('text'), '000-00-0000', ["(VALUE ~ '^\\d{3}-\\d{2}-\\d{4}$'::text)"]],
  [format('text'), 'TX-0000-XXXX', ["((VALUE ~ '^TX-[0-9]{4}-[A-Z]{4}$'::text) AND (length(VALUE) = 12))"]],
  [format('text'), '@', ["(c ~~ '%@%'::text)"]],
  [format('text'), 'a.xc', ["(c ~~ 'a._c%'::text)"]],
  // What is not understood has no value.
  [format('text'), null, ["(c ~ '^[[:digit:]]{3}$'::text)"]],
  [format('text'), null, ["(c ~ '^\\d{3}$'::text)", "(c ~ '^a'::text)"]],
  [format('text'), null, ['(c = lower(c))']],
  [format('text'), null, ["(c > 'm'::text)"]],
  [format('integer'), null, ['((c > 0) OR (d > 0))']],
  [format('integer'), null, ['(c > d)']],
  [format('integer'), null, ['((c % 2) = 0)']],
  [format('integer'), null, ['(c > 0)', '(c < 0)']],
  [format('integer'), null, ['public.is_good(c)']],
];

test.each(
  CASES.map(([type, expected, expressions]) => [expressions.join(' and '), type, expected, expressions] as const),
)('%s', (_title, type, expected, expressions) => {
  expect(shown(checkedValue(type, { expressions, names: ['c', 'VALUE'] }))).toBe(expected);
});
