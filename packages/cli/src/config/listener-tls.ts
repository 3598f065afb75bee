import { X509Certificate } from 'node:crypto';
import type { ListenerTls } from '@bailiwick/gateway';
import { type ConfigSurroundings, certificateFault, fileBytes } from './config-files.ts';
import type { ConfigNode } from './config-node.ts';
import type { AdminListener } from './configuration.ts';
import type { FaultList } from './fault.ts';
import { Mapping } from './mapping.ts';
import { checked } from './read-values.ts';

const NOTHING = Buffer.alloc(0);

/** `off`, or `{ cert, key, client_ca }` with files in PEM; `client_ca` may be left out. */
export function readListenerTls(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): ListenerTls | null {
  const mapping = openTls(node, ['cert', 'key', 'client_ca'], faults);
  if (mapping === null) return null;
  const authorities = checked(fileBytes(files), authoritiesFault);
  return { ...readPair(mapping, faults, files), clientCa: mapping.optional('client_ca', authorities, null) };
}

/** `off`, or `{ cert, key }` with files in PEM. */
export function readServerTls(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): AdminListener['tls'] {
  const mapping = openTls(node, ['cert', 'key'], faults);
  return mapping === null ? null : readPair(mapping, faults, files);
}

/** Null: it is off. */
function openTls(node: ConfigNode, known: readonly string[], faults: FaultList): Mapping | null {
  if (node.kind === 'scalar' && node.value === 'off') return null;
  if (node.kind === 'mapping') return Mapping.open(node, { known }, faults);
  faults.add(node.at, 'must be { cert: FILE, key: FILE }, or off on a loopback address');
  return Mapping.open({ kind: 'mapping', at: node.at, entries: new Map() }, { known }, faults);
}

function readPair(
  mapping: Mapping,
  faults: FaultList,
  files: ConfigSurroundings,
): { readonly cert: Buffer; readonly key: Buffer } {
  const cert = mapping.required('cert', fileBytes(files), NOTHING);
  const key = mapping.required('key', fileBytes(files), NOTHING);
  const wrong = certificateFault(cert, key);
  if (wrong !== null) faults.add(mapping.at, wrong);
  return { cert, key };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** OpenSSL skips what it cannot read of a bundle, and takes whatever it can for an authority. Null: nothing is wrong. */
function authoritiesFault(bundle: Buffer): string | null {
  const text = bundle.toString('latin1');
  const pieces = text.match(CERTIFICATE) ?? [];
  if (pieces.length === 0 || text.split('-----BEGIN').length - 1 > pieces.length) {
    return 'client_ca must hold PEM certificates, and nothing else in PEM';
  }
  for (const [index, piece] of pieces.entries()) {
    try {
      if (!new X509Certificate(piece).ca) return `certificate ${index + 1} of client_ca is no authority`;
    } catch {
      return `certificate ${index + 1} of client_ca cannot be read`;
    }
  }
  return null;
}
