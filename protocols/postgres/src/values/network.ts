import type { CellValue } from '@bailiwick/domain';
import { asciiText, type FormatPair, formatPair, wrongKind } from './format-pair.ts';
import { ValueError } from './value-error.ts';

interface Network {
  readonly address: readonly number[];
  readonly prefix: number;
}

/** PGSQL_AF_INET and PGSQL_AF_INET6: the server's own numbers, the same on every platform. */
const FAMILY = { 4: 2, 16: 3 } as const;
const HEADER_BYTES = 4;

function parseV4(text: string): number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const bytes = match?.slice(1).map(Number);
  return bytes?.every((byte) => byte <= 255) ? bytes : undefined;
}

/** Groups of hexadecimal digits, the last two perhaps as a dotted quad. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const quad = index === groups.length - 1 ? parseV4(group) : undefined;
    if (quad !== undefined) bytes.push(...quad);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const word = Number.parseInt(group, 16);
      bytes.push(word >> 8, word & 0xff);
    } else return undefined;
  }
  return bytes;
}

function parseV6(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const left = parseGroups(head);
  const right = tail === undefined ? [] : parseGroups(tail);
  if (left === undefined || right === undefined || more.length > 0) return undefined;
  const missing = 16 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...left, ...new Array<number>(missing).fill(0), ...right];
}

function parse(typeName: string, text: string): Network {
  const [host = '', prefix, ...more] = text.length <= 64 ? text.split('/') : [];
  const address = parseV4(host) ?? parseV6(host);
  if (address === undefined || more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) {
    throw new ValueError(typeName, 'not an address');
  }
  return checked(typeName, { address, prefix: prefix === undefined ? address.length * 8 : Number(prefix) });
}

/** A cidr has no bit set to the right of its prefix. */
function checked(typeName: string, network: Network): Network {
  const { address, prefix } = network;
  if (prefix > address.length * 8) throw new ValueError(typeName, 'prefix out of range');
  const bits = address.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  if (typeName === 'cidr' && bits.includes('1', prefix)) throw new ValueError(typeName, 'bits beyond its prefix');
  return network;
}

/** One form for both wire formats: IPv6 always in hexadecimal groups, the longest run of zeros left out. */
function format(typeName: string, { address, prefix }: Network): string {
  const host = address.length === 4 ? address.join('.') : formatV6(address);
  return typeName === 'inet' && prefix === address.length * 8 ? host : `${host}/${prefix}`;
}

function formatV6(address: readonly number[]): string {
  const words = Array.from(
    { length: 8 },
    (_, index) => (address[2 * index] ?? 0) * 256 + (address[2 * index + 1] ?? 0),
  );
  const text = words.map((word) => word.toString(16)).join(':');
  const runs = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = runs.find(([run]) => run === longest)?.index ?? 0;
  return `${text.slice(0, at).replace(/:$/, '')}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}

/** network_send: family, prefix, whether a cidr, length, address. */
function decodeBinary(typeName: string, cell: Buffer): Network {
  const [family, prefix = 0, isCidr, length] = cell;
  const expected = length === 4 || length === 16 ? FAMILY[length] : undefined;
  if (expected === undefined || family !== expected || cell.length !== HEADER_BYTES + (length ?? 0)) {
    throw new ValueError(typeName, 'not an address');
  }
  if (isCidr !== (typeName === 'cidr' ? 1 : 0)) throw new ValueError(typeName, 'of the other type');
  return checked(typeName, { address: [...cell.subarray(HEADER_BYTES)], prefix });
}

function encodeBinary(typeName: string, { address, prefix }: Network): Buffer {
  const family = address.length === 4 ? FAMILY[4] : FAMILY[16];
  return Buffer.from([family, prefix, typeName === 'cidr' ? 1 : 0, address.length, ...address]);
}

const networkFormatsOf = (typeName: 'inet' | 'cidr'): FormatPair => {
  const networkOf = (value: CellValue): Network => {
    if (value.kind !== 'text') throw wrongKind(typeName, value);
    return parse(typeName, value.text);
  };
  const asText = (network: Network): CellValue => ({ kind: 'text', text: format(typeName, network) });
  return formatPair(
    typeName,
    'text',
    {
      text: {
        decode: (cell) => asText(parse(typeName, asciiText(typeName, cell))),
        encode: (value) => Buffer.from(format(typeName, networkOf(value)), 'latin1'),
      },
      binary: {
        decode: (cell) => asText(decodeBinary(typeName, cell)),
        encode: (value) => encodeBinary(typeName, networkOf(value)),
      },
    },
    { standIn: typeName === 'cidr' ? '0.0.0.0/32' : '0.0.0.0' },
  );
};

/** inet (oid 869), as text. */
export const inetFormats: FormatPair = networkFormatsOf('inet');

/** cidr (oid 650), as text with its prefix. */
export const cidrFormats: FormatPair = networkFormatsOf('cidr');
