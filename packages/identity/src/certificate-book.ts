import type { EpochMs } from '@bailiwick/domain';
import type { ClientCertificate } from './client-certificate.ts';
import type { CertificateMatch, CertificateOptions } from './options.ts';
import { TokenRejected } from './verifier.ts';

/** How each `identity.certificates` entry may know a certificate, by the key that it writes. Nothing is a pattern. */
const KNOWS: Readonly<Record<CertificateMatch['by'], (certificate: ClientCertificate, value: string) => boolean>> = {
  fingerprint: (certificate, value) => certificate.fingerprint === value.replaceAll(':', '').toLowerCase(),
  san_uri: (certificate, value) => certificate.sanUris.includes(value),
  san_dns: (certificate, value) => certificate.sanDnsNames.includes(value.toLowerCase()),
  san_email: (certificate, value) => certificate.sanEmails.includes(value),
  common_name: (certificate, value) => certificate.commonName === value,
  subject: (certificate, value) => certificate.subject === value,
};

/** Whom verified client certificates stand for, and which of them stand for nobody any more. */
export class CertificateBook {
  readonly #entries: readonly CertificateOptions[];

  constructor(entries: readonly CertificateOptions[]) {
    this.#entries = entries;
  }

  /**
   * The claims that a certificate stands for; null: it is nobody's.
   * @throws TokenRejected('certificate') where it is not valid now, is revoked, or is known as more than one party.
   */
  find(certificate: ClientCertificate, now: EpochMs): CertificateOptions['identity'] {
    if (!(certificate.validFrom <= now && now < certificate.validTo))
      throw new TokenRejected('certificate', 'the client certificate is not valid at this time');
    const known = this.#entries.filter(({ match }) => KNOWS[match.by](certificate, match.value));
    if (known.some(({ identity }) => identity === null))
      throw new TokenRejected('certificate', 'the client certificate is revoked');
    if (known.length > 1)
      throw new TokenRejected('certificate', 'the client certificate is mapped to more than one identity');
    return known[0]?.identity ?? null;
  }
}
