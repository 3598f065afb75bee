import type { ApprovalSubject, BoundParameter } from '@bailiwick/domain';
import { expect, test } from 'vitest';
import { digestOf } from './digest.ts';

const parameter = (text: string | null, typeOid = 23, format: 0 | 1 = 0): BoundParameter => ({
  typeOid,
  format,
  value: text === null ? null : Buffer.from(text),
});

const subject: ApprovalSubject = {
  identityKey: 'k',
  datasource: 'crm',
  role: 'svc',
  settings: { search_path: 'public', TimeZone: 'UTC' },
  statement: {
    sql: 'UPDATE t SET a = $1 WHERE b = $2',
    parameters: [parameter('1'), parameter('2')],
    mode: 'extended',
  },
};
const withStatement = (change: Partial<ApprovalSubject['statement']>): ApprovalSubject => ({
  ...subject,
  statement: { ...subject.statement, ...change },
});

test('differs wherever what would run differs', () => {
  const digests = [
    subject,
    { ...subject, identityKey: 'k2' },
    { ...subject, datasource: 'crm2' },
    { ...subject, role: 'svc2' },
    { ...subject, datasource: 'crms', role: 'vc' },
    { ...subject, settings: { search_path: 'evil', TimeZone: 'UTC' } },
    { ...subject, settings: { search_path: 'public' } },
    { ...subject, settings: {} },
    { ...subject, settings: { search_path: 'publicTimeZone', UTC: '' } },
    withStatement({ mode: 'simple' }),
    withStatement({ sql: 'UPDATE t SET a = $1 WHERE b = $2 OR true' }),
    withStatement({ sql: '-- x\nUPDATE t SET a = $1 WHERE b = $2' }),
    withStatement({ sql: 'UPDATE t SET a = $1 WHERE b = $2 /*+ x */' }),
    withStatement({ sql: 'UPDATE t SET a = $1 WHERE b = $2 /*! OR true */' }),
    withStatement({ parameters: [parameter('1')] }),
    withStatement({ parameters: [] }),
    withStatement({ parameters: [parameter('2'), parameter('1')] }),
    withStatement({ parameters: [parameter('12'), parameter('')] }),
    withStatement({ parameters: [parameter('1'), parameter(null)] }),
    withStatement({ parameters: [parameter('1'), parameter('')] }),
    withStatement({ parameters: [parameter('1'), parameter('null')] }),
    withStatement({ parameters: [parameter('1'), parameter('2', 20)] }),
    withStatement({ parameters: [parameter('1'), parameter('2', 23, 1)] }),
    withStatement({ parameters: [parameter('1'), parameter('2'), parameter(null)] }),
  ].map(digestOf);
  expect(new Set(digests).size).toBe(digests.length);
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
});

test('is the same for what cannot matter', () => {
  const digest = digestOf(subject);
  expect(digestOf(withStatement({ sql: `${subject.statement.sql} /*traceparent='00-a-b-01'*/` }))).toBe(digest);
  expect(digestOf(withStatement({ sql: `${subject.statement.sql};` }))).toBe(digest);
  expect(digestOf({ ...subject, settings: { TimeZone: 'UTC', search_path: 'public' } })).toBe(digest);
});
