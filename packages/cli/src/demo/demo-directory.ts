import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { issueCertificate, makeCertificateAuthority } from './certificates.ts';
import { DEMO_POLICY } from './demo-policy.ts';

/** Everything that the demo keeps on disk, except the database's own files. Secrets are 0600, the directory 0700. */
export interface DemoDirectory {
  /** Absolute. */
  readonly path: string;
  /** The certificate of the authority that signed the gateway's, for `sslrootcert`. */
  readonly authorityFile: string;
  readonly authorityPem: string;
  /** Removes it, unless it was asked to be kept. */
  remove(): Promise<void>;
}

/**
 * Makes the directory with certificates, the policy and the database's password. `keep` names one to use and to leave
 * behind; null makes a temporary one. A policy that is already there is used as it is.
 */
export async function makeDemoDirectory(keep: string | null, databasePassword: string): Promise<DemoDirectory> {
  const path = keep === null ? await mkdtemp(join(tmpdir(), 'bailiwick-demo-')) : resolve(keep);
  await mkdir(join(path, 'policies'), { recursive: true, mode: 0o700 });
  const authority = makeCertificateAuthority('Bailiwick demo CA');
  const gateway = issueCertificate(authority, { names: ['localhost'], ips: ['127.0.0.1', '::1'] });
  await writeFile(join(path, 'ca.crt'), authority.cert);
  await writeFile(join(path, 'gateway.crt'), gateway.cert);
  await writeFile(join(path, 'gateway.key'), gateway.key, { mode: 0o600 });
  await writeFile(join(path, 'crm.password'), `${databasePassword}\n`, { mode: 0o600 });
  await writeFile(join(path, 'policies', 'demo.yaml'), DEMO_POLICY, { flag: 'wx' }).catch(unlessThere);
  return {
    path,
    authorityFile: join(path, 'ca.crt'),
    authorityPem: authority.cert,
    remove: () => (keep === null ? rm(path, { recursive: true, force: true }) : Promise.resolve()),
  };
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
