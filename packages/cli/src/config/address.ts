import type { SocketAddress } from '@bailiwick/gateway';
import { checked, type Reader, text } from './read-values.ts';

/** Longest path that a UNIX socket may have on every platform (sun_path of the BSDs). */
const SOCKET_PATH_LENGTH_MAX = 103;

/** Parses `127.0.0.1:6432`, `[::1]:5432`, `db.example.com:5432` or `unix:/path`; null: it is none of these. */
export function parseAddress(written: string): SocketAddress | null {
  if (written.startsWith('unix:')) {
    const path = written.slice('unix:'.length);
    return path.startsWith('/') && Buffer.byteLength(path) <= SOCKET_PATH_LENGTH_MAX ? { kind: 'unix', path } : null;
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(written);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? null : { kind: 'tcp', host, port };
}

/** As `parseAddress` takes it. */
export function formatAddress(address: SocketAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Whether only this machine can reach the address. */
export function isLoopback(address: SocketAddress): boolean {
  if (address.kind === 'unix') return true;
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/.test(address.host);
}

const NOWHERE: SocketAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 };

export const address: Reader<SocketAddress> = (node, faults) => {
  const written = text(node, faults);
  const parsed = written === '' ? NOWHERE : parseAddress(written);
  if (parsed === null) faults.add(node.at, 'must be host:port, [ipv6]:port or unix:/path');
  return parsed ?? NOWHERE;
};

/** An address to connect to: port 0 is none. */
export const remoteAddress: Reader<SocketAddress> = checked(address, (value) =>
  value.kind === 'tcp' && value.port === 0 ? 'must name a port' : null,
);
