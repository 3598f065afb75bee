import { createCipheriv } from 'node:crypto';

const BLOCK_BYTES = 16;
const ROUNDS = 10;
const RADIX_MAX = 36;
/** NIST SP 800-38G Rev. 1: a smaller domain can be searched through. */
export const FF1_DOMAIN_MIN = 1_000_000n;

/** Enciphers numerals to numerals of the same length. Throws on a text that is not of the radix or too short. */
export type Ff1 = (numerals: string, tweak?: Buffer) => string;

/**
 * FF1 of NIST SP 800-38G, encryption only.
 * @param key 16, 24 or 32 bytes of AES key. @param radix 2 to 36; numerals are 0–9, then a–z.
 */
export function ff1(key: Buffer, radix: number): Ff1 {
  if (!Number.isInteger(radix) || radix < 2 || radix > RADIX_MAX) throw new Error(`FF1: no radix ${radix}`);
  // One block at a time under ECB is the block cipher itself, which is what the standard builds on.
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  const encipherBlock = (block: Buffer): Buffer => cipher.update(block);
  return (numerals, tweak = Buffer.alloc(0)) => encrypt(encipherBlock, BigInt(radix), numerals, tweak);
}

function encrypt(encipherBlock: (block: Buffer) => Buffer, radix: bigint, numerals: string, tweak: Buffer): string {
  const length = numerals.length;
  if (radix ** BigInt(length) < FF1_DOMAIN_MIN) throw new Error('FF1: the domain is below 10^6');
  const u = Math.floor(length / 2);
  const v = length - u;
  const numberBytes = Math.ceil((radix ** BigInt(v) - 1n).toString(2).length / 8);
  const outputBytes = 4 * Math.ceil(numberBytes / 4) + 4;
  const head = header(radix, u, length, tweak.length);
  const padding = Buffer.alloc((((-tweak.length - numberBytes - 1) % BLOCK_BYTES) + BLOCK_BYTES) % BLOCK_BYTES);
  let a = parse(numerals.slice(0, u), radix);
  let b = parse(numerals.slice(u), radix);
  for (let round = 0; round < ROUNDS; round += 1) {
    const input = Buffer.concat([head, tweak, padding, Buffer.from([round]), bigEndian(b, numberBytes)]);
    const y = stretch(encipherBlock, cbcMac(encipherBlock, input), outputBytes);
    const c = (a + y) % radix ** BigInt(round % 2 === 0 ? u : v);
    a = b;
    b = c;
  }
  // After an even number of rounds the halves have their own lengths again.
  return format(a, radix, u) + format(b, radix, v);
}

/** The block P of algorithm 7, step 5. */
function header(radix: bigint, u: number, length: number, tweakLength: number): Buffer {
  const block = Buffer.from([1, 2, 1, 0, 0, Number(radix), ROUNDS, u % 256, 0, 0, 0, 0, 0, 0, 0, 0]);
  block.writeUInt32BE(length, 8);
  block.writeUInt32BE(tweakLength, 12);
  return block;
}

/** The function PRF: CBC-MAC with a zero start. */
function cbcMac(encipherBlock: (block: Buffer) => Buffer, input: Buffer): Buffer {
  let mac: Buffer = Buffer.alloc(BLOCK_BYTES);
  for (let at = 0; at < input.length; at += BLOCK_BYTES) {
    mac = encipherBlock(xor(mac, input.subarray(at, at + BLOCK_BYTES)));
  }
  return mac;
}

/** The number y of steps 6.iii and 6.iv: the first `length` bytes of R and of what follows from it. */
function stretch(encipherBlock: (block: Buffer) => Buffer, mac: Buffer, length: number): bigint {
  const blocks = [mac];
  for (let index = 1; index * BLOCK_BYTES < length; index += 1) {
    blocks.push(encipherBlock(xor(mac, bigEndian(BigInt(index), BLOCK_BYTES))));
  }
  return BigInt(`0x${Buffer.concat(blocks).toString('hex', 0, length)}`);
}

const xor = (one: Buffer, other: Buffer): Buffer => Buffer.from(one.map((byte, at) => byte ^ (other[at] ?? 0)));

const bigEndian = (number: bigint, length: number): Buffer =>
  Buffer.from(number.toString(16).padStart(length * 2, '0'), 'hex');

function parse(numerals: string, radix: bigint): bigint {
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
