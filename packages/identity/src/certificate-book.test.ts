import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CertificateBook } from './certificate-book.ts';
import { type ClientCertificate, readClientCertificate } from './client-certificate.ts';
import type { CertificateMatch, CertificateOptions } from './options.ts';
import { AGENT, TWO_IN_ONE } from './testing/certificates.ts';

const agent = readClientCertificate(new X509Certificate(AGENT));
const other = readClientCertificate(new X509Certificate(TWO_IN_ONE));
const NOW = agent.validFrom + 1000;
const identity = { issuer: 'https://idp.example.com', claims: { sub: 'batch' } };
const entry = (by: CertificateMatch['by'], value: string): CertificateOptions => ({ match: { by, value }, identity });
const find = (entries: readonly CertificateOptions[], certificate: ClientCertificate, now = NOW) =>
  new CertificateBook(entries).find(certificate, now);
const refused = expect.objectContaining({ failure: 'certificate' });

describe.each<CertificateMatch>([
  { by: 'fingerprint', value: agent.fingerprint },
  { by: 'fingerprint', value: (agent.fingerprint.toUpperCase().match(/../g) ?? []).join(':') },
  { by: 'san_uri', value: 'spiffe://bank.example/agents/batch' },
  { by: 'san_dns', value: 'BATCH.bank.example' },
  { by: 'san_email', value: 'batch@bank.example' },
  { by: 'common_name', value: 'batch agent' },
  { by: 'subject', value: 'CN=batch agent,O=Bank\\, Ltd,C=DE' },
])('$by', ({ by, value }) => {
  test('knows its certificate and no other', () => {
    expect(find([entry(by, value)], agent)).toBe(identity);
    expect(find([entry(by, value)], other)).toBeNull();
  });

  test('revokes its certificate, whatever else knows it', () => {
    const revoked = { match: { by, value }, identity: null };
    expect(() => find([entry('common_name', 'batch agent'), revoked], agent)).toThrow(refused);
    expect(find([revoked], other)).toBeNull();
  });
});

test.each<CertificateMatch>([
  { by: 'san_uri', value: 'spiffe://bank.example/agents' },
  { by: 'san_uri', value: 'spiffe://bank.example/agents/batch/' },
  { by: 'san_uri', value: 'SPIFFE://bank.example/agents/batch' },
  { by: 'san_dns', value: '*.bank.example' },
  { by: 'common_name', value: 'batch' },
  { by: 'common_name', value: 'Batch Agent' },
  { by: 'subject', value: 'CN=batch agent' },
  { by: 'fingerprint', value: agent.fingerprint.slice(0, 32) },
])('nothing is a pattern: $by $value', ({ by, value }) => {
  expect(find([entry(by, value)], agent)).toBeNull();
});

test('a certificate that two entries know is nobody: which of them was meant cannot be told', () => {
  expect(() => find([entry('common_name', 'batch agent'), entry('san_email', 'batch@bank.example')], agent)).toThrow(
    refused,
  );
});

test('a certificate counts from its first to its last moment', () => {
  expect(find([], agent, agent.validFrom)).toBeNull();
  expect(() => find([], agent, agent.validFrom - 1)).toThrow(refused);
  expect(find([], agent, agent.validTo - 1)).toBeNull();
  expect(() => find([], agent, agent.validTo)).toThrow(refused);
});
