import { createHash, type X509Certificate } from 'node:crypto';

/** Hash functions by the object identifier of the signature algorithm, DER (RFC 4055, RFC 5758), as hexadecimal digits. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010104', 'sha256'], // md5WithRSAEncryption, which RFC 5929 replaces
  ['2a864886f70d010105', 'sha256'], // sha1WithRSAEncryption, likewise
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a864886f70d01010e', 'sha224'],
  ['2a8648ce3d0401', 'sha256'], // ecdsa-with-SHA1
  ['2a8648ce3d040301', 'sha224'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
]);
const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;

/**
 * `tls-server-end-point` of a certificate (RFC 5929 section 4): its hash by the function of its signature. Null where the
 * signature has no such function (Ed25519) or one that is not known: then no channel binding is offered.
 */
export function serverEndPoint(certificate: X509Certificate): Buffer | null {
  const der = certificate.raw;
  const hash = HASHES.get(signatureAlgorithm(der)?.toString('hex') ?? '');
  return hash === undefined ? null : createHash(hash).update(der).digest();
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { algorithm OBJECT IDENTIFIER … }, … } */
function signatureAlgorithm(der: Buffer): Buffer | null {
  const certificate = elementAt(der, 0, SEQUENCE);
  if (certificate === null) return null;
  const signed = elementAt(der, certificate.start, SEQUENCE);
  const algorithm = signed === null ? null : elementAt(der, signed.end, SEQUENCE);
  const identifier = algorithm === null ? null : elementAt(der, algorithm.start, OBJECT_IDENTIFIER);
  return identifier === null ? null : der.subarray(identifier.start, identifier.end);
}

/** Where the content of the element at `at` is; null: there is none of that tag, or it goes beyond the end. */
function elementAt(der: Buffer, at: number, tag: number): { readonly start: number; readonly end: number } | null {
  if (der[at] !== tag) return null;
  const first = der[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || at + 2 + lengthBytes > der.length) return null;
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  return start + length > der.length ? null : { start, end: start + length };
}
