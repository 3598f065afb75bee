import type { SettingChange } from '@bailiwick/domain';
import { describe, expect, test } from 'vitest';
import { effectiveSearchPath, parseSearchPath, SearchPath } from './search-path.ts';

const set = (value: string | null, scope: SettingChange['scope'] = 'session', certain = true): SettingChange[] => [
  { name: 'search_path', value, scope, certain },
];

test.each([
  ['"$user", public', ['$user', 'public']],
  [' A , "B" ', ['a', 'B']],
  ['"a""b",c', ['a"b', 'c']],
  ['', []],
  ['"with, comma"', ['with, comma']],
  ['Ärger', ['Ärger']],
  [`${'x'.repeat(70)}`, ['x'.repeat(63)]],
])('%s is split as the server splits it', (value, names) => {
  expect(parseSearchPath(value)).toEqual(names);
});

test('what the server implies is implied', () => {
  expect(effectiveSearchPath(['$user', 'public'], 'ann')).toEqual(['pg_temp', 'pg_catalog', 'ann', 'public']);
  expect(effectiveSearchPath(['public', 'pg_catalog'], 'ann')).toEqual(['pg_temp', 'public', 'pg_catalog']);
  expect(effectiveSearchPath(['public', 'pg_temp'], 'ann')).toEqual(['pg_catalog', 'public', 'pg_temp']);
});

describe('a server that does not report it', () => {
  test('SET lasts, SET LOCAL ends with the transaction', () => {
    const path = new SearchPath(['public'], false);
    path.complete(set('a'), null);
    path.endTransaction(true);
    path.complete(set('b', 'transaction'), null);
    expect(path.path).toEqual(['b']);
    path.endTransaction(true);
    expect(path.path).toEqual(['a']);
  });

  test('a rollback takes a SET back, a commit keeps it', () => {
    const path = new SearchPath(['public'], false);
    path.complete(set('a'), null);
    path.endTransaction(false);
    expect(path.path).toEqual(['public']);
    path.complete(set('a'), null);
    path.endTransaction(true);
    expect(path.path).toEqual(['a']);
    path.complete(set(null), null);
    expect(path.path).toEqual(['public']);
  });

  test.each([
    ['a value that was computed', (path: SearchPath) => path.complete(set(null, 'session', false), null)],
    ['code that was not analysed', (path: SearchPath) => path.lost()],
  ])('%s leaves nothing on the path', (_name, act) => {
    const path = new SearchPath(['public'], false);
    act(path);
    expect(path.path).toEqual([]);
  });

  test('what the server says when it is asked counts, and it is asked once', () => {
    const path = new SearchPath(['public'], false);
    expect(path.mustAsk).toBe(false);
    path.lost();
    expect(path.mustAsk).toBe(true);
    path.asked();
    expect(path.mustAsk).toBe(false);
    path.answer('a, "B"', false);
    expect(path.path).toEqual(['a', 'B']);
    path.endTransaction(true);
    expect(path.path).toEqual([]);
    expect(path.mustAsk).toBe(true);
    path.answer('c', true);
    path.endTransaction(true);
    expect(path.path).toEqual(['c']);
  });

  test('a change is open to rollback until its transaction ends', () => {
    const path = new SearchPath(['public'], false);
    path.complete([], null);
    expect(path.openToRollback).toBe(false);
    path.complete(set('a'), null);
    expect(path.openToRollback).toBe(true);
    path.endTransaction(true);
    expect(path.openToRollback).toBe(false);
  });

  test('a savepoint rolled back leaves nothing on the path until the transaction ends', () => {
    const path = new SearchPath(['public'], false);
    path.complete(set('a'), null);
    path.complete([], 'rollback-to');
    expect(path.path).toEqual([]);
    path.endTransaction(false);
    expect(path.path).toEqual(['public']);
  });
});

test('a server that reports it is believed ahead of ReadyForQuery', () => {
  const path = new SearchPath(['public'], true);
  path.lost();
  path.report('evil, public');
  path.ready(true);
  expect(path.path).toEqual(['evil', 'public']);
});
