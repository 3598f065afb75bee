import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Node } from '@pgsql/types';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadPostgresParser, parsePostgres } from '../parser.ts';
import { QUERY_STATEMENTS, readUtility, UTILITY_READERS } from './read-utility.ts';
import { CODE_ROWS } from './testing/code-rows.ts';
import { COPY_ROWS } from './testing/copy-rows.ts';
import { DEFINITION_ROWS } from './testing/definition-rows.ts';
import { MAINTENANCE_ROWS } from './testing/maintenance-rows.ts';
import { OBJECT_ROWS } from './testing/object-rows.ts';
import { PREPARED_ROWS } from './testing/prepared-rows.ts';
import { ROLE_ROWS } from './testing/role-rows.ts';
import { SETTING_ROWS } from './testing/setting-rows.ts';
import { NOTHING_ELSE, type Row, summary } from './testing/statement-row.ts';
import { TABLE_PART_ROWS } from './testing/table-part-rows.ts';
import { TABLE_ROWS } from './testing/table-rows.ts';
import { TRANSACTION_ROWS } from './testing/transaction-rows.ts';
import type { UtilityStatement } from './utility-statement.ts';

beforeAll(loadPostgresParser);

function nodesOf(sql: string): readonly Node[] {
  return (parsePostgres(sql).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
}

function read(sql: string): UtilityStatement | null {
  const [node, ...more] = nodesOf(sql);
  if (node === undefined || more.length > 0) throw new Error(`one statement: ${sql}`);
  return readUtility(node);
}

const tables: Readonly<Record<string, readonly Row[]>> = {
  settings: SETTING_ROWS,
  transactions: TRANSACTION_ROWS,
  'prepared statements and cursors': PREPARED_ROWS,
  copy: COPY_ROWS,
  'code and notifications': CODE_ROWS,
  tables: TABLE_ROWS,
  'parts of tables': TABLE_PART_ROWS,
  'dropping and describing': OBJECT_ROWS,
  roles: ROLE_ROWS,
  'maintenance and replication': MAINTENANCE_ROWS,
  definitions: DEFINITION_ROWS,
};

for (const [family, rows] of Object.entries(tables)) {
  describe(family, () => {
    for (const [sql, command, classes, rest] of rows) {
      test(sql, () => {
        const statement = read(sql);
        expect(statement && summary(statement)).toEqual({ ...NOTHING_ELSE, ...rest, command, classes });
      });
    }
  });
}

test.each([
  'SELECT 1',
  'VALUES (1)',
  'TABLE t',
  'SELECT 1 INTO n',
  'INSERT INTO t DEFAULT VALUES',
  'UPDATE t SET a = 1',
])('a query is not read here: %s', (sql) => expect(read(sql)).toBeNull());

test.each([
  'DELETE FROM t',
  'MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE',
  'WITH x AS (DELETE FROM t) SELECT 1',
])('a write is not read here: %s', (sql) => expect(read(sql)).toBeNull());

describe('nothing falls through', () => {
  /** Nodes called statements that stand inside of others, or that only the server makes. */
  const nested = ['PLAssignStmt', 'RawStmt', 'ReplicaIdentityStmt', 'ReturnStmt', 'SetOperationStmt'];

  test('every statement of the grammar has a reader, is a query, or is nested', () => {
    const types = createRequire(import.meta.url).resolve('@pgsql/types/package.json');
    const text = readFileSync(join(dirname(types), 'types.d.ts'), 'utf8');
    const statements = [...text.matchAll(/^export interface (\w+Stmt) /gm)].map(([, name]) => name);
    expect(statements.length).toBeGreaterThan(100);
    expect([...Object.keys(UTILITY_READERS), ...Object.keys(QUERY_STATEMENTS), ...nested].sort()).toEqual(
      statements.sort(),
    );
  });

  test('every reader is tried by a row', () => {
    const tried = new Set(
      Object.values(tables).flatMap((rows) =>
        rows.flatMap(([sql]) => nodesOf(sql).flatMap((node) => Object.keys(node))),
      ),
    );
    expect(Object.keys(UTILITY_READERS).filter((name) => !tried.has(name))).toEqual([]);
  });

  test.each(nested)('%s by itself is refused as unknown', (name) => {
    const statement = readUtility({ [name]: {} } as unknown as Node);
    expect(statement).toMatchObject({ classes: ['DDL'], rows: 'unknown', changesCatalog: true });
    expect(statement?.unproven).toEqual([`a statement not known here: ${name}`]);
  });

  test.each(['MagicStmt', 'constructor', '__proto__', 'toString'])('a node of the future is unknown: %s', (name) => {
    const node = Object.fromEntries([[name, {}]]) as unknown as Node;
    expect(readUtility(node)?.unproven).toEqual([`a statement not known here: ${name}`]);
  });

  test.each(Object.keys(UTILITY_READERS))('%s without its fields does not throw', (name) => {
    expect(readUtility({ [name]: {} } as unknown as Node)?.command).not.toBe('UNKNOWN');
  });
});
