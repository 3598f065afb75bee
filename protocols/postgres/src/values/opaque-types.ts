import type { FormatPair } from './format-pair.ts';
import { type OpaqueType, opaqueFormats } from './opaque.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const doubles = (...numbers: readonly number[]): Buffer => {
  const cell = Buffer.alloc(8 * numbers.length);
  for (const [at, number] of numbers.entries()) cell.writeDoubleBE(number, 8 * at);
  return cell;
};
const fixed = (name: string, text: string, binary: Buffer): OpaqueType => ({
  name,
  text,
  binary,
  width: binary.length,
});

const POINT_BYTES = 16;
const COUNT_BYTES = 4;

/** A count of points behind `header` bytes, then that many points (path_send, poly_send). */
const isPoints =
  (header: number) =>
  (cell: Buffer): boolean =>
    cell.length >= header + COUNT_BYTES &&
    cell.length === header + COUNT_BYTES + POINT_BYTES * cell.readUInt32BE(header);

const startsWithCount = (cell: Buffer): boolean => cell.length >= COUNT_BYTES && cell.readInt32BE(0) >= 0;

/** A snapshot holds a count of transactions, two bounds, and the transactions (pg_snapshot_send). */
const isSnapshot = (cell: Buffer): boolean => startsWithCount(cell) && cell.length === 20 + 8 * cell.readUInt32BE(0);

const snapshot = (name: string): OpaqueType => ({
  name,
  text: '1:1:',
  binary: bytes('00000000 0000000000000001 0000000000000001'),
  wellFormed: isSnapshot,
});

const RANGE_EMPTY = 0x01;
/** Flags of range_send: a bound that is missing or infinite is not written. */
const RANGE_NO_LOWER = 0x28;
const RANGE_NO_UPPER = 0x50;

/** A range: flags, then each bound there is behind its length (range_send). */
function isRange(cell: Buffer): boolean {
  const [flags] = cell;
  if (flags === undefined) return false;
  if ((flags & RANGE_EMPTY) !== 0) return cell.length === 1;
  let at = 1;
  for (const missing of [RANGE_NO_LOWER, RANGE_NO_UPPER]) {
    if ((flags & missing) !== 0) continue;
    if (at + COUNT_BYTES > cell.length) return false;
    const length = cell.readInt32BE(at);
    if (length < 0) return false;
    at += COUNT_BYTES + length;
  }
  return at === cell.length;
}

/** A multirange: a count, then each range behind its length (multirange_send). */
function isMultirange(cell: Buffer): boolean {
  if (!startsWithCount(cell)) return false;
  let at = COUNT_BYTES;
  for (let left = cell.readInt32BE(0); left > 0; left -= 1) {
    if (at + COUNT_BYTES > cell.length) return false;
    const length = cell.readInt32BE(at);
    const start = at + COUNT_BYTES;
    if (length < 0 || start + length > cell.length || !isRange(cell.subarray(start, start + length))) return false;
    at = start + length;
  }
  return at === cell.length;
}

/** A range type of this name; the empty range stands for any other. */
export const rangeFormats = (name: string): FormatPair =>
  opaqueFormats({ name, text: 'empty', binary: Buffer.from([RANGE_EMPTY]), wellFormed: isRange });

/** A multirange type of this name; the one without ranges stands for any other. */
export const multirangeFormats = (name: string): FormatPair =>
  opaqueFormats({ name, text: '{}', binary: Buffer.alloc(COUNT_BYTES), wellFormed: isMultirange });

/** hstore of the extension of that name; the one without pairs stands for any other. */
export const hstoreFormats: FormatPair = opaqueFormats({
  name: 'hstore',
  text: '',
  binary: Buffer.alloc(COUNT_BYTES),
  wellFormed: startsWithCount,
});

const regAlias = (name: string, text: string): OpaqueType => fixed(name, text, bytes('00000000'));

/** Numbers as a vector of one zero: an array of one dimension, counted from 0 (int2vectorsend, oidvectorsend). */
const vector = (name: string, elementOid: number, elementBytes: number): OpaqueType => ({
  name,
  text: '0',
  binary: Buffer.concat([
    bytes('00000001 00000000'),
    Buffer.from([0, 0, 0, elementOid]),
    bytes('00000001 00000000'),
    Buffer.from([0, 0, 0, elementBytes]),
    Buffer.alloc(elementBytes),
  ]),
  wellFormed: (cell) => cell.length >= 12,
});

const RANGES: readonly (readonly [number, string])[] = [
  [3904, 'int4range'],
  [3906, 'numrange'],
  [3908, 'tsrange'],
  [3910, 'tstzrange'],
  [3912, 'daterange'],
  [3926, 'int8range'],
];

const MULTIRANGES: readonly (readonly [number, string])[] = [
  [4451, 'int4multirange'],
  [4532, 'nummultirange'],
  [4533, 'tsmultirange'],
  [4534, 'tstzmultirange'],
  [4535, 'datemultirange'],
  [4536, 'int8multirange'],
];

const TYPES: readonly (readonly [number, OpaqueType])[] = [
  [22, vector('int2vector', 21, 2)],
  [24, regAlias('regproc', '-')],
  [27, fixed('tid', '(0,0)', bytes('00000000 0000'))],
  [28, fixed('xid', '0', bytes('00000000'))],
  [29, fixed('cid', '0', bytes('00000000'))],
  [30, vector('oidvector', 26, 4)],
  [600, fixed('point', '(0,0)', doubles(0, 0))],
  [601, fixed('lseg', '[(0,0),(0,0)]', doubles(0, 0, 0, 0))],
  [
    602,
    {
      name: 'path',
      text: '((0,0))',
      binary: Buffer.concat([bytes('01 00000001'), doubles(0, 0)]),
      wellFormed: isPoints(1),
    },
  ],
  [603, fixed('box', '(0,0),(0,0)', doubles(0, 0, 0, 0))],
  [
    604,
    {
      name: 'polygon',
      text: '((0,0))',
      binary: Buffer.concat([bytes('00000001'), doubles(0, 0)]),
      wellFormed: isPoints(0),
    },
  ],
  [628, fixed('line', '{0,1,0}', doubles(0, 1, 0))],
  [718, fixed('circle', '<(0,0),0>', doubles(0, 0, 0))],
  // A zero is money in every lc_monetary; anything with a sign or a point is not.
  [790, fixed('money', '0', Buffer.alloc(8))],
  [2202, regAlias('regprocedure', '-')],
  [2203, regAlias('regoper', '0')],
  [2204, regAlias('regoperator', '0')],
  [2205, regAlias('regclass', '-')],
  [2206, regAlias('regtype', '-')],
  [2970, snapshot('txid_snapshot')],
  [3220, fixed('pg_lsn', '0/0', Buffer.alloc(8))],
  [3614, { name: 'tsvector', text: '', binary: Buffer.alloc(COUNT_BYTES), wellFormed: startsWithCount }],
  [3615, { name: 'tsquery', text: '', binary: Buffer.alloc(COUNT_BYTES), wellFormed: startsWithCount }],
  [3734, regAlias('regconfig', '-')],
  [3769, regAlias('regdictionary', '-')],
  [4072, { name: 'jsonpath', text: '$', binary: bytes('01 24'), wellFormed: (cell) => cell[0] === 1 }],
  [4089, regAlias('regnamespace', '-')],
  [4096, regAlias('regrole', '-')],
  [4191, regAlias('regcollation', '-')],
  [5038, snapshot('pg_snapshot')],
  [5069, fixed('xid8', '0', Buffer.alloc(8))],
];

/** Built-in types that masks can only put a constant in, by oid of pg_type.dat. */
export const OPAQUE_FORMATS: readonly (readonly [number, FormatPair])[] = [
  ...TYPES.map(([oid, type]) => [oid, opaqueFormats(type)] as const),
  ...RANGES.map(([oid, name]) => [oid, rangeFormats(name)] as const),
  ...MULTIRANGES.map(([oid, name]) => [oid, multirangeFormats(name)] as const),
];
