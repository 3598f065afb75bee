import type { AuthenticationMethod, ListenerOptions, SocketAddress } from '@bailiwick/gateway';
import { address, isLoopback } from './address.ts';
import type { ConfigSurroundings } from './config-files.ts';
import type { ConfigNode } from './config-node.ts';
import type { AdminListener } from './configuration.ts';
import type { FaultList } from './fault.ts';
import { networkFault } from './identity-section.ts';
import { readListenerTls, readServerTls } from './listener-tls.ts';
import { Mapping, notInThisVersion } from './mapping.ts';
import { readOauth } from './oauth-section.ts';
import { checked, durationMs, integer, listOf, type Reader, text } from './read-values.ts';

/** Connections that a listener takes at a time unless told otherwise. */
const CONNECTIONS_DEFAULT = 1000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const ADMIN_DEFAULT: AdminListener['address'] = { kind: 'tcp', host: '127.0.0.1', port: 8432 };
const METHODS: readonly AuthenticationMethod[] = ['jwt', 'pass', 'oauthbearer', 'mtls'];
const METHODS_DEFAULT: readonly AuthenticationMethod[] = ['jwt', 'pass'];
const NO_ADDRESS: SocketAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

export interface Listeners {
  readonly postgres: ListenerOptions;
  readonly admin: AdminListener;
}

/** Section `listeners`. `issuers` are the configured ones, by name. */
export function readListeners(
  node: ConfigNode,
  faults: FaultList,
  files: ConfigSurroundings,
  issuers: readonly string[],
): Listeners {
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
    postgres: mapping.required('postgres', (one) => readPostgres(one, faults, files, issuers), absent),
    admin: mapping.optional('admin', (one) => readAdmin(one, faults, files), { address: ADMIN_DEFAULT, tls: null }),
  };
}

function readPostgres(
  node: ConfigNode,
  faults: FaultList,
  files: ConfigSurroundings,
  issuers: readonly string[],
): ListenerOptions {
  const keys = {
    known: ['address', 'tls', 'max_connections', 'handshake_timeout', 'methods', 'oauth', 'proxy_protocol'],
  };
  const mapping = Mapping.open(node, keys, faults);
  const where = mapping.required('address', address, NO_ADDRESS);
  const tls = mapping.required('tls', (one) => readListenerTls(one, faults, files), null);
  if (tls === null && !isLoopback(where)) {
    faults.add(mapping.placeOf('tls'), 'tls: off is accepted on loopback addresses only');
  }
  if (tls !== null && where.kind === 'unix') faults.add(mapping.placeOf('tls'), 'a UNIX socket has no TLS: write off');
  const methods = mapping.optional('methods', listOf(method), METHODS_DEFAULT);
  if (methods.length === 0) faults.add(mapping.placeOf('methods'), 'must name at least one method');
  if (methods.includes('mtls') && (tls?.clientCa ?? null) === null) {
    faults.add(mapping.placeOf('methods'), 'mtls needs tls: { client_ca } with the authorities of client certificates');
  }
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
    oauth: readOauth(mapping, methods.includes('oauthbearer'), issuers, faults),
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
  const tls = mapping.optional('tls', (one) => readServerTls(one, faults, files), null);
  if (where.kind === 'unix') {
    faults.add(mapping.placeOf('address'), notInThisVersion('an admin listener on a UNIX socket'));
    return { address: ADMIN_DEFAULT, tls };
  }
  if (tls === null && !isLoopback(where)) {
    faults.add(mapping.placeOf('address'), 'off loopback the admin listener needs tls: { cert, key }');
  }
  return { address: where, tls };
}

function method(node: ConfigNode, faults: FaultList): AuthenticationMethod {
  const written = text(node, faults);
  const known = METHODS.find((name) => name === written);
  if (known === undefined) faults.add(node.at, `must be one of ${METHODS.join(', ')}`);
  return known ?? 'jwt';
}
