import type { Row } from './statement-row.ts';

/** Statements and what is expected of them: copy. */
export const COPY_ROWS: readonly Row[] = [
  ['COPY t TO STDOUT', 'COPY', 'READ', { copy: 'out text', rows: 'relation', relations: ['read t'] }],
  [
    'COPY s.t (a, "B") TO STDOUT WITH (FORMAT csv, HEADER)',
    'COPY',
    'READ',
    { copy: 'out csv', copyColumns: ['a', 'B'], rows: 'relation', relations: ['read s.t'] },
  ],
  ['COPY BINARY t TO STDOUT', 'COPY', 'READ', { copy: 'out binary', rows: 'relation', relations: ['read t'] }],
  [
    `COPY t TO STDOUT CSV HEADER QUOTE '"'`,
    'COPY',
    'READ',
    { copy: 'out csv', rows: 'relation', relations: ['read t'] },
  ],
  ['COPY t TO STDOUT (FORMAT text)', 'COPY', 'READ', { copy: 'out text', rows: 'relation', relations: ['read t'] }],
  ['COPY (SELECT 1) TO STDOUT', 'COPY', 'READ', { copy: 'out text', rows: 'inner', inner: ['copy-out SelectStmt'] }],
  [
    'COPY (DELETE FROM t RETURNING *) TO STDOUT (FORMAT binary)',
    'COPY',
    'READ',
    { copy: 'out binary', rows: 'inner', inner: ['copy-out DeleteStmt'] },
  ],
  ['COPY t FROM STDIN', 'COPY', 'WRITE', { copy: 'in text', relations: ['write t'] }],
  [
    `COPY t (a) FROM STDIN WITH (FORMAT 'csv', ON_ERROR ignore) WHERE a > 1`,
    'COPY',
    'WRITE',
    { copy: 'in csv', copyColumns: ['a'], relations: ['write t'], expressions: ['filter over t'] },
  ],
  ['COPY t FROM STDIN BINARY', 'COPY', 'WRITE', { copy: 'in binary', relations: ['write t'] }],
  [`COPY t TO '/tmp/x'`, 'COPY', 'READ WRITE', { relations: ['read t'], flowTarget: 'file /tmp/x' }],
  [
    `COPY (SELECT 1) TO '/tmp/x' CSV`,
    'COPY',
    'READ WRITE',
    { inner: ['copy-out SelectStmt'], flowTarget: 'file /tmp/x' },
  ],
  [`COPY t FROM '/etc/passwd'`, 'COPY', 'WRITE', { relations: ['write t'], flowTarget: 'file /etc/passwd' }],
  [
    `COPY t TO PROGRAM 'curl x'`,
    'COPY',
    'READ WRITE FUNCTION',
    { relations: ['read t'], flowTarget: 'program', code: true },
  ],
  [`COPY t FROM PROGRAM 'id'`, 'COPY', 'WRITE FUNCTION', { relations: ['write t'], flowTarget: 'program', code: true }],
  [
    'COPY t TO STDOUT (FORMAT parquet)',
    'COPY',
    'READ',
    {
      copy: 'out binary',
      rows: 'relation',
      relations: ['read t'],
      unproven: ['COPY in a format that is not text, csv or binary'],
    },
  ],
  [
    'COPY t FROM STDIN (FORMAT text, FORMAT binary)',
    'COPY',
    'WRITE',
    { copy: 'in binary', relations: ['write t'], unproven: ['COPY in a format that is not text, csv or binary'] },
  ],
];
