import { createHash, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { SIGNED_CERTIFICATES } from '../testing/signed-certificates.ts';
import { serverEndPoint } from './channel-binding.ts';

// RFC 5929, section 4.1: the hash of the signature, SHA-256 in place of MD5 and SHA-1.
test.each<readonly [signed: string, hash: string]>([
  ['ec-sha1', 'sha256'],
  ['ec-sha224', 'sha224'],
  ['ec-sha256', 'sha256'],
  ['ec-sha384', 'sha384'],
  ['ec-sha512', 'sha512'],
  ['rsa-md5', 'sha256'],
  ['rsa-sha1', 'sha256'],
  ['rsa-sha224', 'sha224'],
  ['rsa-sha256', 'sha256'],
  ['rsa-sha384', 'sha384'],
  ['rsa-sha512', 'sha512'],
])('a certificate signed by %s is hashed by %s', (signed, hash) => {
  const der = Buffer.from(SIGNED_CERTIFICATES[signed] ?? '', 'base64');
  expect(serverEndPoint(new X509Certificate(der))).toEqual(createHash(hash).update(der).digest());
});

test.each(['rsa-pss', 'ed25519'])('the signature of %s names no hash by itself: nothing is bound', (signed) => {
  const der = Buffer.from(SIGNED_CERTIFICATES[signed] ?? '', 'base64');
  expect(serverEndPoint(new X509Certificate(der))).toBeNull();
});
