// Uses node:http: a development issuer is a web server of its own, on loopback, and no part of the admin listener.
import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Clock, systemClock } from '@bailiwick/domain';
import { type Answer, SignIn, type SignInOptions } from './sign-in.ts';

/** `aud` of tokens for which nothing else was asked. */
export const DEVELOPMENT_AUDIENCE = 'bailiwick';

/** How long tokens last for which nothing else was asked. */
export const DEVELOPMENT_TOKEN_SECONDS = 3600;

export interface DevelopmentIssuerOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Lets people log in by the device flow (RFC 8628). Absent: tokens come from `issueToken` alone. */
  readonly signIn?: SignInOptions;
}

export interface TokenOptions {
  /** Absent: `DEVELOPMENT_TOKEN_SECONDS`. May be negative, for a token that has expired. */
  readonly expiresInSeconds?: number;
}

/** An OpenID Connect issuer for the demo, for tests and for `init`: signs what it is told to. */
export interface DevelopmentIssuer {
  /** As `iss` of its tokens and for `identity.issuers`: `http://127.0.0.1:port`. */
  readonly issuer: string;
  /**
   * A signed token (ES256). `iss`, `aud`, `iat` and `exp` are filled in where `claims` does not have them.
   * @example await issuer.issueToken({ sub: 'alice', groups: ['dba'], region: 'DE' })
   */
  issueToken(claims: Readonly<Record<string, unknown>>, options?: TokenOptions): Promise<string>;
  /** Signs with a new key from now on. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JsonWebKey;
}

/** The newest, which signs, first; the others stay published, so that tokens already handed out stay valid. */
type PublishedKeys = readonly [SigningKey, ...SigningKey[]];

/**
 * Starts an issuer on 127.0.0.1. Its keys are made anew each time and never leave the process: who can call
 * `issueToken` is anybody, who knows the password of `signIn` is whoever it lists, who cannot and does not is nobody.
 * @throws when the port is taken.
 */
export async function startDevelopmentIssuer(options: DevelopmentIssuerOptions = {}): Promise<DevelopmentIssuer> {
  const clock = options.clock ?? systemClock;
  let keys: PublishedKeys = [makeKey()];
  const issue = (claims: Readonly<Record<string, unknown>>, seconds: number): string => {
    const now = Math.floor(clock.now() / 1000);
    const defaults = { iss: issuer, aud: DEVELOPMENT_AUDIENCE, iat: now, exp: now + seconds };
    return signToken(keys[0], { ...defaults, ...claims });
  };
  const signIn = options.signIn === undefined ? null : new SignIn(options.signIn, clock, () => issuer, issue);
  const server = createServer((request, response) => {
    answer(request, issuer, keys, signIn).then(
      ({ status, type, body }) => {
        response.writeHead(status, { ...HEADERS, 'content-type': type });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
      () => response.destroy(),
    );
  });
  const issuer = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;

  return {
    issuer,
    async issueToken(claims, { expiresInSeconds = DEVELOPMENT_TOKEN_SECONDS } = {}) {
      return issue(claims, expiresInSeconds);
    },
    async rotateKeys() {
      const [current, previous] = keys;
      keys = previous === undefined ? [makeKey(), current] : [makeKey(), current, previous];
    },
    close() {
      return new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      });
    },
  };
}

function makeKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  return { kid, privateKey, publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

/** JSON Web Signature, compact, ES256 (RFC 7515 section 7.1, RFC 7518 section 3.4). */
function signToken({ kid, privateKey }: SigningKey, claims: object): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The page is framed by nobody, loads nothing, and sends its form to where it came from. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

async function answer(
  request: IncomingMessage,
  issuer: string,
  keys: PublishedKeys,
  signIn: SignIn | null,
): Promise<Answer> {
  const json = (status: number, body: string): Answer => ({ status, type: 'application/json', body });
  const document = documentAt(request.url ?? '', issuer, keys, signIn);
  if (document === null) return (await signIn?.answer(request)) ?? json(404, '');
  const allowed = request.method === 'GET' || request.method === 'HEAD';
  return allowed ? json(200, JSON.stringify(document)) : json(405, '');
}

/** Null: there is no document at this path. */
function documentAt(path: string, issuer: string, keys: PublishedKeys, signIn: SignIn | null): object | null {
  if (path === '/jwks') return { keys: keys.map(({ publicJwk }) => publicJwk) };
  if (path !== '/.well-known/openid-configuration') return null;
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['none'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    ...signIn?.metadata(),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('the issuer has no port'));
    });
  });
}
