/** NAMEDATALEN - 1: the server looks statements and portals up by this many bytes of their names (dynahash.c). */
const NAME_BYTES_MAX = 63;
/** A shorter string cannot be longer than that in UTF-8. */
const SHORT_LENGTH_MAX = NAME_BYTES_MAX / 3;

/** Equal for two names of statements or portals where the server takes one for the other. */
export function nameKey(name: string): string {
  if (name.length <= SHORT_LENGTH_MAX) return name;
  const bytes = Buffer.from(name);
  if (bytes.length <= NAME_BYTES_MAX) return name;
  let end = NAME_BYTES_MAX;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  // What is left of a character that is cut counts, too; no name that the server knows has a NUL.
  const rest = bytes.subarray(end, NAME_BYTES_MAX).toString('hex');
  const whole = bytes.subarray(0, end).toString();
  return rest === '' ? whole : `${whole}\0${rest}`;
}
