import type { Clock, EpochMs } from '@bailiwick/domain';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Fetch } from '../fetch-json.ts';

/** A clock that moves only by `advance`, running what falls due on the way. For tests. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Sets the wall clock back; timers keep their delays, as those of the machine do. */
  setBack(ms: number): void;
}

export function manualClock(start: EpochMs = Date.UTC(2026, 10, 25)): ManualClock {
  let now = start;
  let timers: { at: EpochMs; readonly run: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = until;
    },
    setBack(ms) {
      now -= ms;
      timers = timers.map((timer) => Object.assign(timer, { at: timer.at - ms }));
    },
  };
}

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** A real OpenID Connect issuer whose documents are answered from memory instead of a socket. For tests. */
export interface MemoryIssuer {
  readonly issuer: string;
  readonly fetch: Fetch;
  /** Addresses asked for, in order. */
  readonly requests: string[];
  readonly signingKey: () => SigningKey;
  /** Signs with the present key; `header` is added to the token's own. */
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** Replaces the key; the old one is no longer published. */
  rotate(alg?: string): Promise<void>;
  /** Replaces the answer to an address; null restores it. */
  answer(path: string, response: (() => Response | Promise<Response>) | null): void;
}

async function makeKey(alg: string, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export async function memoryIssuer(issuer = 'https://idp.example.com', alg = 'ES256'): Promise<MemoryIssuer> {
  let generation = 1;
  let key = await makeKey(alg, 'k1');
  const requests: string[] = [];
  const answers = new Map<string, () => Response | Promise<Response>>();
  const documents = (path: string): unknown => {
    if (path === '/.well-known/openid-configuration') return { issuer, jwks_uri: `${issuer}/jwks` };
    return path === '/jwks' ? { keys: [key.publicJwk] } : null;
  };
  return {
    issuer,
    requests,
    signingKey: () => key,
    async fetch(url) {
      requests.push(url);
      const path = url.slice(issuer.length);
      const special = answers.get(path);
      if (special !== undefined) return special();
      const document = documents(path);
      return document === null ? new Response('', { status: 404 }) : Response.json(document);
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey),
    async rotate(next = alg) {
      generation += 1;
      key = await makeKey(next, `k${generation}`);
    },
    answer(path, response) {
      if (response === null) answers.delete(path);
      else answers.set(path, response);
    },
  };
}
