import { createCipheriv } from 'node:crypto';

const BLOCK_BYTES = 16;
const ROUNDS = 10;
const RADIX_MAX = 36;
/** NIST SP 800-38G Rev. 1: a smaller domain can be searched through. */
export const FF1_DOMAIN_MIN = 1_000_000n;

/** Enciphers numerals to numerals of the same length. Throws on a text that is not of the radix or too short. */
export type Ff1 = (numerals: string, tweak?: Buffer) => string;

type EncipherBlock = (block: Buffer) => Buffer;

/** What depends on the lengths only, and on the key. Letters are the standard's. */
interface Shape {
  readonly u: number;
  readonly v: number;
  /** The moduli of odd and even rounds: radix^u and radix^v. */
  readonly moduli: { readonly u: bigint; readonly v: bigint };
  /** Bytes of NUM(B) in Q, the standard's b. */
  readonly numberBytes: number;
  /** Bytes of S that make y, the standard's d. */
  readonly outputBytes: number;
  /** The MAC after the block P, with which every round begins. */
  readonly headMac: Buffer;
  /** Length of Q. */
  readonly inputBytes: number;
}

/**
 * FF1 of NIST SP 800-38G, encryption only.
 * @param key 16, 24 or 32 bytes of AES key. @param radix 2 to 36; numerals are 0–9, then a–z.
 */
export function ff1(key: Buffer, radix: number): Ff1 {
  if (!Number.isInteger(radix) || radix < 2 || radix > RADIX_MAX) throw new Error(`FF1: no radix ${radix}`);
  // One block at a time under ECB is the block cipher itself, which is what the standard builds on.
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  const encipherBlock: EncipherBlock = (block) => cipher.update(block);
  const noTweak = Buffer.alloc(0);
  const shapes = new Map<number, Shape>();
  return (numerals, tweak = noTweak) => {
    const known = tweak.length === 0 ? shapes.get(numerals.length) : undefined;
    const shape = known ?? shapeOf(encipherBlock, BigInt(radix), numerals.length, tweak.length);
    if (tweak.length === 0) shapes.set(numerals.length, shape);
    return encrypt(encipherBlock, BigInt(radix), shape, numerals, tweak);
  };
}

function shapeOf(encipherBlock: EncipherBlock, radix: bigint, length: number, tweakLength: number): Shape {
  if (radix ** BigInt(length) < FF1_DOMAIN_MIN) throw new Error('FF1: the domain is below 10^6');
  const u = Math.floor(length / 2);
  const v = length - u;
  const moduli = { u: radix ** BigInt(u), v: radix ** BigInt(v) };
  const numberBytes = Math.ceil((moduli.v - 1n).toString(2).length / 8);
  return {
    ...{ u, v, moduli, numberBytes },
    outputBytes: 4 * Math.ceil(numberBytes / 4) + 4,
    headMac: encipherBlock(header(radix, u, length, tweakLength)),
    inputBytes: Math.ceil((tweakLength + 1 + numberBytes) / BLOCK_BYTES) * BLOCK_BYTES,
  };
}

/** The block P of algorithm 7, step 5. */
function header(radix: bigint, u: number, length: number, tweakLength: number): Buffer {
  const block = Buffer.from([1, 2, 1, 0, 0, Number(radix), ROUNDS, u % 256, 0, 0, 0, 0, 0, 0, 0, 0]);
  block.writeUInt32BE(length, 8);
  block.writeUInt32BE(tweakLength, 12);
  return block;
}

function encrypt(encipherBlock: EncipherBlock, radix: bigint, shape: Shape, numerals: string, tweak: Buffer): string {
  const { u, v, moduli, numberBytes, inputBytes } = shape;
  // Q: the tweak, zeros up to whole blocks, the round, the number.
  const input = Buffer.alloc(inputBytes);
  tweak.copy(input);
  let a = parse(numerals.slice(0, u), radix);
  let b = parse(numerals.slice(u), radix);
  for (let round = 0; round < ROUNDS; round += 1) {
    input[inputBytes - numberBytes - 1] = round;
    bigEndian(b, numberBytes).copy(input, inputBytes - numberBytes);
    const y = stretch(encipherBlock, cbcMac(encipherBlock, shape.headMac, input), shape.outputBytes);
    const c = (a + y) % (round % 2 === 0 ? moduli.u : moduli.v);
    a = b;
    b = c;
  }
  // After an even number of rounds the halves have their own lengths again.
  return format(a, radix, u) + format(b, radix, v);
}

/** The function PRF, a CBC-MAC, from where it stands after P. */
function cbcMac(encipherBlock: EncipherBlock, start: Buffer, input: Buffer): Buffer {
  let mac = start;
  for (let at = 0; at < input.length; at += BLOCK_BYTES) {
    mac = encipherBlock(xor(mac, input.subarray(at, at + BLOCK_BYTES)));
  }
  return mac;
}

/** The number y of steps 6.iii and 6.iv: the first `length` bytes of R and of what follows from it. */
function stretch(encipherBlock: EncipherBlock, mac: Buffer, length: number): bigint {
  const blocks = [mac];
  for (let index = 1; index * BLOCK_BYTES < length; index += 1) {
    blocks.push(encipherBlock(xor(mac, bigEndian(BigInt(index), BLOCK_BYTES))));
  }
  const bytes = blocks.length === 1 ? mac : Buffer.concat(blocks);
  return BigInt(`0x${bytes.toString('hex', 0, length)}`);
}

function xor(one: Buffer, other: Buffer): Buffer {
  const result = Buffer.alloc(BLOCK_BYTES);
  for (let at = 0; at < BLOCK_BYTES; at += 1) result[at] = (one[at] ?? 0) ^ (other[at] ?? 0);
  return result;
}

const bigEndian = (number: bigint, length: number): Buffer =>
  Buffer.from(number.toString(16).padStart(length * 2, '0'), 'hex');

function parse(numerals: string, radix: bigint): bigint {
  if (radix === 10n && /^[0-9]+$/.test(numerals)) return BigInt(numerals);
  let number = 0n;
  for (const numeral of numerals) {
    const digit = /[0-9a-z]/.test(numeral) ? Number.parseInt(numeral, RADIX_MAX) : Number.NaN;
    if (!(digit < radix)) throw new Error('FF1: a numeral outside the radix');
    number = number * radix + BigInt(digit);
  }
  return number;
}

const format = (number: bigint, radix: bigint, length: number): string =>
  number.toString(Number(radix)).padStart(length, '0');
