import { ProtocolError } from '@bailiwick/wire';

/** The mechanism's registered name (RFC 7628). */
export const OAUTHBEARER = 'OAUTHBEARER';

/** PG_MAX_AUTH_TOKEN_LENGTH: what PostgreSQL's own server reads of a client that authenticates by token. */
export const OAUTHBEARER_MESSAGE_LENGTH_MAX = 65_535;

/** What a client's response says beside that it is well-formed. */
export type BearerResponse =
  | { readonly kind: 'token'; readonly token: string }
  /** No token: the client asks what it has to know to get one (RFC 7628 section 4.3). */
  | { readonly kind: 'discovery' }
  /** Credentials of another scheme, or a token with characters that no token has: refused as a wrong token is. */
  | { readonly kind: 'unusable'; readonly reason: string };

/** Where a client gets a token that would do, told to whoever did not have one. */
export interface BearerAdvice {
  /** Address of the issuer's discovery document. */
  readonly openidConfiguration: string;
  /** Space-separated; null: not said. */
  readonly scope: string | null;
}

/** RFC 7628 section 3.1: what separates and ends the pairs, and all that a client may say to a failure. */
const SEPARATOR = '\x01';
/** RFC 6750 section 2.1. */
const B64_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const KEY = /^[A-Za-z]+$/;
/** VCHAR, SP, HTAB, CR, LF. */
const VALUE = /^[\x21-\x7e \t\r\n]*$/;

/**
 * Reads the client's response: `n,,^Aauth=Bearer …^A^A` (RFC 7628 section 3.1). Takes and refuses what auth-oauth.c of
 * PostgreSQL 18 does. The token is the caller's to keep out of every message.
 * @throws ProtocolError, whose text holds no byte of the response.
 */
export function decodeBearerResponse(data: Buffer): BearerResponse {
  const text = data.toString('latin1');
  if (text.includes('\0')) throw malformed('it holds a zero byte');
  return readAuth(readPairs(text.slice(endOfHeader(text))));
}

/** The GS2 header (RFC 5801 section 4): no channel binding, nobody but oneself to be. Returns where the pairs begin. */
function endOfHeader(text: string): number {
  if (text === '') throw malformed('it is empty');
  const flag = text[0];
  if (flag === 'p') throw malformed('it binds the channel, which OAUTHBEARER cannot');
  if (flag !== 'n' && flag !== 'y') throw malformed('it does not begin with a channel-binding flag');
  if (text[1] !== ',') throw malformed('a comma is missing behind the channel-binding flag');
  if (text[2] === 'a') throw malformed('it names an authorization identity, which is not supported');
  if (text[2] !== ',') throw malformed('it has an attribute that is not known');
  if (text[3] !== SEPARATOR) throw malformed('a separator is missing behind the header');
  return 4;
}

/** Pairs up to the empty one that ends them. */
function readPairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(SEPARATOR, start);
    if (end < 0) throw malformed('a pair is not terminated');
    if (end === start) {
      if (end + 1 < text.length) throw malformed('something follows the final terminator');
      return pairs;
    }
    addPair(pairs, text.slice(start, end));
    start = end + 1;
  }
  throw malformed('the final terminator is missing');
}

function addPair(pairs: Map<string, string>, pair: string): void {
  const equals = pair.indexOf('=');
  if (equals < 0) throw malformed('a key has no value');
  const [key, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
  if (!KEY.test(key)) throw malformed('a key has a name that no key has');
  if (!VALUE.test(value)) throw malformed('a value holds characters that no value has');
  if (key !== 'auth') return; // Host and port are of no use here, and what is not known is to be ignored.
  if (pairs.has(key)) throw malformed('it has several auth values');
  pairs.set(key, value);
}

function readAuth(pairs: ReadonlyMap<string, string>): BearerResponse {
  const auth = pairs.get('auth');
  if (auth === undefined) throw malformed('it has no auth value');
  if (auth === '') return { kind: 'discovery' };
  const token = /^bearer +(.*)$/is.exec(auth)?.[1];
  if (token === undefined) return { kind: 'unusable', reason: 'the credentials are not of the Bearer scheme' };
  return B64_TOKEN.test(token)
    ? { kind: 'token', token }
    : { kind: 'unusable', reason: 'the bearer token is empty or not in the form of one' };
}

/**
 * The challenge that tells a client that its token, or its having none, will not do (RFC 7628 section 3.2.2). `status` is
 * always `invalid_token`: the only one upon which libpq gets another token.
 */
export function encodeBearerFailure({ openidConfiguration, scope }: BearerAdvice): Buffer {
  const advice = { status: 'invalid_token', 'openid-configuration': openidConfiguration };
  return Buffer.from(JSON.stringify(scope === null ? advice : { ...advice, scope }));
}

/** Checks the client's answer to that challenge: a single separator, upon which the exchange fails. @throws ProtocolError */
export function checkBearerFailureAcknowledged(data: Buffer): void {
  if (data.toString('latin1') !== SEPARATOR)
    throw new ProtocolError('malformed', 'SASLResponse', 0, 'the answer to a refused token is something else than ^A');
}

const malformed = (reason: string): ProtocolError => new ProtocolError('malformed', 'OAUTHBEARER response', 0, reason);
