/** A JSON object as `JSON.parse` gives it. */
export type JsonObject = { readonly [name: string]: unknown };

/** Whether `value` is a JSON object: no array, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a claim by name or, when `path` starts with `/`, by JSON pointer (RFC 6901). Sees only what the document itself
 * holds: `/constructor`, `/__proto__/x` and `/groups/length` of a document without such members are `undefined`.
 */
export function readClaim(claims: JsonObject, path: string): unknown {
  if (!path.startsWith('/')) return ownMember(claims, path);
  let value: unknown = claims;
  for (const token of path.slice(1).split('/')) {
    value = ownMember(value, token.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (value === undefined) return undefined;
  }
  return value;
}

function ownMember(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d{0,5})$/.test(name) ? value[Number(name)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
