import { expect, test } from 'vitest';
import { sensitiveColumn } from './sensitive-relations.ts';

test.each([
  ['pg_catalog', 'pg_stats', 'most_common_vals'],
  ['pg_catalog', 'pg_stats_ext_exprs', 'histogram_bounds'],
  ['pg_catalog', 'pg_stat_activity', 'query'],
  ['extensions', 'pg_stat_statements', 'query'],
  ['pg_catalog', 'pg_authid', 'rolpassword'],
  ['pg_catalog', 'pg_authid', '*'],
  ['pg_catalog', 'pg_statio_all_tables', 'heap_blks_read'],
  ['pg_catalog', 'pg_stat_user_tables', '*'],
  ['pg_toast', 'pg_toast_16384', 'chunk_data'],
  ['pg_toast_temp_3', 'pg_toast_16384', 'chunk_data'],
])('%s.%s.%s is', (schema, relation, column) => {
  expect(sensitiveColumn(schema, relation, column)).toMatch(/\w/);
});

test.each([
  ['pg_catalog', 'pg_authid', 'rolname'],
  ['pg_catalog', 'pg_class', 'relname'],
  ['pg_catalog', 'pg_statio_all_tables', 'relname'],
  ['pg_catalog', 'pg_stats', 'attname'],
  ['pg_catalog', 'pg_class', '*'],
  ['pg_catalog', 'pg_statistic_ext', 'stxname'],
  ['pg_catalog', 'pg_settings', 'setting'],
  ['public', 'pg_authid', 'rolpassword'],
  ['constructor', 'prototype', '*'],
  ['public', 'customers', 'name'],
])('%s.%s.%s is not', (schema, relation, column) => {
  expect(sensitiveColumn(schema, relation, column)).toBeUndefined();
});
