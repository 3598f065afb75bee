import { expect, test } from 'vitest';
import { rowsOfTag } from './command-complete.ts';

test.each([
  ['SELECT 3', 3],
  ['INSERT 0 5', 5],
  ['UPDATE 0', 0],
  ['DELETE 12', 12],
  ['MERGE 7', 7],
  ['COPY 100000', 100_000],
  ['FETCH 1', 1],
  ['CREATE TABLE AS 9', 9],
  ['REFRESH MATERIALIZED VIEW', null],
  ['BEGIN', null],
  ['CREATE TABLE', null],
  ['', null],
  ['SELECT -1', null],
  ['SELECT 3 ', null],
])('%j has %s rows', (tag, rows) => {
  expect(rowsOfTag(tag)).toBe(rows);
});
