import { isJsonObject, type JsonObject } from './claim-path.ts';
import { TokenRejected } from './verifier.ts';

/** Longest token accepted (CONTRACT section 5). */
export const TOKEN_LENGTH_MAX: number = 60 * 1024;

/** Asymmetric signatures only: with `HS*` a published key would be a secret, and `none` is no signature. */
export const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
  'Ed25519',
];

/** Types that access and identity tokens carry; a logout token or a security event is signed by the same keys. */
const TYPES = ['jwt', 'jose', 'at+jwt', 'application/jwt', 'application/at+jwt'];

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * Reads who claims to have issued a token, before any key is looked for and any byte of it is believed: cheap, so
 * that bad tokens cost no network and no signature check.
 * @returns the unverified `iss`. @throws TokenRejected for what could never be accepted.
 */
export function peekIssuer(token: string): string {
  if (token.length > TOKEN_LENGTH_MAX) throw new TokenRejected('malformed', 'the token is longer than 60 KiB');
  const parts = token.split('.', 4);
  const [header, payload] = parts;
  if (
    parts.length !== 3 ||
    header === undefined ||
    payload === undefined ||
    !parts.every((part) => BASE64URL.test(part))
  ) {
    // An unsigned token has an empty third part: say what is wrong with it rather than that it is no token.
    if (parts.length === 3 && parts[2] === '' && header !== undefined && BASE64URL.test(header)) {
      throw new TokenRejected('algorithm', 'the token is not signed');
    }
    throw new TokenRejected('malformed', 'the credential is not a JWT');
  }
  checkHeader(decodeObject(header, 'header'));
  const issuer = decodeObject(payload, 'claims').iss;
  if (typeof issuer !== 'string') throw new TokenRejected('issuer', 'claim iss is missing or no string');
  return issuer;
}

function checkHeader(header: JsonObject): void {
  const { alg, typ } = header;
  if (typeof alg !== 'string' || !ALGORITHMS.includes(alg)) {
    throw new TokenRejected('algorithm', 'the signature algorithm of the token is not accepted');
  }
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.includes(typ.toLowerCase()))) {
    throw new TokenRejected('malformed', 'the token is of a type that opens no session');
  }
  if (Object.hasOwn(header, 'crit')) {
    throw new TokenRejected('malformed', 'the token demands an extension (crit) that is not known here');
  }
}

function decodeObject(part: string, what: string): JsonObject {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (isJsonObject(value)) return value;
  } catch {
    // Falls through: the parser's own message would quote the token.
  }
  throw new TokenRejected('malformed', `the ${what} of the token is not a JSON object`);
}
