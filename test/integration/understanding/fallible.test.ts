// What may fail for some values and not for others tells of them, without a row being shown.
import { beforeAll, expect, test } from 'vitest';
import { startUnderstanding, type Understanding } from './understood.ts';

let understanding: Understanding;
beforeAll(async () => {
  understanding = await startUnderstanding();
});

const evaluated = (output: string): readonly string[] => {
  const [facts] = understanding.facts(`SELECT ${output} FROM customers, orders`);
  return [
    ...new Set((facts?.columns ?? []).filter(({ place }) => place === 'evaluation').map(({ column }) => column.name)),
  ];
};

test.each([
  ['1 / length(ssn)', 'ssn'],
  ['ssn::int', 'ssn'],
  ['ssn::varchar::int', 'ssn'],
  ['CAST(ssn AS tier)', 'ssn'],
  ['amount::int', 'amount'],
  ['amount::numeric(3, 2)', 'amount'],
  ['amount * amount', 'amount'],
  ['amount * 1e5000', 'amount'],
  ['amount / 2', 'amount'],
  ["'a' ~ ssn", 'ssn'],
  ["'a' LIKE ssn", 'ssn'],
  ['substr(name, length(ssn))', 'ssn'],
  ['repeat(ssn, 3)', 'ssn'],
  ['decode(ssn, $1)', 'ssn'],
  ["notes - 'a'", 'notes'],
  ['jsonb_set(notes, $1, $2)', 'notes'],
  ["jsonb_path_query_first(notes, '$.a')", 'notes'],
  ['to_date(ssn, $1)', 'ssn'],
  ['sum(1 / length(ssn))', 'ssn'],
  ['array_agg(tags)', 'tags'],
  ['jsonb_object_agg(ssn, id)', 'ssn'],
  ['(SELECT max(ssn::int) FROM customers)', 'ssn'],
  ['(array_agg(length(ssn) / 0))[1]', 'ssn'],
  ['CASE WHEN true THEN ssn::int END', 'ssn'],
  ['ROW(ssn::int)', 'ssn'],
  ['ident(customers)', 'ssn'],
])('%s may fail for values of %s', (output, column) => {
  expect(evaluated(output)).toContain(column);
});

test.each([
  'ssn',
  'upper(ssn) || email',
  'ssn::text::varchar(5)::name',
  'left(ssn, 3), right(ssn, $1), substr(ssn, 1, 2), split_part(ssn, $1, 1)',
  "ssn LIKE 'a%', ssn ~ 'a', ssn = 'x', ssn > $1, ssn IN ('a', 'b'), ssn BETWEEN 'a' AND 'b'",
  'ssn IS NULL, ssn IS DISTINCT FROM $1, NULLIF(ssn, $1), coalesce(ssn, $1), greatest(ssn, email)',
  "notes -> 'a', notes ->> 'b', notes #>> '{a}', notes @> '{}'",
  'amount * 1.1, amount + 3, 100 - amount, round(amount, 2)',
  "min(ssn), count(ssn), string_agg(ssn, ','), sum(amount), array_agg(ssn), jsonb_agg(notes), percentile_disc(0.5) WITHIN GROUP (ORDER BY 1)",
  'to_jsonb(customers), row_to_json(customers), customers::text, ROW(ssn, email)',
  'tags[1], cardinality(tags), array_to_string(tags, $1)',
  "to_char(amount, '999'), md5(ssn), sha256($1)",
  'lag(ssn) OVER (), first_value(email) OVER ()',
])('never fails: %s', (output) => {
  expect(evaluated(output)).toEqual([]);
});
