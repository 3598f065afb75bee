import {
  type CertificateMatch,
  type CertificateOptions,
  type IdentityOptions,
  identityOfClaims,
  TokenRejected,
} from '@bailiwick/identity';
import type { ConfigNode } from './config-node.ts';
import type { FaultList } from './fault.ts';
import { Mapping } from './mapping.ts';
import { checked, choice, flag, type Reader, text } from './read-values.ts';

const KNOWN_BY: readonly CertificateMatch['by'][] = [
  'fingerprint',
  'san_uri',
  'san_dns',
  'san_email',
  'common_name',
  'subject',
];

type Issuers = Omit<IdentityOptions, 'certificates'>;

/**
 * Section `identity.certificates`: whom client certificates stand for. What the claims lead to is tried out, so that an
 * entry which could only ever refuse is a fault of the file.
 */
export function readCertificates(issuers: Issuers): Reader<readonly CertificateOptions[]> {
  return (node, faults) => {
    if (node.kind !== 'list') {
      faults.add(node.at, 'must be a list');
      return [];
    }
    const seen = new Set<string>();
    return node.items.flatMap((item) => {
      const entry = readEntry(item, faults, issuers);
      if (entry === null) return [];
      const name = JSON.stringify(entry.match);
      if (seen.has(name)) faults.add(item.at, `${entry.match.by} ${entry.match.value} is there twice`);
      seen.add(name);
      return [entry];
    });
  };
}

function readEntry(node: ConfigNode, faults: FaultList, issuers: Issuers): CertificateOptions | null {
  const mapping = Mapping.open(node, { known: [...KNOWN_BY, 'issuer', 'claims', 'revoked'] }, faults);
  const match = readMatch(mapping, node, faults);
  const revoked = mapping.optional('revoked', flag, false);
  if (revoked) {
    for (const key of ['issuer', 'claims'])
      if (mapping.has(key)) faults.add(mapping.placeOf(key), 'a revoked certificate stands for nobody');
    return match === null ? null : { match, identity: null };
  }
  const claims = mapping.required('claims', readClaims, null);
  const issuer = readIssuerName(mapping, issuers, faults);
  if (match === null || issuer === null || claims === null) return null;
  const wrong = claimsFault(claims, issuer, issuers);
  if (wrong !== null) faults.add(mapping.placeOf('claims'), wrong);
  return { match, identity: { issuer, claims } };
}

function readMatch(mapping: Mapping, node: ConfigNode, faults: FaultList): CertificateMatch | null {
  const [by, ...others] = KNOWN_BY.filter((key) => mapping.has(key));
  if (by === undefined || others.length > 0) {
    if (node.kind === 'mapping') faults.add(node.at, `must have one of ${KNOWN_BY.join(', ')}`);
    return null;
  }
  return { by, value: mapping.required(by, by === 'fingerprint' ? checked(text, fingerprintFault) : text, '') };
}

const fingerprintFault = (written: string): string | null =>
  /^[0-9a-f]{64}$/i.test(written.replaceAll(':', ''))
    ? null
    : 'must be the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons';

function readIssuerName(mapping: Mapping, { issuers }: Issuers, faults: FaultList): string | null {
  const names = issuers.map(({ issuer }) => issuer);
  const [first, ...others] = names;
  if (first === undefined) return null; // A fault of its own already.
  if (mapping.has('issuer')) return mapping.required('issuer', choice([first, ...others]), first);
  if (others.length > 0) faults.add(mapping.at, 'must name the issuer whose claims these are: there are several');
  return first;
}

/** Null: they are none, which is a fault already. */
const readClaims: Reader<Readonly<Record<string, unknown>> | null> = (node, faults) => {
  if (node.kind !== 'mapping') faults.add(node.at, 'must be a mapping of claims');
  return node.kind === 'mapping' ? Object.fromEntries(membersOf(node)) : null;
};

type MappingNode = Extract<ConfigNode, { kind: 'mapping' }>;

const membersOf = (node: MappingNode): [string, unknown][] =>
  [...node.entries].map(([name, entry]) => [name, plain(entry.node)]);

function plain(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'mapping':
      return Object.fromEntries(membersOf(node));
    default:
      return node satisfies never;
  }
}

function claimsFault(claims: Readonly<Record<string, unknown>>, named: string, options: Issuers): string | null {
  const issuer = options.issuers.find(({ issuer }) => issuer === named);
  if (issuer === undefined) return null;
  try {
    identityOfClaims(claims, 0, { issuer, clients: options.clients, networkRegion: null, onOddity: () => {} });
    return null;
  } catch (error) {
    if (error instanceof TokenRejected) return `would let nobody in: ${error.message}`;
    throw error;
  }
}
