/** One DER element: tag, length, content (X.690). Content parts are concatenated. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const digits: number[] = [];
  for (let left = body.length; left > 0; left >>>= 8) digits.unshift(left & 0xff);
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length, ...digits), body]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => element(0x31, ...content);
export const octetString = (content: Uint8Array): Buffer => element(0x04, content);
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.of(value ? 0xff : 0));
/** Context-specific, constructed: `[number] EXPLICIT`, or IMPLICIT over a constructed type. */
export const explicit = (number: number, ...content: readonly Uint8Array[]): Buffer =>
  element(0xa0 | number, ...content);
/** Context-specific, primitive: `[number] IMPLICIT`. */
export const implicit = (number: number, content: Uint8Array): Buffer => element(0x80 | number, content);
/** `unused` counts the bits at the end that do not belong. */
export const bitString = (content: Uint8Array, unused = 0): Buffer => element(0x03, Buffer.of(unused), content);

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const magnitude = bytes.subarray(first);
  const sign = (magnitude[0] ?? 0) >= 0x80 ? Buffer.of(0) : Buffer.alloc(0);
  return element(0x02, sign, magnitude);
}

/** From dotted decimals. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = rest.flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return element(0x06, Buffer.of(first * 40 + second, ...bytes));
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits));
}
