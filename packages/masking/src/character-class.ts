// ASCII, which nearly all cells are, is answered without a regular expression.

const isAsciiAlphanumeric = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

/** Whether a code point is a letter or a number in any script. */
export function isAlphanumeric(point: string): boolean {
  const code = point.charCodeAt(0);
  return code < 0x80 ? isAsciiAlphanumeric(code) : /[\p{L}\p{N}]/u.test(point);
}

/** Whether a code point is blank, a control, invisible formatting or not assigned. */
export function isInvisible(point: string): boolean {
  const code = point.charCodeAt(0);
  return code < 0x80 ? code <= 0x20 || code === 0x7f : /[\s\p{C}]/u.test(point);
}
