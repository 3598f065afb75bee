// Uses node:net: isIPv4 and isIPv6 tell addresses from other text; no socket is opened here.
import { isIPv4, isIPv6 } from 'node:net';
import { canonicalIpAddress } from './ip-address.ts';
import { ProtocolError } from './protocol-error.ts';
import type { ProxyHeader } from './proxy-header.ts';

/** Hexadecimal groups and one double colon: no zone and no dotted quad, which the specification does not name. */
const IPV6_FORM = /^[0-9a-fA-F:]+$/;
const PORT = /^(?:0|[1-9]\d{0,4})$/;

/**
 * Version 1 of the PROXY protocol: the line without its CRLF, printable ASCII, as in
 * `PROXY TCP4 192.0.2.7 198.51.100.1 51000 6432`. @throws ProtocolError
 */
export function parseProxyLine(line: string): ProxyHeader {
  const [word, protocol, source, destination, sourcePort, destinationPort, ...more] = line.split(' ');
  // "The receiver must ignore anything presented before the CRLF is found" (section 2.1).
  if (word === 'PROXY' && protocol === 'UNKNOWN') return { kind: 'unknown' };
  const isOfFamily = protocol === 'TCP4' ? isIPv4 : protocol === 'TCP6' ? isStrictIpv6 : null;
  if (word !== 'PROXY' || isOfFamily === null) throw malformed('there is no such protocol');
  if (destinationPort === undefined || more.length > 0) throw malformed('the line does not have its six parts');
  return {
    kind: 'client',
    address: addressOf(source, isOfFamily),
    port: portOf(sourcePort),
    destinationAddress: addressOf(destination, isOfFamily),
    destinationPort: portOf(destinationPort),
  };
}

const isStrictIpv6 = (text: string): boolean => IPV6_FORM.test(text) && isIPv6(text);

function addressOf(text: string | undefined, isOfFamily: (text: string) => boolean): string {
  const canonical = text !== undefined && isOfFamily(text) ? canonicalIpAddress(text) : null;
  if (canonical === null) throw malformed('an address is not of its family');
  return canonical;
}

function portOf(text: string | undefined): number {
  const port = text !== undefined && PORT.test(text) ? Number(text) : 0x10000;
  if (port > 0xffff) throw malformed('a port is not a number from 0 to 65535');
  return port;
}

const malformed = (reason: string): ProtocolError => new ProtocolError('malformed', 'PROXY header', 0, reason);
