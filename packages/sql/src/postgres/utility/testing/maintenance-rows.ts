import type { Row } from './statement-row.ts';

/** Statements and what is expected of them: maintenance and replication. */
export const MAINTENANCE_ROWS: readonly Row[] = [
  ['VACUUM', 'VACUUM', 'DDL'],
  ['VACUUM (FULL, ANALYZE) s.t (a), u', 'VACUUM', 'DDL', { relations: ['write s.t', 'write u'] }],
  ['ANALYZE t', 'ANALYZE', 'DDL', { relations: ['write t'] }],
  ['CLUSTER t USING i', 'CLUSTER', 'DDL', { relations: ['write t'] }],
  ['REINDEX TABLE CONCURRENTLY t', 'REINDEX', 'DDL', { relations: ['write t'] }],
  ['REINDEX DATABASE d', 'REINDEX', 'DDL'],
  ['CHECKPOINT', 'CHECKPOINT', 'DDL'],
  [
    'CREATE PUBLICATION p FOR TABLE t (a) WHERE (a > 1), s.u',
    'CREATE PUBLICATION',
    'DDL',
    {
      catalog: true,
      relations: ['read t', 'read s.u'],
      expressions: ['filter over t'],
      unproven: ['a publication lets rows leave by replication'],
    },
  ],
  [
    'ALTER PUBLICATION p ADD TABLES IN SCHEMA s',
    'ALTER PUBLICATION',
    'DDL',
    { catalog: true, unproven: ['a publication lets rows leave by replication'] },
  ],
  ['DROP PUBLICATION p', 'DROP PUBLICATION', 'DDL', { catalog: true }],
  [`CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p`, 'CREATE SUBSCRIPTION', 'DDL WRITE', { catalog: true }],
  ['ALTER SUBSCRIPTION s DISABLE', 'ALTER SUBSCRIPTION', 'DDL WRITE', { catalog: true }],
  ['DROP SUBSCRIPTION s', 'DROP SUBSCRIPTION', 'DDL', { catalog: true }],
];
