// Uses node:net: isIPv4, isIPv6 and SocketAddress read and write addresses; no socket is opened here.
import { isIPv4, isIPv6, SocketAddress } from 'node:net';

const IPV6_BYTES = 16;

/** The text of an address of 4 or 16 bytes in network order, as the operating system would write it (RFC 5952). */
export function formatIpAddress(bytes: Buffer): string {
  if (bytes.length !== IPV6_BYTES) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return canonicalIpAddress(groups.join(':')) ?? groups.join(':');
}

/**
 * One spelling for each address: without a zone, RFC 5952 for IPv6, and IPv4 where a socket of both families shows it as
 * IPv6 (`::ffff:192.0.2.1`). Null: it is no address.
 */
export function canonicalIpAddress(written: string): string | null {
  const address = written.split('%', 1)[0] ?? '';
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return null;
  const text = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1] ?? text;
}
