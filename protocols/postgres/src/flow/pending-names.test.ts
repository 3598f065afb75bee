import { expect, test } from 'vitest';
import { PendingNames } from './pending-names.ts';

const parse = (value: string) => [[{ what: 'statement', name: 's', value }]] as const;
const values = (names: PendingNames<string>, what: 'statement' | 'portal', name: string) =>
  [...names.of(what, name)].map(({ value }) => value);

test('changes to a name and to every name of its kind come newest first, and go oldest first', () => {
  const names = new PendingNames<string>();
  const all = [[], [{ what: 'statement', name: null, value: null }]] as const;
  names.add(parse('a'), 0, false);
  names.add(all, 1, true);
  names.add(parse('b'), 2, false);
  expect(values(names, 'statement', 's')).toEqual(['b', null, 'a']);
  expect(values(names, 'statement', 'other')).toEqual([null]);
  expect(values(names, 'portal', 's')).toEqual([]);
  names.remove(parse('a'));
  names.remove(all);
  expect(values(names, 'statement', 's')).toEqual(['b']);
  names.remove(parse('b'));
  expect(names.empty).toBe(true);
});

test('the end of a transaction ends every portal', () => {
  const names = new PendingNames<string>();
  names.add([[{ what: 'transaction', name: null, value: null }]], 0, false);
  expect([...names.of('portal', 'p')][0]?.endsTransaction).toBe(true);
  expect(values(names, 'portal', 'p')).toEqual([null]);
  expect(values(names, 'statement', 'p')).toEqual([]);
});
