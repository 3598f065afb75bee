import { crc32c } from './crc32c.ts';
import { formatIpAddress } from './ip-address.ts';
import { ProtocolError } from './protocol-error.ts';
import { parseProxyLine } from './proxy-line.ts';
import { readProxyTlvs } from './proxy-tlvs.ts';

/** Who the connection is for, as a proxy in front of us says. Addresses are canonical text. */
export type ProxyHeader =
  /** The proxy relays a client. */
  | {
      readonly kind: 'client';
      readonly address: string;
      readonly port: number;
      readonly destinationAddress: string;
      readonly destinationPort: number;
    }
  /** The proxy relays a client whose address it does not know, or that has none (a UNIX socket). */
  | { readonly kind: 'unknown' }
  /** The proxy itself connects, for a health check: nobody is relayed. */
  | { readonly kind: 'local' };

/** "The maximum line lengths the receiver must support" with the CRLF (PROXY protocol, section 2.1). */
export const PROXY_LINE_LENGTH_MAX = 107;
/** What may follow the fixed 16 bytes of version 2. Proxies send some 100; certificates and names of a cloud's own, more. */
export const PROXY_BLOCK_LENGTH_MAX = 4096;

const LINE_START = Buffer.from('PROXY ', 'latin1');
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const FIXED_LENGTH = 16;
const NAME = 'PROXY header';

/**
 * Cuts a PROXY protocol header, version 1 or 2, off the beginning of a connection (haproxy.org,
 * `doc/proxy-protocol.txt`). One header at most: what follows is handed back untouched by `rest()`. `push` throws a
 * `ProtocolError` at the first byte that begins no header, and for a header that is not exactly as specified; after that
 * each further call throws the same error.
 */
export class ProxyHeaderDecoder {
  #received: Buffer = Buffer.alloc(0);
  #header: ProxyHeader | null = null;
  #failure: ProtocolError | null = null;

  /** Appends what arrived; copied. */
  push(chunk: Buffer): void {
    if (this.#failure !== null) throw this.#failure;
    this.#received = Buffer.concat([this.#received, chunk]);
    if (this.#header !== null) return;
    try {
      this.#decode();
    } catch (error) {
      if (error instanceof ProtocolError) this.#failure = error;
      throw error;
    }
  }

  /** The header once it is complete, else null. */
  header(): ProxyHeader | null {
    return this.#header;
  }

  /** The bytes behind the header. */
  rest(): Buffer {
    return this.#header === null ? Buffer.alloc(0) : this.#received;
  }

  #decode(): void {
    const bytes = this.#received;
    if (startsLike(bytes, LINE_START)) {
      if (bytes.length >= LINE_START.length) this.#decodeLine();
    } else if (startsLike(bytes, SIGNATURE)) {
      if (bytes.length >= FIXED_LENGTH) this.#decodeBlock();
    } else throw new ProtocolError('unknown-message', NAME, 0, 'the connection does not begin with one');
  }

  #decodeLine(): void {
    const bytes = this.#received;
    const end = bytes.subarray(0, PROXY_LINE_LENGTH_MAX).indexOf('\r\n', 0, 'latin1');
    // A lone carriage return or line feed, or a zero byte, is none of what a line may hold.
    const inner = bytes.subarray(0, end < 0 ? Math.min(bytes.length, PROXY_LINE_LENGTH_MAX) : end);
    const stray = inner.findIndex((byte) => byte < 0x20 || byte > 0x7e);
    const lastMayBeReturn = end < 0 && inner[inner.length - 1] === 0x0d && bytes.length < PROXY_LINE_LENGTH_MAX;
    if (stray >= 0 && !(lastMayBeReturn && stray === inner.length - 1))
      throw new ProtocolError('malformed', NAME, stray, 'the line holds control characters');
    if (end >= 0) this.#accept(parseProxyLine(inner.toString('latin1')), end + 2);
    else if (bytes.length >= PROXY_LINE_LENGTH_MAX)
      throw new ProtocolError('too-large', NAME, PROXY_LINE_LENGTH_MAX, 'the line does not end');
  }

  #decodeBlock(): void {
    const bytes = this.#received;
    const length = bytes.readUInt16BE(14);
    const command = readCommand(bytes);
    if (length > PROXY_BLOCK_LENGTH_MAX) throw new ProtocolError('too-large', NAME, 14, 'the block is over its bound');
    const end = FIXED_LENGTH + length;
    if (bytes.length < end) return;
    // "The receiver must discard the protocol block including the family" (section 2.2).
    this.#accept(command === 'LOCAL' ? { kind: 'local' } : readRelayed(bytes.subarray(0, end)), end);
  }

  #accept(header: ProxyHeader, end: number): void {
    this.#header = header;
    this.#received = this.#received.subarray(end);
  }
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readCommand(bytes: Buffer): 'LOCAL' | 'PROXY' {
  const [version, command] = [bytes.readUInt8(12) >> 4, bytes.readUInt8(12) & 0x0f];
  if (version !== 2) throw new ProtocolError('unknown-message', NAME, 12, 'there is no such version');
  if (command > 1) throw new ProtocolError('unknown-message', NAME, 12, 'there is no such command');
  return command === 0 ? 'LOCAL' : 'PROXY';
}

/** Bytes of the two addresses and ports, by family and transport; the UNIX one holds two paths. */
const ADDRESS_BLOCKS: Readonly<Record<number, { readonly addressLength: number; readonly blockLength: number }>> = {
  0: { addressLength: 0, blockLength: 0 },
  17: { addressLength: 4, blockLength: 12 },
  33: { addressLength: 16, blockLength: 36 },
  49: { addressLength: 0, blockLength: 216 },
};

/** @param header the whole of it. */
function readRelayed(header: Buffer): ProxyHeader {
  const family = ADDRESS_BLOCKS[header.readUInt8(13)];
  // What a datagram brought, or something that is none of the families, cannot be this connection.
  if (family === undefined) throw new ProtocolError('unknown-message', NAME, 13, 'it is not about a TCP connection');
  const { addressLength, blockLength } = family;
  const tlvsAt = FIXED_LENGTH + blockLength;
  if (header.length < tlvsAt) throw new ProtocolError('malformed', NAME, 14, 'the block is shorter than its addresses');
  const { checksumAt } = readProxyTlvs(header, tlvsAt, NAME);
  if (checksumAt !== null) checkSum(header, checksumAt);
  if (addressLength === 0) return { kind: 'unknown' };
  const destinationAt = FIXED_LENGTH + addressLength;
  const portsAt = destinationAt + addressLength;
  return {
    kind: 'client',
    address: formatIpAddress(header.subarray(FIXED_LENGTH, destinationAt)),
    port: header.readUInt16BE(portsAt),
    destinationAddress: formatIpAddress(header.subarray(destinationAt, portsAt)),
    destinationPort: header.readUInt16BE(portsAt + 2),
  };
}

/** Over the whole header with the checksum's own bytes as zeros (section 2.2.3). */
function checkSum(header: Buffer, at: number): void {
  const zeroed = Buffer.from(header);
  zeroed.fill(0, at, at + 4);
  if (crc32c(zeroed) !== header.readUInt32BE(at))
    throw new ProtocolError('malformed', NAME, at, 'the checksum does not match');
}
