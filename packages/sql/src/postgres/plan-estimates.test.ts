import { beforeAll, describe, expect, test } from 'vitest';
import { loadPostgresParser, understandPostgres } from '../index.ts';

const context = { catalog: null, searchPath: [], prepared: () => undefined, cursor: () => undefined };

function edited(sql: string): string {
  let bytes = Buffer.from(sql);
  for (const { withoutEstimates: edit } of understandPostgres(sql, context).toReversed()) {
    if (edit === null) continue;
    bytes = Buffer.concat([bytes.subarray(0, edit.start), Buffer.from(edit.text), bytes.subarray(edit.end)]);
  }
  return bytes.toString();
}

beforeAll(loadPostgresParser);

describe('EXPLAIN without estimates', () => {
  test.each([
    ['EXPLAIN SELECT 1', 'EXPLAIN (COSTS OFF) SELECT 1'],
    ['explain(select 1)', 'explain (COSTS OFF)(select 1)'],
    ['EXPLAIN ((SELECT 1))', 'EXPLAIN (COSTS OFF) ((SELECT 1))'],
    ['EXPLAIN (COSTS ON) SELECT 1', 'EXPLAIN (COSTS ON, COSTS OFF) SELECT 1'],
    ['EXPLAIN ("costs", format json) (SELECT 1)', 'EXPLAIN ("costs", format json, COSTS OFF) (SELECT 1)'],
    ["EXPLAIN (costs ')', verbose) SELECT 1", "EXPLAIN (costs ')', verbose, COSTS OFF) SELECT 1"],
    ['EXPLAIN ANALYZE SELECT 1', 'EXPLAIN (analyze, COSTS OFF) SELECT 1'],
    ['EXPLAIN ANALYSE VERBOSE (SELECT 1)', 'EXPLAIN (analyze, verbose, COSTS OFF) (SELECT 1)'],
    ['EXPLAIN VERBOSE /* ( */ SELECT 1', 'EXPLAIN (verbose, COSTS OFF) /* ( */ SELECT 1'],
    [
      "SELECT 'ü'; /* ( */ EXPLAIN SELECT 'ß'; EXPLAIN VERBOSE TABLE t",
      "SELECT 'ü'; /* ( */ EXPLAIN (COSTS OFF) SELECT 'ß'; EXPLAIN (verbose, COSTS OFF) TABLE t",
    ],
  ])('%s', (sql, expected) => {
    expect(edited(sql)).toBe(expected);
  });

  test('statements that print no plan have no such edit', () => {
    expect(edited('SELECT 1; SHOW search_path')).toBe('SELECT 1; SHOW search_path');
  });
});
