import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { issueCertificate, makeCertificateAuthority } from './certificates.ts';
import { integer, objectIdentifier, time } from './der.ts';

const authority = makeCertificateAuthority();

test('DER: the forms that X.690 and RFC 5280 give', () => {
  expect(objectIdentifier('1.2.840.113549').toString('hex')).toBe('06062a864886f70d');
  expect(integer(Buffer.of(0, 0, 0x80)).toString('hex')).toBe('02020080');
  expect(integer(Buffer.of(0)).toString('hex')).toBe('020100');
  expect(time(new Date('2049-12-31T23:59:59Z')).toString('latin1').slice(2)).toBe('491231235959Z');
  expect(time(new Date('2050-01-01T00:00:00Z')).toString('latin1').slice(2)).toBe('20500101000000Z');
});

test('a certificate says what it was asked to say', () => {
  const { cert, key } = issueCertificate(authority, {
    names: ['db.example', '*.db.example'],
    ips: ['127.0.0.1', '::1'],
  });
  const parsed = new X509Certificate(cert);
  expect(parsed.subjectAltName).toBe(
    'DNS:db.example, DNS:*.db.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  expect(parsed.ca).toBe(false);
  expect(parsed.checkIssued(new X509Certificate(authority.cert))).toBe(true);
  expect(parsed.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
  expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(new X509Certificate(authority.cert).ca).toBe(true);
});

test('every IPv6 address comes out as it went in', () => {
  fc.assert(
    fc.property(fc.ipV6(), (ip) => {
      const { cert } = issueCertificate(authority, { ips: [ip] });
      expect(new X509Certificate(cert).checkIP(ip)).toBe(ip);
    }),
    { numRuns: 50 },
  );
  expect(() => issueCertificate(authority, { ips: ['db.example'] })).toThrow(RangeError);
  expect(() => issueCertificate(authority, { names: [] })).toThrow(RangeError);
});

/** What a TLS client makes of a server with this certificate: null is "accepted". */
async function verdict(own: { cert: string; key: string }, ca: string, servername: string): Promise<string | null> {
  const server = createServer(own, (socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca, servername });
  const outcome = await new Promise<string | null>((done) => {
    socket.once('secureConnect', () => done(null));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
  socket.destroy();
  server.close();
  return outcome;
}

test('node:tls accepts the chain, the name and the time, and nothing else', async () => {
  const own = issueCertificate(authority, { names: ['localhost'], ips: ['127.0.0.1'] });
  expect(await verdict(own, authority.cert, 'localhost')).toBe(null);
  expect(await verdict(own, authority.cert, 'elsewhere')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await verdict(own, makeCertificateAuthority('other').cert, 'localhost')).toBe(
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  );
  const expired = issueCertificate(authority, { names: ['localhost'], since: 3, days: 2 });
  expect(await verdict(expired, authority.cert, 'localhost')).toBe('CERT_HAS_EXPIRED');
});

test('OpenSSL in its strictest mode accepts the chain, where there is an openssl', async () => {
  const run = promisify(execFile);
  const version = await run('openssl', ['version']).catch(() => null);
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-certificates-'));
  const own = issueCertificate(authority, { names: ['localhost'] });
  const [ca, leaf] = [join(folder, 'ca.pem'), join(folder, 'leaf.pem')];
  await writeFile(ca, authority.cert);
  await writeFile(leaf, own.cert);
  const said =
    version === null
      ? `${leaf}: OK\n`
      : (await run('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, leaf])).stdout;
  await rm(folder, { recursive: true });
  expect(said).toBe(`${leaf}: OK\n`);
});
