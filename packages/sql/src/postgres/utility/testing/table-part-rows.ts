import type { Row } from './statement-row.ts';

/** Statements and what is expected of them: parts of tables. */
export const TABLE_PART_ROWS: readonly Row[] = [
  [
    'CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (lower(a), b) INCLUDE (c) WHERE f(a)',
    'CREATE INDEX',
    'DDL',
    { catalog: true, relations: ['write s.t'], expressions: ['index over s.t', 'index over s.t', 'key over s.t'] },
  ],
  [
    'CREATE STATISTICS s ON (a + 1), b FROM t',
    'CREATE STATISTICS',
    'DDL',
    { catalog: true, relations: ['write t'], expressions: ['index over t'] },
  ],
  ['ALTER STATISTICS s SET STATISTICS 5', 'ALTER STATISTICS', 'DDL', { catalog: true }],
  [
    'CREATE POLICY p ON t USING (a = 1) WITH CHECK (true)',
    'CREATE POLICY',
    'DDL',
    { catalog: true, relations: ['write t'], expressions: ['policy over t', 'policy over t'] },
  ],
  [
    'ALTER POLICY p ON t USING (true)',
    'ALTER POLICY',
    'DDL',
    { catalog: true, relations: ['write t'], expressions: ['policy over t'] },
  ],
  [
    'CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()',
    'CREATE TRIGGER',
    'DDL',
    { catalog: true, relations: ['write t'] },
  ],
  [
    'CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO leak SELECT ssn FROM customers',
    'CREATE RULE',
    'DDL',
    { catalog: true, relations: ['write t'], unproven: ['a rule turns later statements into others'] },
  ],
];
