import type { Row } from './statement-row.ts';

/** Statements and what is expected of them: code and notifications. */
export const CODE_ROWS: readonly Row[] = [
  ['DO $$BEGIN PERFORM 1; END$$', 'DO', 'FUNCTION', { code: true }],
  ['DO LANGUAGE plpython3u $$x$$', 'DO', 'FUNCTION', { code: true }],
  [
    'CALL s.p(1, b => now())',
    'CALL',
    'FUNCTION',
    { code: true, rows: 'unknown', procedure: ['s', 'p'], expressions: ['argument', 'argument'] },
  ],
  [`LOAD 'auto_explain'`, 'LOAD', 'DDL FUNCTION', { code: true }],
  ['CREATE EXTENSION IF NOT EXISTS dblink', 'CREATE EXTENSION', 'DDL FUNCTION', { code: true, catalog: true }],
  [`ALTER EXTENSION x UPDATE TO '2'`, 'ALTER EXTENSION', 'DDL FUNCTION', { code: true, catalog: true }],
  ['ALTER EXTENSION x ADD TABLE s.t', 'ALTER EXTENSION', 'DDL', { catalog: true, relations: ['write s.t'] }],
  [`NOTIFY c, 'payload'`, 'NOTIFY', 'WRITE', { flowTarget: 'notification c' }],
  ['LISTEN c', 'LISTEN', 'WRITE'],
  ['UNLISTEN *', 'UNLISTEN', 'MISC'],
];
