import { createHash, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { readClientCertificate } from './client-certificate.ts';
import { AGENT, MULTIVALUED, TWO_COMMON_NAMES, TWO_IN_ONE } from './testing/certificates.ts';

const read = (pem: string) => readClientCertificate(new X509Certificate(pem));

test('every name that the configuration may know a certificate by', () => {
  expect(read(AGENT)).toMatchObject({
    sanUris: ['spiffe://bank.example/agents/batch'],
    sanDnsNames: ['batch.bank.example'],
    sanEmails: ['batch@bank.example'],
    commonName: 'batch agent',
    subject: 'CN=batch agent,O=Bank\\, Ltd,C=DE',
  });
});

test('the thumbprint is that of RFC 8705, the fingerprint the same in hexadecimal', () => {
  const digest = createHash('sha256').update(new X509Certificate(AGENT).raw).digest();
  expect(read(AGENT)).toMatchObject({
    thumbprint: digest.toString('base64url'),
    fingerprint: digest.toString('hex'),
  });
});

test('one name that is written like two stays one', () => {
  expect(read(TWO_IN_ONE)).toMatchObject({
    sanDnsNames: ['a.example, uri:spiffe://bank.example/agents/batch'],
    sanUris: [],
  });
});

test('what could be read in two ways is no name', () => {
  expect(read(MULTIVALUED)).toMatchObject({ commonName: null, subject: null });
  expect(read(TWO_COMMON_NAMES)).toMatchObject({ commonName: null, subject: 'CN=root,CN=alice' });
});
