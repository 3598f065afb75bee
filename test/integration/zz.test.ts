import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { issueCertificate, makeCertificateAuthority } from 'bailiwick';
import { test } from 'vitest';
import { startPostgres } from '../servers/index.ts';

test('x', async () => {
  const ca = makeCertificateAuthority();
  const s = await startPostgres({
    tls: issueCertificate(ca, { names: ['localhost'], ips: ['127.0.0.1'] }),
    authentication: 'md5',
  });
  writeFileSync('/tmp/s1/ca.pem', ca.cert);
  for (const host of ['127.0.0.1', 'localhost'])
    console.log(
      execFileSync('psql', [
        `${s.url().replace('127.0.0.1', host)}?sslmode=verify-full&sslrootcert=/tmp/s1/ca.pem`,
        '-Atc',
        "select ssl, version from pg_stat_ssl where pid=pg_backend_pid(); select left(rolpassword,3) from pg_authid where rolname='postgres'",
      ]).toString(),
    );
  await s.stop();
});
