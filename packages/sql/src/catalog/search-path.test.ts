import { expect, test } from 'vitest';
import { parseSearchPath } from './search-path.ts';

test.each([
  ['"$user", public', ['$user', 'public']],
  ['', []],
  ['""', ['']],
  ['  A , "B c" ,"d""e"', ['a', 'B c', 'd"e']],
  ['pg_catalog,É', ['pg_catalog', 'É']],
])('%j', (value, names) => {
  expect(parseSearchPath(value)).toEqual(names);
});

test.each(['a b', 'a,', ',a', '"a', 'a""', '"a"b'])('%j is no list of names', (value) => {
  expect(() => parseSearchPath(value)).toThrow(RangeError);
});
