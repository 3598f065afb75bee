import { loadPostgresParser, UnparsedError } from '@bailiwick/sql';
import { beforeAll, expect, test } from 'vitest';
import { FactsCache, type SessionNames } from './facts-cache.ts';

beforeAll(() => loadPostgresParser());

const NAMES: SessionNames = { prepared: () => undefined, cursor: () => undefined };
const PATH = ['pg_temp', 'pg_catalog', 'public'];

test('the same text on the same path is understood once, for every session', () => {
  const cache = new FactsCache();
  const facts = cache.understand('SELECT 1', null, PATH, NAMES);
  expect(cache.understand('SELECT 1', null, PATH, { ...NAMES })).toBe(facts);
});

test.each([
  ['another text', 'SELECT 2', PATH],
  ['white space, which moves every offset', 'SELECT  1', PATH],
  ['another path', 'SELECT 1', ['pg_temp', 'pg_catalog', 'evil', 'public']],
  ['a path whose names run together', 'SELECT 1', ['pg_temp', 'pg_catalogpublic']],
])('%s is understood anew', (_name, sql, path) => {
  const cache = new FactsCache();
  const facts = cache.understand('SELECT 1', null, PATH, NAMES);
  expect(cache.understand(sql, null, path, NAMES)).not.toBe(facts);
});

test("what depends on a session's own names is nobody else's", () => {
  const cache = new FactsCache();
  const asked: string[] = [];
  const names = (session: string): SessionNames => ({
    prepared: (name) => {
      asked.push(`${session} ${name}`);
      return undefined;
    },
    cursor: NAMES.cursor,
  });
  const facts = cache.understand('EXECUTE p', null, PATH, names('a'));
  expect(cache.understand('EXECUTE p', null, PATH, names('b'))).not.toBe(facts);
  expect(new Set(asked)).toEqual(new Set(['a p', 'b p']));
});

test('what is not understood is not kept', () => {
  const cache = new FactsCache();
  for (let time = 0; time < 2; time++)
    expect(() => cache.understand('SELEC 1', null, PATH, NAMES)).toThrow(UnparsedError);
});

test('a very long text is understood each time', () => {
  const cache = new FactsCache();
  const sql = `SELECT '${'x'.repeat(20_000)}'`;
  expect(cache.understand(sql, null, PATH, NAMES)).not.toBe(cache.understand(sql, null, PATH, NAMES));
});
