import type { Socket } from 'node:net';
import { canonicalIpAddress, ProxyHeaderDecoder } from '@bailiwick/wire';
import { HandshakeReader } from './handshake-reader.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/**
 * Where a new connection comes from, before anything else is read from it. A trusted proxy must say so first, in a PROXY
 * header, and no other byte is taken from it before that; what follows the header goes back into the socket. Null: it
 * cannot be told. A proxy's own address never stands in for a client that it relays.
 * @throws ProtocolError ConnectionEnded
 */
export async function readClientAddress(raw: Socket, proxies: TrustedProxies): Promise<string | null> {
  const peer = raw.remoteAddress === undefined ? null : canonicalIpAddress(raw.remoteAddress);
  if (!proxies.includes(peer)) return peer;
  const reader = new HandshakeReader(raw);
  const decoder = new ProxyHeaderDecoder();
  for (;;) {
    const header = decoder.header();
    if (header !== null) {
      reader.release(decoder.rest());
      if (header.kind === 'client') return header.address;
      return header.kind === 'local' ? peer : null;
    }
    decoder.push(await reader.read());
  }
}
