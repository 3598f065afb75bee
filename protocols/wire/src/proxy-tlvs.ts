import { ByteReader } from './byte-reader.ts';

/** Types that the specification gives a meaning (section 2.2). The rest, a cloud's own among them, may hold anything. */
const TYPE = { checksum: 0x03, uniqueId: 0x05, ssl: 0x20 } as const;
const CHECKSUM_LENGTH = 4;
/** PP2_TYPE_UNIQUE_ID: "up to 128 bytes". */
const UNIQUE_ID_LENGTH_MAX = 128;

/** What the gateway wants to know of the extensions. */
export interface ProxyTlvs {
  /** Where the CRC32c's four bytes begin in the header; null: there is none. */
  readonly checksumAt: number | null;
}

/**
 * Walks the type-length-value extensions of a version 2 header from `at` to its end, which they must fill exactly.
 * @throws ProtocolError
 */
export function readProxyTlvs(header: Buffer, at: number, name: string): ProxyTlvs {
  const reader = new ByteReader(header, at, header.length, name);
  let checksumAt: number | null = null;
  while (reader.remaining > 0) {
    const type = reader.uint8();
    const length = reader.uint16();
    const valueAt = at + reader.offset;
    const value = reader.bytes(length);
    if (type === TYPE.checksum) {
      if (length !== CHECKSUM_LENGTH || checksumAt !== null)
        throw reader.fault('the checksum is not one of four bytes');
      checksumAt = valueAt;
    } else if (type === TYPE.uniqueId && length > UNIQUE_ID_LENGTH_MAX) throw reader.fault('the unique id is too long');
    else if (type === TYPE.ssl) checkSslTlv(value, name);
  }
  return { checksumAt };
}

/** PP2_TYPE_SSL: flags, the result of verification, and extensions of its own. */
function checkSslTlv(value: Buffer, name: string): void {
  const reader = new ByteReader(value, 0, value.length, name);
  reader.skip(1 + 4);
  while (reader.remaining > 0) {
    reader.skip(1);
    reader.bytes(reader.uint16());
  }
}
