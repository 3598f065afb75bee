import type { X509Certificate } from 'node:crypto';
import type { EpochMs } from '@bailiwick/domain';

/** The names of a certificate by which the configuration may know it. */
export interface CertificateNames {
  /** SHA-256 over the certificate, 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  readonly sanUris: readonly string[];
  /** In lower case. */
  readonly sanDnsNames: readonly string[];
  readonly sanEmails: readonly string[];
  /** Null: there is none, or more than one. */
  readonly commonName: string | null;
  /**
   * The distinguished name as RFC 2253 writes it (`openssl x509 -nameopt RFC2253,-esc_msb`). Null: it is empty, or holds
   * an RDN of several attributes, which can be written in more than one way.
   */
  readonly subject: string | null;
}

/** A certificate that a client presented and whose chain the TLS layer has verified. Whether it still counts is for its user to ask. */
export interface ClientCertificate extends CertificateNames {
  /** `x5t#S256` of RFC 8705 section 3.1: SHA-256 over the certificate's DER, base64url. */
  readonly thumbprint: string;
  readonly validFrom: EpochMs;
  readonly validTo: EpochMs;
}

/** Reads what a verified certificate says of its holder. Alternative names that cannot be told apart count as none. */
export function readClientCertificate(certificate: X509Certificate): ClientCertificate {
  const digest = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex');
  const alternatives = alternativeNames(certificate.subjectAltName ?? '');
  const named = (type: string): string[] => alternatives.filter((one) => one.type === type).map(({ name }) => name);
  return {
    thumbprint: digest.toString('base64url'),
    fingerprint: digest.toString('hex'),
    sanUris: named('URI'),
    sanDnsNames: named('DNS').map((name) => name.toLowerCase()),
    sanEmails: named('email'),
    ...subjectNames(certificate),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
  };
}

/**
 * One name as Node writes it: bare where that is unambiguous, else as a JSON string. A name that pretends to be several
 * (CVE-2021-44532) arrives quoted.
 */
const ALTERNATIVE = /(?<type>[A-Za-z ]+):(?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<bare>[^",\\]*))(?:, |$)/y;

function alternativeNames(text: string): readonly { readonly type: string; readonly name: string }[] {
  const names: { type: string; name: string }[] = [];
  ALTERNATIVE.lastIndex = 0;
  while (ALTERNATIVE.lastIndex < text.length) {
    const { type, quoted, bare } = ALTERNATIVE.exec(text)?.groups ?? {};
    if (type === undefined) return [];
    const name = quoted === undefined ? bare : unquoted(quoted);
    if (name === undefined) return [];
    names.push({ type, name });
  }
  return names;
}

function unquoted(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function subjectNames({ subject }: X509Certificate): Pick<CertificateNames, 'commonName' | 'subject'> {
  // One RDN a line, escaped as in RFC 2253, so that a value holds neither a line end nor a bare plus sign.
  const lines = subject === undefined || subject === '' ? [] : subject.split('\n');
  if (lines.length === 0 || lines.some((line) => / \+ /.test(line))) return { commonName: null, subject: null };
  const [common, ...others] = lines.filter((line) => line.startsWith('CN='));
  const written = common?.slice('CN='.length);
  return {
    commonName: written === undefined || others.length > 0 || written.includes('\\') ? null : written,
    subject: lines.toReversed().join(','),
  };
}
