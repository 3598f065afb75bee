// packages/masking/README.md says what each mask gives for each type; the masks are asked whether that is so.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { constantsTable, outcomesTable, withTables } from './fixtures/outcome-tables.ts';

test('the tables of the README are what the masks do', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../packages/masking/README.md'), 'utf8');
  expect(readme).toContain(constantsTable());
  expect(readme).toContain(outcomesTable());
  expect(withTables(readme)).toBe(readme);
});
