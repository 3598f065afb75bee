import type { AuthenticationMethod, ListenerOptions, ListenerTls, SocketAddress } from '@bailiwick/gateway';
import { address, isLoopback } from './address.ts';
import { type ConfigSurroundings, certificateFault, fileBytes } from './config-files.ts';
import type { ConfigNode } from './config-node.ts';
import type { AdminListener } from './configuration.ts';
import type { FaultList } from './fault.ts';
import { networkFault } from './identity-section.ts';
import { Mapping, notInThisVersion } from './mapping.ts';
import { checked, durationMs, integer, listOf, type Reader, text } from './read-values.ts';

/** Connections that a listener takes at a time unless told otherwise. */
const CONNECTIONS_DEFAULT = 1000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const ADMIN_DEFAULT: AdminListener['address'] = { kind: 'tcp', host: '127.0.0.1', port: 8432 };
const METHODS: readonly AuthenticationMethod[] = ['jwt', 'pass', 'oauthbearer', 'mtls'];
const METHODS_DEFAULT: readonly AuthenticationMethod[] = ['jwt', 'pass'];
/** Methods whose features are there. */
const METHODS_BUILT: ReadonlySet<AuthenticationMethod> = new Set(['jwt', 'pass']);
const NO_ADDRESS: SocketAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

export interface Listeners {
  readonly postgres: ListenerOptions;
  readonly admin: AdminListener;
}

/** Section `listeners`. */
export function readListeners(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): Listeners {
  const keys = { known: ['postgres', 'admin'], unbuilt: { mysql: '', metrics: 'the admin listener serves /metrics' } };
  const mapping = Mapping.open(node, keys, faults);
  const absent: ListenerOptions = {
    protocol: 'postgres',
    address: NO_ADDRESS,
    tls: null,
    methods: METHODS_DEFAULT,
    oauth: null,
    maxConnections: CONNECTIONS_DEFAULT,
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    trustedProxies: [],
  };
  return {
    postgres: mapping.required('postgres', (one) => readPostgres(one, faults, files), absent),
    admin: mapping.optional('admin', (one) => readAdmin(one, faults, files), { address: ADMIN_DEFAULT, tls: null }),
  };
}

function readPostgres(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): ListenerOptions {
  const keys = {
    known: ['address', 'tls', 'max_connections', 'handshake_timeout', 'methods', 'proxy_protocol'],
  };
  const mapping = Mapping.open(node, keys, faults);
  const where = mapping.required('address', address, NO_ADDRESS);
  const tls = mapping.required('tls', (one) => readTls(one, faults, files), null);
  if (tls === null && !isLoopback(where)) {
    faults.add(mapping.placeOf('tls'), 'tls: off is accepted on loopback addresses only');
  }
  if (tls !== null && where.kind === 'unix') faults.add(mapping.placeOf('tls'), 'a UNIX socket has no TLS: write off');
  const methods = mapping.optional('methods', listOf(method), METHODS_DEFAULT);
  if (methods.length === 0) faults.add(mapping.placeOf('methods'), 'must name at least one method');
  const handshakeTimeoutMs = mapping.optional('handshake_timeout', durationMs, HANDSHAKE_TIMEOUT_MS);
  if (handshakeTimeoutMs <= 0) faults.add(mapping.placeOf('handshake_timeout'), 'must be more than 0');
  const trustedProxies = mapping.optional('proxy_protocol', readProxyProtocol, []);
  if (where.kind === 'unix' && mapping.has('proxy_protocol')) {
    faults.add(mapping.placeOf('proxy_protocol'), 'peers of a UNIX socket have no address that could be trusted');
  }
  return {
    protocol: 'postgres',
    address: where,
    tls,
    methods: [...new Set(methods)],
    oauth: null,
    maxConnections: mapping.optional('max_connections', integer(1, 1_000_000), CONNECTIONS_DEFAULT),
    handshakeTimeoutMs,
    trustedProxies,
  };
}

/** `{ trusted: [cidr] }`: the networks whose PROXY headers are believed. */
const readProxyProtocol: Reader<readonly string[]> = (node, faults) => {
  const mapping = Mapping.open(node, { known: ['trusted'] }, faults);
  const trusted = mapping.required('trusted', listOf(checked(text, trustFault)), []);
  if (mapping.has('trusted') && trusted.length === 0) {
    faults.add(mapping.placeOf('trusted'), 'must name at least one network');
  }
  return trusted;
};

/** A network of everybody would let each client say where it is. */
const trustFault = (cidr: string): string | null =>
  networkFault(cidr) ?? (/\/0+$/.test(cidr) ? 'would trust everybody to say where they connect from' : null);

function readAdmin(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): AdminListener {
  const mapping = Mapping.open(node, { known: ['address', 'tls'] }, faults);
  const where = mapping.required('address', address, ADMIN_DEFAULT);
  const tls = mapping.optional('tls', (one) => readTls(one, faults, files), null);
  if (where.kind === 'unix') {
    faults.add(mapping.placeOf('address'), notInThisVersion('an admin listener on a UNIX socket'));
    return { address: ADMIN_DEFAULT, tls };
  }
  if (tls === null && !isLoopback(where)) {
    faults.add(mapping.placeOf('address'), 'off loopback the admin listener needs tls: { cert, key }');
  }
  return { address: where, tls };
}

/** `off`, or `{ cert, key }` with files in PEM. */
function readTls(node: ConfigNode, faults: FaultList, files: ConfigSurroundings): ListenerTls | null {
  if (node.kind === 'scalar' && node.value === 'off') return null;
  if (node.kind !== 'mapping') {
    faults.add(node.at, 'must be { cert: FILE, key: FILE }, or off on a loopback address');
    return { cert: Buffer.alloc(0), key: Buffer.alloc(0), clientCa: null };
  }
  const mapping = Mapping.open(node, { known: ['cert', 'key'] }, faults);
  const cert = mapping.required('cert', fileBytes(files), Buffer.alloc(0));
  const key = mapping.required('key', fileBytes(files), Buffer.alloc(0));
  const wrong = certificateFault(cert, key);
  if (wrong !== null) faults.add(node.at, wrong);
  return { cert, key, clientCa: null };
}

function method(node: ConfigNode, faults: FaultList): AuthenticationMethod {
  const written = text(node, faults);
  const known = METHODS.find((name) => name === written);
  if (known === undefined) faults.add(node.at, `must be one of ${METHODS.join(', ')}`);
  else if (!METHODS_BUILT.has(known)) faults.add(node.at, notInThisVersion(`method ${known}`));
  return known ?? 'jwt';
}
