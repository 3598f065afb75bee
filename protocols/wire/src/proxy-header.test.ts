import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { canonicalIpAddress, formatIpAddress } from './ip-address.ts';
import { ProtocolError } from './protocol-error.ts';
import { PROXY_BLOCK_LENGTH_MAX, type ProxyHeader, ProxyHeaderDecoder } from './proxy-header.ts';

const line = (text: string): Buffer => Buffer.from(text, 'latin1');
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const SIGNATURE = '0d0a0d0a000d0a515549540a';

function block(versionAndCommand: number, family: number, payload: Buffer): Buffer {
  const head = Buffer.concat([hex(SIGNATURE), Buffer.from([versionAndCommand, family, 0, 0])]);
  head.writeUInt16BE(payload.length, 14);
  return Buffer.concat([head, payload]);
}
const tlv = (type: number, value: Buffer): Buffer => {
  const head = Buffer.from([type, 0, 0]);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
};
const IPV4 = hex('c0000207 c6336401 c738 1920');
const IPV6 = hex('20010db8000000000000000000000001 20010db8000000000000000000000002 c738 1920');

/** A header with a checksum that is right, as the last TLV. */
function withChecksum(family: number, addresses: Buffer, ...tlvs: readonly Buffer[]): Buffer {
  const header = block(0x21, family, Buffer.concat([addresses, ...tlvs, tlv(0x03, Buffer.alloc(4))]));
  header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}

function decode(...chunks: readonly Buffer[]): { header: ProxyHeader | null; rest: string } {
  const decoder = new ProxyHeaderDecoder();
  for (const chunk of chunks) decoder.push(chunk);
  return { header: decoder.header(), rest: decoder.rest().toString('latin1') };
}
const outcome = (bytes: Buffer): string => {
  try {
    return decode(bytes).header?.kind ?? 'incomplete';
  } catch (error) {
    return error instanceof ProtocolError ? error.code : 'threw something else';
  }
};

const CLIENT = {
  kind: 'client',
  address: '192.0.2.7',
  port: 51000,
  destinationAddress: '198.51.100.1',
  destinationPort: 6432,
};
const ACCEPTED: readonly (readonly [what: string, bytes: Buffer, header: ProxyHeader])[] = [
  ['version 1, IPv4', line('PROXY TCP4 192.0.2.7 198.51.100.1 51000 6432\r\n'), CLIENT as ProxyHeader],
  [
    'version 1, IPv6',
    line('PROXY TCP6 2001:DB8:0:0::1 2001:db8::2 0 65535\r\n'),
    { kind: 'client', address: '2001:db8::1', port: 0, destinationAddress: '2001:db8::2', destinationPort: 65535 },
  ],
  ['version 1, the longest there is', line(`PROXY UNKNOWN ${'f'.repeat(91)}\r\n`), { kind: 'unknown' }],
  ['version 1, UNKNOWN alone', line('PROXY UNKNOWN\r\n'), { kind: 'unknown' }],
  ['version 2, IPv4', block(0x21, 0x11, IPV4), CLIENT as ProxyHeader],
  [
    'version 2, IPv6',
    block(0x21, 0x21, IPV6),
    { kind: 'client', address: '2001:db8::1', port: 51000, destinationAddress: '2001:db8::2', destinationPort: 6432 },
  ],
  [
    'version 2, IPv4 mapped into IPv6 is IPv4',
    block(0x21, 0x21, hex('00000000000000000000ffffc0000207 00000000000000000000ffffc6336401 c738 1920')),
    CLIENT as ProxyHeader,
  ],
  ['version 2, UNIX', block(0x21, 0x31, Buffer.alloc(216)), { kind: 'unknown' }],
  ['version 2, UNSPEC', block(0x21, 0x00, Buffer.alloc(0)), { kind: 'unknown' }],
  ['version 2, LOCAL', block(0x20, 0x00, Buffer.alloc(0)), { kind: 'local' }],
  ['version 2, LOCAL with a block to discard', block(0x20, 0x11, IPV4), { kind: 'local' }],
  [
    'version 2 with extensions and a checksum',
    withChecksum(
      0x11,
      IPV4,
      tlv(0x01, line('postgresql')),
      tlv(0x20, Buffer.concat([hex('07 00000000'), tlv(0x21, line('TLSv1.3'))])),
      tlv(0xea, Buffer.alloc(20)),
    ),
    CLIENT as ProxyHeader,
  ],
];

describe('accepted', () => {
  test.each(ACCEPTED)('%s', (_what, bytes, header) => {
    expect(decode(bytes, line('SSLRequest'))).toEqual({ header, rest: 'SSLRequest' });
  });

  test.each(ACCEPTED)('%s: each truncation waits for more', (_what, bytes) => {
    for (let length = 0; length < bytes.length; length++)
      expect(outcome(bytes.subarray(0, length)), `${length} bytes`).toBe('incomplete');
  });

  test('any split gives the same, with what follows it', () => {
    const cases = fc.record({
      which: fc.constantFrom(...ACCEPTED),
      cuts: fc.array(fc.nat(300), { maxLength: 12 }),
      behind: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(cases, ({ which: [, bytes, header], cuts, behind }) => {
        const all = Buffer.concat([bytes, behind]);
        const places = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
        const chunks = places.slice(1).map((place, index) => all.subarray(places[index], place));
        expect(decode(...chunks)).toEqual({ header, rest: Buffer.from(behind).toString('latin1') });
      }),
      { numRuns: 200 },
    );
  });
});

const REFUSED: readonly (readonly [what: string, bytes: Buffer, code: string])[] = [
  ['an SSLRequest', hex('00000008 04d2162f'), 'unknown-message'],
  ['a ClientHello', hex('16030100'), 'unknown-message'],
  ['lower case', line('proxy TCP4'), 'unknown-message'],
  ['a signature that ends otherwise', hex('0d0a0d0a000d0a515549540b'), 'unknown-message'],
  ['no CRLF in 107 bytes', line(`PROXY UNKNOWN ${'f'.repeat(93)}`), 'too-large'],
  ['a line of 108', line(`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`), 'malformed'],
  ['a lone line feed', line('PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n'), 'malformed'],
  ['a lone carriage return', line('PROXY UNKNOWN \r \r\n'), 'malformed'],
  ['a zero byte', line('PROXY TCP4 192.0.2.7\0 198.51.100.1 1 2\r\n'), 'malformed'],
  ['UDP4', line('PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n'), 'malformed'],
  ['two spaces', line('PROXY  TCP4 192.0.2.7 198.51.100.1 1 2\r\n'), 'malformed'],
  ['a space at the end', line('PROXY TCP4 192.0.2.7 198.51.100.1 1 2 \r\n'), 'malformed'],
  ['a part too few', line('PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n'), 'malformed'],
  ['an octal address', line('PROXY TCP4 192.0.02.7 198.51.100.1 1 2\r\n'), 'malformed'],
  ['a short address', line('PROXY TCP4 192.2 198.51.100.1 1 2\r\n'), 'malformed'],
  ['IPv6 as TCP4', line('PROXY TCP4 ::1 198.51.100.1 1 2\r\n'), 'malformed'],
  ['IPv4 as TCP6', line('PROXY TCP6 192.0.2.7 ::1 1 2\r\n'), 'malformed'],
  ['a zone', line('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'), 'malformed'],
  ['a dotted quad in IPv6', line('PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n'), 'malformed'],
  ['a port of 65536', line('PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n'), 'malformed'],
  ['a port with a leading zero', line('PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n'), 'malformed'],
  ['a negative port', line('PROXY TCP4 192.0.2.7 198.51.100.1 -1 2\r\n'), 'malformed'],
  ['version 1 in a block', block(0x11, 0x11, IPV4), 'unknown-message'],
  ['version 3', block(0x31, 0x11, IPV4), 'unknown-message'],
  ['a third command', block(0x22, 0x11, IPV4), 'unknown-message'],
  ['a datagram', block(0x21, 0x12, IPV4), 'unknown-message'],
  ['a family that is none', block(0x21, 0x41, Buffer.alloc(300)), 'unknown-message'],
  ['a block shorter than its addresses', block(0x21, 0x11, IPV4.subarray(1)), 'malformed'],
  ['an IPv6 block that is an IPv4 one', block(0x21, 0x21, IPV4), 'malformed'],
  ['half an extension', block(0x21, 0x11, Buffer.concat([IPV4, hex('01 00')])), 'malformed'],
  ['an extension beyond the block', block(0x21, 0x11, Buffer.concat([IPV4, hex('01 0002 00')])), 'malformed'],
  ['a checksum of three bytes', block(0x21, 0x11, Buffer.concat([IPV4, tlv(3, Buffer.alloc(3))])), 'malformed'],
  ['a wrong checksum', block(0x21, 0x11, Buffer.concat([IPV4, tlv(3, Buffer.alloc(4))])), 'malformed'],
  ['two checksums', withChecksum(0x11, IPV4, tlv(3, Buffer.alloc(4))), 'malformed'],
  ['a unique id of 129', block(0x21, 0x11, Buffer.concat([IPV4, tlv(5, Buffer.alloc(129))])), 'malformed'],
  ['TLS data cut short', block(0x21, 0x11, Buffer.concat([IPV4, tlv(0x20, Buffer.alloc(4))])), 'malformed'],
  ['a block over its bound', block(0x21, 0x11, Buffer.alloc(PROXY_BLOCK_LENGTH_MAX + 1)), 'too-large'],
];

describe('refused', () => {
  test.each(REFUSED)('%s', (_what, bytes, code) => {
    expect(outcome(bytes)).toBe(code);
  });

  test.each(REFUSED)('%s: byte by byte too, and for good', (_what, bytes) => {
    const decoder = new ProxyHeaderDecoder();
    expect(() => {
      for (const byte of bytes) decoder.push(Buffer.from([byte]));
    }).toThrow(ProtocolError);
    expect(decoder.header()).toBeNull();
    expect(() => decoder.push(line('PROXY UNKNOWN\r\n'))).toThrow(ProtocolError);
  });

  test('any changed bit of a header with a checksum', () => {
    const header = withChecksum(0x21, IPV6, tlv(0x02, line('db.example')));
    // With another type, the checksum is none: a header without one is as good.
    const typeOfChecksum = header.length - 7;
    fc.assert(
      fc.property(fc.nat(header.length * 8 - 1), (bit) => {
        fc.pre(bit >> 3 !== typeOfChecksum);
        const changed = Buffer.from(header);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        // A flipped command is LOCAL, whose block is discarded; a longer length waits for what does not come.
        expect(['unknown-message', 'malformed', 'too-large', 'incomplete', 'local']).toContain(outcome(changed));
      }),
      { numRuns: 200 },
    );
  });

  test('bytes that nobody chose never decode to anything but a header or a ProtocolError', () => {
    const start = fc.constantFrom(line('PROXY '), line('PROXY TCP4 '), hex(`${SIGNATURE}21 11 000c`), hex(SIGNATURE));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (prefix, rest) => {
        expect(outcome(Buffer.concat([prefix, rest]))).not.toBe('threw something else');
      }),
      { numRuns: 200 },
    );
  });
});

test('the checksum is that of RFC 3720, appendix B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['192.0.2', null],
  ['', null],
])('the one spelling of %s is %s', (written, canonical) => {
  expect(canonicalIpAddress(written)).toBe(canonical);
});

test('addresses of any bytes have a text that is its own canonical spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatIpAddress(Buffer.from(bytes));
      expect(canonicalIpAddress(text)).toBe(text);
    }),
  );
  expect(formatIpAddress(Buffer.from([10, 0, 0, 1]))).toBe('10.0.0.1');
});
