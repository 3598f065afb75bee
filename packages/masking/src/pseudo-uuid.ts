/** 32 hexadecimal digits of a UUID of version 8 (RFC 9562 5.8) from pseudorandom bytes, of which it takes 16. */
export function pseudoUuid(bytes: Buffer): string {
  const uuid = Buffer.from(bytes.subarray(0, 16));
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x80;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid.toString('hex');
}
