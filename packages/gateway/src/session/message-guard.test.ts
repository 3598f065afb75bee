import { decodeErrorResponse, encodeErrorResponse } from '@bailiwick/postgres';
import { describe, expect, test } from 'vitest';
import { sanitiseMessage } from './message-guard.ts';

const SECRET = 'anna.adler@berlin.example';
const sanitised = (fields: Record<string, string>): ReadonlyMap<string, string> =>
  decodeErrorResponse(sanitiseMessage('error', bodyOf(fields)).subarray(5)).fields;
const bodyOf = (fields: Record<string, string>): Buffer =>
  encodeErrorResponse({ fields: new Map(Object.entries(fields)) }).subarray(5);

describe('a message that could quote a value', () => {
  const fields = sanitised({
    S: 'FEHLER',
    V: 'ERROR',
    C: '23505',
    M: `duplicate ${SECRET}`,
    D: `Key (email)=(${SECRET}) already exists.`,
    H: SECRET,
    W: SECRET,
    q: SECRET,
    p: '3',
    P: '7',
    s: 'public',
    t: 'customers',
    c: 'email',
    n: 'customers_email_key',
  });

  test('is replaced, field by field', () => {
    expect([...fields.values()].join('\n')).not.toContain(SECRET);
  });

  test('keeps what drivers act on', () => {
    expect(Object.fromEntries(fields)).toMatchObject({
      V: 'ERROR',
      C: '23505',
      t: 'customers',
      c: 'email',
      n: 'customers_email_key',
    });
    expect(fields.get('M')).toBe(
      'the database reported condition 23505 on table customers, column email, constraint customers_email_key',
    );
  });
});

describe("a mistake in the client's own text", () => {
  const own = { V: 'ERROR', C: '42703', M: 'column "x" does not exist', P: '8' };

  test('is told in the words of the server', () => {
    expect(sanitised(own).get('M')).toBe(own.M);
  });

  test.each([
    ['a value cast to regclass has no position', { V: 'ERROR', C: '42P01', M: `relation "${SECRET}" does not exist` }],
    ['dynamic SQL has an internal query', { ...own, M: SECRET, q: `SELECT ${SECRET}` }],
    ['code that ran has a context', { ...own, M: SECRET, W: 'PL/pgSQL function f()' }],
    ['a cast error has another class', { ...own, C: '22P02', M: SECRET }],
  ])('%s, and is not', (_name, fields) => {
    expect([...sanitised(fields).values()].join()).not.toContain(SECRET);
  });
});

test('a message without any field is survived', () => {
  expect(sanitised({}).get('M')).toBe('the database reported condition unknown');
});
