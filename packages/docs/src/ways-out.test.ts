import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The rows of the table: way out, what happens, watchers. */
const rows = read('packages/docs/ways-out.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| way out'))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll('|', '').trim()));

const entries = new Set(
  ['mask-leak', 'inference', 'parser-differential', 'write'].flatMap((file) =>
    read(`test/adversarial/corpus/${file}.jsonl`)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { readonly id: string }).id),
  ),
);

test('every way out is watched by something that is there', () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const [way, , watchers = ''] of rows) {
    const names = watchers.split(' ').filter((name) => name !== '');
    expect(names.length, way).toBeGreaterThan(0);
    for (const name of names) {
      const known = name.includes('/') ? existsSync(new URL(name, root)) : entries.has(name);
      expect(known, `${way}: ${name}`).toBe(true);
    }
  }
});
