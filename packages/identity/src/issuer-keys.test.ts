import { type Log, silentTelemetry, type Telemetry } from '@bailiwick/domain';
import { describe, expect, test } from 'vitest';
import { createIdentityVerifier, type RunningIdentityVerifier } from './create-verifier.ts';
import { DOCUMENT_BYTES_MAX, FETCH_TIMEOUT_MS } from './fetch-json.ts';
import { DEMAND_FETCHES_MAX, DEMAND_WINDOW_MS, KEYS_AGE_MAX_MS, REFRESH_MS } from './issuer-keys.ts';
import type { IssuerOptions } from './options.ts';
import { type ManualClock, type MemoryIssuer, manualClock, memoryIssuer } from './testing/memory-issuer.ts';
import { TokenRejected } from './verifier.ts';

const DISCOVERY = '/.well-known/openid-configuration';

interface Setup {
  readonly clock: ManualClock;
  readonly issuer: MemoryIssuer;
  readonly verifier: RunningIdentityVerifier;
  readonly warnings: string[];
  readonly ages: number[];
  token(): Promise<string>;
  /** `accepted`, or the failure. */
  outcome(token: string): Promise<string>;
}

async function setUp(
  prepare: (issuer: MemoryIssuer) => void = () => {},
  options: Partial<IssuerOptions> = {},
): Promise<Setup> {
  const clock = manualClock();
  const issuer = await memoryIssuer();
  prepare(issuer);
  const warnings: string[] = [];
  const ages: number[] = [];
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: (fields, message) => warnings.push(`${JSON.stringify(fields)} ${message}`),
    error: () => {},
  };
  const telemetry: Telemetry = { ...silentTelemetry, set: (_name, _labels, value) => ages.push(value) };
  const verifier = createIdentityVerifier(
    { issuers: [{ issuer: issuer.issuer, audience: 'x', ...options }], clients: new Map(), networks: [] },
    { clock, telemetry, log, fetch: issuer.fetch },
  );
  return {
    clock,
    issuer,
    verifier,
    warnings,
    ages,
    token: () => issuer.sign({ iss: issuer.issuer, aud: 'x', sub: 'alice', exp: clock.now() / 1000 + 1e6 }),
    outcome: (token) =>
      verifier.verify(token, 'wire', null).then(
        () => 'accepted',
        (error: unknown) => (error instanceof TokenRejected ? error.failure : 'crashed'),
      ),
  };
}

/** Lets fetches that a timer started come to their end. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const down = (issuer: MemoryIssuer): void => {
  const refuse = (): Promise<Response> =>
    Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }));
  issuer.answer(DISCOVERY, refuse);
  issuer.answer('/jwks', refuse);
};
const up = (issuer: MemoryIssuer): void => {
  issuer.answer(DISCOVERY, null);
  issuer.answer('/jwks', null);
};

describe('rotation', () => {
  test('a token of a new key is accepted at once, and one of the withdrawn key no longer', async () => {
    const { issuer, token, outcome } = await setUp();
    const old = await token();
    expect(await outcome(old)).toBe('accepted');
    await issuer.rotate();
    expect(await outcome(await token())).toBe('accepted');
    expect(await outcome(old)).toBe('signature');
  });

  test('a withdrawn key is refused after the next refresh, although no token asked for it', async () => {
    const { issuer, clock, token, outcome } = await setUp();
    const old = await token();
    expect(await outcome(old)).toBe('accepted');
    await issuer.rotate();
    expect(await outcome(old), 'still within the refresh interval').toBe('accepted');
    clock.advance(REFRESH_MS + 15_000);
    await settled();
    expect(await outcome(old)).toBe('signature');
  });

  test('a clock that was set back does not put off the next refresh', async () => {
    const { issuer, clock, token, outcome } = await setUp();
    const old = await token();
    expect(await outcome(old)).toBe('accepted');
    clock.setBack(3 * 3_600_000);
    await issuer.rotate();
    clock.advance(15_000);
    clock.advance(REFRESH_MS);
    await settled();
    expect(await outcome(old)).toBe('signature');
  });

  test('nor what tokens may ask for', async () => {
    const { issuer, clock, token, outcome } = await setUp();
    for (let i = 0; i <= DEMAND_FETCHES_MAX; i += 1) {
      await issuer.rotate();
      await outcome(await token());
    }
    clock.setBack(3 * 3_600_000);
    await issuer.rotate();
    expect(await outcome(await token())).toBe('accepted');
  });

  test('unknown keys in any number cause few fetches, and a real rotation is seen in the next window', async () => {
    const { issuer, clock, token, outcome } = await setUp();
    expect(await outcome(await token())).toBe('accepted');
    const before = issuer.requests.length;
    const forged = await issuer.sign({ iss: issuer.issuer, aud: 'x' }, { kid: 'no-such-key' });
    for (let i = 0; i < 50; i += 1) expect(await outcome(forged)).toBe('signature');
    await Promise.all(Array.from({ length: 50 }, () => outcome(forged)));
    expect(issuer.requests.length - before).toBe(2 * DEMAND_FETCHES_MAX);
    await issuer.rotate();
    expect(await outcome(await token())).toBe('signature');
    clock.advance(DEMAND_WINDOW_MS);
    expect(await outcome(await token())).toBe('accepted');
  });
});

describe('outage', () => {
  test('last good keys serve for a bounded time, then nothing is accepted, then the issuer comes back', async () => {
    const { issuer, clock, token, outcome, ages, warnings } = await setUp();
    expect(await outcome(await token())).toBe('accepted');
    down(issuer);
    const step = REFRESH_MS;
    for (let age = step; age <= KEYS_AGE_MAX_MS; age += step) {
      clock.advance(step);
      await settled();
      expect(await outcome(await token()), `after ${age} ms`).toBe('accepted');
    }
    expect(Math.max(...ages)).toBeGreaterThanOrEqual(KEYS_AGE_MAX_MS / 1000 - 15);
    clock.advance(1);
    expect(await outcome(await token())).toBe('keys-unavailable');
    expect(warnings.at(0)).toContain('ECONNREFUSED');
    expect(warnings.at(0)).toContain('the last good ones serve on');
    expect(warnings.at(-1)).toContain('none are known');
    up(issuer);
    clock.advance(DEMAND_WINDOW_MS);
    await settled();
    expect(await outcome(await token())).toBe('accepted');
  });

  test('an issuer that is down at start is asked again in the background', async () => {
    const { issuer, clock, token, outcome } = await setUp(down);
    expect(await outcome(await token())).toBe('keys-unavailable');
    up(issuer);
    clock.advance(15_000);
    await settled();
    expect(await outcome(await token())).toBe('accepted');
  });

  test('tokens do not storm an issuer that is down', async () => {
    const { issuer, token, outcome } = await setUp(down);
    const present = await token();
    for (let i = 0; i < 50; i += 1) expect(await outcome(present)).toBe('keys-unavailable');
    expect(issuer.requests.length).toBeLessThanOrEqual(1 + DEMAND_FETCHES_MAX);
  });

  test('a closed verifier fetches nothing more', async () => {
    const { issuer, clock, verifier } = await setUp();
    await settled();
    const before = issuer.requests.length;
    verifier.close();
    clock.advance(10 * REFRESH_MS);
    await settled();
    expect(issuer.requests.length).toBe(before);
  });
});

describe('answers that are not trusted', () => {
  const metadata =
    (change: object): (() => Response) =>
    () =>
      Response.json({ issuer: 'https://idp.example.com', jwks_uri: 'https://idp.example.com/jwks', ...change });
  const endless = (): Response => {
    const chunk = new Uint8Array(64 * 1024).fill(0x20);
    return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
  };
  test.each<[string, string, () => Response]>([
    ['metadata of another issuer', DISCOVERY, metadata({ issuer: 'https://idp.example.com/' })],
    ['metadata without issuer', DISCOVERY, metadata({ issuer: undefined })],
    ['keys by http', DISCOVERY, metadata({ jwks_uri: 'http://idp.example.com/jwks' })],
    ['keys by http from this machine', DISCOVERY, metadata({ jwks_uri: 'http://127.0.0.1:1/jwks' })],
    ['keys from a file', DISCOVERY, metadata({ jwks_uri: 'file:///etc/keys' })],
    ['keys from nowhere', DISCOVERY, metadata({ jwks_uri: 7 })],
    ['an error page', DISCOVERY, () => new Response('<html>', { status: 200 })],
    ['an error status', '/jwks', () => Response.json({ keys: [] }, { status: 500 })],
    ['an empty status', '/jwks', () => new Response(null, { status: 204 })],
    ['an array', '/jwks', () => Response.json([])],
    ['no keys member', '/jwks', () => Response.json({})],
    ['keys that are no objects', '/jwks', () => Response.json({ keys: ['k1'] })],
    ['keys without end', '/jwks', () => Response.json({ keys: Array.from({ length: 65 }, () => ({ kty: 'RSA' })) })],
    ['an answer without end', '/jwks', endless],
  ])('%s', async (_, path, answer) => {
    const { issuer, token, outcome } = await setUp((prepared) => prepared.answer(path, answer));
    expect(await outcome(await token())).toBe('keys-unavailable');
    up(issuer);
    expect(await outcome(await token()), 'the same token, once the answer is right').toBe('accepted');
  });

  test('a bad answer after good ones leaves the good ones', async () => {
    const { issuer, clock, token, outcome } = await setUp();
    expect(await outcome(await token())).toBe('accepted');
    issuer.answer('/jwks', endless);
    clock.advance(REFRESH_MS + 15_000);
    await settled();
    expect(DOCUMENT_BYTES_MAX).toBe(524_288);
    expect(await outcome(await token())).toBe('accepted');
  });

  test('a symmetric key in the set verifies nothing, and the others stay of use', async () => {
    const { issuer, token, outcome } = await setUp();
    issuer.answer('/jwks', () =>
      Response.json({ keys: [{ kty: 'oct', k: 'AAAA', kid: 'k1' }, issuer.signingKey().publicJwk] }),
    );
    expect(await outcome(await token())).toBe('accepted');
  });

  test('a private key in the set is not used', async () => {
    const { issuer, token, outcome } = await setUp();
    const { publicJwk } = issuer.signingKey();
    issuer.answer('/jwks', () => Response.json({ keys: [{ ...publicJwk, d: publicJwk.x }] }));
    expect(await outcome(await token())).toBe('signature');
  });

  test('an issuer that never answers is given up after the time limit', async () => {
    const clock = manualClock();
    const issuer = await memoryIssuer();
    const verifier = createIdentityVerifier(
      { issuers: [{ issuer: issuer.issuer, audience: 'x' }], clients: new Map(), networks: [] },
      {
        clock,
        telemetry: silentTelemetry,
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
        fetch: (_url, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      },
    );
    const token = await issuer.sign({ iss: issuer.issuer, aud: 'x', sub: 'a', exp: clock.now() / 1000 + 60 });
    const outcome = verifier.verify(token, 'wire', null).catch((error: unknown) => error);
    clock.advance(FETCH_TIMEOUT_MS);
    expect(await outcome).toMatchObject({ failure: 'keys-unavailable' });
  });
});

test('a configured jwks_uri needs no discovery', async () => {
  const { issuer, token, outcome } = await setUp(() => {}, { jwksUri: 'https://idp.example.com/jwks' });
  expect(await outcome(await token())).toBe('accepted');
  expect(issuer.requests).toEqual(['https://idp.example.com/jwks']);
});
