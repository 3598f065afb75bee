import { loadPostgresParser, understandPostgres } from '@bailiwick/sql';
import { beforeAll, expect, test } from 'vitest';
import { moveApplicationName } from './application-name.ts';
import { applyEdits } from './text-edits.ts';

beforeAll(() => loadPostgresParser());

const NAMES = { prepared: () => undefined, cursor: () => undefined };
function rewrite(sql: string): string | null {
  const facts = understandPostgres(sql, { catalog: null, searchPath: ['pg_catalog'], ...NAMES });
  const edits = moveApplicationName(facts);
  return edits === null ? null : applyEdits(sql, edits);
}
/** White space tells nothing. */
const words = (sql: string | null): string | undefined => sql?.replaceAll(/\s+/g, ' ').trim();

test.each([
  ["SET application_name = 'psql'", "SET bailiwick.client_application TO 'psql'"],
  ['SET SESSION application_name TO psql', "SET bailiwick.client_application TO 'psql'"],
  ["set Application_Name = 'x'", "SET bailiwick.client_application TO 'x'"],
  ["SET LOCAL application_name = 'x'", "SET LOCAL bailiwick.client_application TO 'x'"],
  ['SET application_name TO DEFAULT', 'SET bailiwick.client_application TO DEFAULT'],
  ["SET application_name = 'O''Brien; DROP'", "SET bailiwick.client_application TO 'O''Brien; DROP'"],
  ["SET application_name = E'a\\'b'", "SET bailiwick.client_application TO 'a''b'"],
  [
    "SELECT 'ä'; SET application_name = 'ö'; SELECT 2",
    "SELECT 'ä'; SET bailiwick.client_application TO 'ö' ; SELECT 2",
  ],
  [
    "SET application_name = 'a'; SET application_name = 'b'",
    "SET bailiwick.client_application TO 'a' ; SET bailiwick.client_application TO 'b'",
  ],
])('%s', (sql, upstream) => {
  expect(words(rewrite(sql))).toBe(upstream);
});

test.each(['SELECT 1', 'RESET application_name', 'RESET ALL', "SET work_mem = '1MB'", 'SHOW application_name'])(
  '%s is sent as it is',
  (sql) => {
    expect(rewrite(sql)).toBe(sql);
  },
);

test.each([
  ['set_config in a query', 'SELECT 1', { value: 'root', certain: true }],
  ['a value that was computed', "SET application_name = 'x'", { value: 'root', certain: false }],
])('%s cannot be turned', (_name, sql, change) => {
  const [facts] = understandPostgres(sql, { catalog: null, searchPath: ['pg_catalog'], ...NAMES });
  if (facts === undefined) throw new Error('nothing was understood');
  const settings = [{ name: 'application_name', scope: 'session' as const, ...change }];
  expect(moveApplicationName([{ ...facts, settings }])).toBeNull();
});
