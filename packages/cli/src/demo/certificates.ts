// Uses node:net: tells addresses from names; it opens no connection.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

/** PEM of a certificate and of its private key (PKCS #8). */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority made at run time; its key lives as long as this object or whoever wrote `key` to a file. */
export interface CertificateAuthority extends Certificate {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly keyIdentifier: Buffer;
}

export interface CertificateSubject {
  /** DNS names, the first of which is the common name too. */
  readonly names?: readonly string[];
  /** IPv4 or IPv6 addresses. */
  readonly ips?: readonly string[];
  /** Whom the certificate proves: default server. */
  readonly usage?: 'server' | 'client';
  /** Default 825, the longest that platforms accept of a server. */
  readonly days?: number;
  /** Days ago that it became valid; default 1, so that a clock may be behind. */
  readonly since?: number;
}

const DAY_MS = 86_400_000;
const DAYS_MAX = 825;
const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const EXTENDED_KEY_USAGE = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
/** KeyUsage bits from the left: digitalSignature 0, keyCertSign 5, cRLSign 6. */
const SIGNS_CERTIFICATES = bitString(Buffer.of(0b0000_0110), 1);
const SIGNS_HANDSHAKES = bitString(Buffer.of(0b1000_0000), 7);

/** A new ECDSA P-256 authority (RFC 5280), which may issue end certificates but no further authorities. */
export function makeCertificateAuthority(
  commonName = 'Bailiwick development CA',
  now: number = Date.now(),
): CertificateAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyIdentifier = identifierOf(keys.publicKey);
  const authority = { commonName, privateKey: keys.privateKey, keyIdentifier };
  const extensions = [
    extension('2.5.29.19', true, sequence(boolean(true), integer(Buffer.of(0)))),
    extension('2.5.29.15', true, SIGNS_CERTIFICATES),
    extension('2.5.29.14', false, octetString(keyIdentifier)),
  ];
  const cert = certificate(authority, commonName, keys.publicKey, [now - DAY_MS, now + DAYS_MAX * DAY_MS], extensions);
  return { ...authority, cert, key: pemOf(keys.privateKey) };
}

/** A certificate for these names and addresses with a key of its own. Throws a `RangeError` on a subject that is empty or no address. */
export function issueCertificate(
  authority: CertificateAuthority,
  subject: CertificateSubject,
  now: number = Date.now(),
): Certificate {
  const { names = [], ips = [], usage = 'server', days = DAYS_MAX, since = 1 } = subject;
  const commonName = names[0] ?? ips[0];
  if (commonName === undefined) throw new RangeError('a certificate needs a name or an address');
  if (days > DAYS_MAX) throw new RangeError(`a certificate is valid for at most ${DAYS_MAX} days`);
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const alternatives = [
    ...names.map((name) => implicit(2, Buffer.from(name, 'latin1'))),
    ...ips.map((ip) => implicit(7, addressBytes(ip))),
  ];
  const extensions = [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, SIGNS_HANDSHAKES),
    extension('2.5.29.37', false, sequence(objectIdentifier(EXTENDED_KEY_USAGE[usage]))),
    extension('2.5.29.17', false, sequence(...alternatives)),
    extension('2.5.29.14', false, octetString(identifierOf(keys.publicKey))),
    extension('2.5.29.35', false, sequence(implicit(0, authority.keyIdentifier))),
  ];
  const from = now - since * DAY_MS;
  const cert = certificate(authority, commonName, keys.publicKey, [from, from + days * DAY_MS], extensions);
  return { cert, key: pemOf(keys.privateKey) };
}

function certificate(
  issuer: Pick<CertificateAuthority, 'commonName' | 'privateKey'>,
  subject: string,
  publicKey: KeyObject,
  [from, to]: readonly [number, number],
  extensions: readonly Buffer[],
): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f;
  const body = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.commonName),
    sequence(time(new Date(from)), time(new Date(to))),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, { key: issuer.privateKey, dsaEncoding: 'der' });
  const lines =
    sequence(body, ECDSA_WITH_SHA256, bitString(signature))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const identifierOf = (publicKey: KeyObject): Buffer =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);

const extension = (identifier: string, critical: boolean, value: Buffer): Buffer =>
  sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octetString(value));

const distinguishedName = (commonName: string): Buffer =>
  sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));

function addressBytes(ip: string): Buffer {
  if (isIP(ip) === 4) return Buffer.from(ip.split('.').map(Number));
  if (isIP(ip) !== 6 || ip.includes('%')) throw new RangeError(`not an address: ${ip}`);
  // A URL writes an address in its shortest form, without an embedded IPv4 part.
  const [head = '', tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined): number[] =>
    text ? text.split(':').map((group) => Number.parseInt(group, 16)) : [];
  const [left, right] = [groups(head), groups(tail)];
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return Buffer.from([...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}
