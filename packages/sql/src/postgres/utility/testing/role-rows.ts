import type { Row } from './statement-row.ts';

/** Statements and what is expected of them: roles. */
export const ROLE_ROWS: readonly Row[] = [
  ['GRANT SELECT (a), UPDATE ON s.t, u TO bob', 'GRANT', 'ROLE', { relations: ['write s.t', 'write u'] }],
  ['REVOKE ALL ON t FROM PUBLIC CASCADE', 'REVOKE', 'ROLE', { relations: ['write t'] }],
  ['GRANT SELECT ON ALL TABLES IN SCHEMA s TO bob', 'GRANT', 'ROLE'],
  ['GRANT EXECUTE ON FUNCTION f(int) TO bob', 'GRANT', 'ROLE'],
  ['GRANT pg_read_all_data TO bob', 'GRANT ROLE', 'ROLE'],
  ['REVOKE admin FROM bob', 'REVOKE ROLE', 'ROLE'],
  ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob', 'ALTER DEFAULT PRIVILEGES', 'ROLE'],
  [`CREATE ROLE bob LOGIN PASSWORD 'x'`, 'CREATE ROLE', 'ROLE'],
  ['CREATE USER bob', 'CREATE ROLE', 'ROLE'],
  ['CREATE GROUP g', 'CREATE ROLE', 'ROLE'],
  ['ALTER USER bob BYPASSRLS', 'ALTER ROLE', 'ROLE'],
  ['ALTER ROLE bob RENAME TO eve', 'ALTER ROLE', 'ROLE', { catalog: true }],
  ['DROP USER IF EXISTS bob', 'DROP ROLE', 'ROLE'],
  ['CREATE USER MAPPING FOR bob SERVER s', 'CREATE USER MAPPING', 'DDL ROLE'],
  ['ALTER USER MAPPING FOR bob SERVER s OPTIONS (SET a $$b$$)', 'ALTER USER MAPPING', 'DDL ROLE'],
  ['DROP USER MAPPING FOR bob SERVER s', 'DROP USER MAPPING', 'DDL ROLE'],
];
