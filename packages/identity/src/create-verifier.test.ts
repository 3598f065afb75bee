import { createHmac, createPublicKey } from 'node:crypto';
import { type IdentityFailure, silentLog, silentTelemetry } from '@bailiwick/domain';
import { base64url, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createIdentityVerifier, type RunningIdentityVerifier } from './create-verifier.ts';
import type { IssuerOptions } from './options.ts';
import { type ManualClock, type MemoryIssuer, manualClock, memoryIssuer } from './testing/memory-issuer.ts';
import { TokenRejected } from './verifier.ts';

interface Setup {
  readonly clock: ManualClock;
  readonly issuer: MemoryIssuer;
  readonly verifier: RunningIdentityVerifier;
  readonly claims: Record<string, unknown>;
  readonly seconds: number;
}

async function setUp(alg = 'ES256', options: Partial<IssuerOptions> = {}): Promise<Setup> {
  const clock = manualClock();
  const issuer = await memoryIssuer('https://idp.example.com', alg);
  const verifier = createIdentityVerifier(
    {
      issuers: [{ issuer: issuer.issuer, audience: 'bailiwick', ...options }],
      clients: new Map(),
      networks: [{ cidr: '10.1.0.0/16', region: 'DE' }],
    },
    { clock, telemetry: silentTelemetry, log: silentLog, fetch: issuer.fetch },
  );
  const seconds = clock.now() / 1000;
  const claims = { iss: issuer.issuer, aud: 'bailiwick', sub: 'alice', iat: seconds, exp: seconds + 600 };
  return { clock, issuer, verifier, claims, seconds };
}

async function failureOf(verifying: Promise<unknown>): Promise<IdentityFailure | 'accepted' | 'crashed'> {
  try {
    await verifying;
    return 'accepted';
  } catch (error) {
    return error instanceof TokenRejected ? error.failure : 'crashed';
  }
}

const part = (value: unknown): string => base64url.encode(JSON.stringify(value));

describe('a good token', () => {
  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
    'signed with %s is accepted',
    async (alg) => {
      const { issuer, verifier, claims, seconds } = await setUp(alg);
      const identity = await verifier.verify(await issuer.sign({ ...claims, groups: ['dba'] }), 'wire', '10.1.2.3');
      expect(identity).toMatchObject({
        issuer: issuer.issuer,
        human: { subject: 'alice', groups: ['dba'] },
        agent: null,
        groups: ['dba'],
        region: 'DE',
        modelRegion: 'none',
        expiresAt: (seconds + 600) * 1000,
        displayName: 'alice',
      });
    },
  );

  test('costs one discovery and one key set, however many follow', async () => {
    const { issuer, verifier, claims } = await setUp();
    for (let i = 0; i < 5; i += 1) await verifier.verify(await issuer.sign(claims), 'wire', null);
    expect(issuer.requests).toEqual([`${issuer.issuer}/.well-known/openid-configuration`, `${issuer.issuer}/jwks`]);
  });

  test('without kid is tried against every key that fits', async () => {
    const { issuer, verifier, claims } = await setUp();
    const other = await memoryIssuer();
    const keys = [other.signingKey().publicJwk, issuer.signingKey().publicJwk].map((key, i) => ({
      ...key,
      kid: `x${i}`,
    }));
    issuer.answer('/jwks', () => Response.json({ keys }));
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(issuer.signingKey().privateKey);
    expect(await failureOf(verifier.verify(token, 'wire', null))).toBe('accepted');
    const foreign = await memoryIssuer();
    const bad = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(foreign.signingKey().privateKey);
    expect(await failureOf(verifier.verify(bad, 'wire', null))).toBe('signature');
  });

  test('names the audience of its use', async () => {
    const { issuer, verifier, claims } = await setUp('ES256', { adminAudience: 'console' });
    const wire = await issuer.sign(claims);
    const admin = await issuer.sign({ ...claims, aud: ['other', 'console'] });
    expect(await failureOf(verifier.verify(wire, 'wire', null))).toBe('accepted');
    expect(await failureOf(verifier.verify(admin, 'admin', null))).toBe('accepted');
    expect(await failureOf(verifier.verify(wire, 'admin', null))).toBe('audience');
    expect(await failureOf(verifier.verify(admin, 'wire', null))).toBe('audience');
  });
});

describe('claims that do not fit', () => {
  const day = Date.UTC(2026, 10, 25) / 1000;
  test.each<[string, Record<string, unknown>, IdentityFailure | 'accepted']>([
    ['wrong audience', { aud: 'other' }, 'audience'],
    ['audience that the right one is a prefix of', { aud: 'bailiwick2' }, 'audience'],
    ['audience of the wrong type', { aud: { bailiwick: true } }, 'audience'],
    ['no audience', { aud: undefined }, 'audience'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['wrong issuer', { iss: 'https://other.example.com' }, 'issuer'],
    ['issuer with a trailing slash', { iss: 'https://idp.example.com/' }, 'issuer'],
    ['issuer that is a prefix', { iss: 'https://idp.example.co' }, 'issuer'],
    ['issuer that continues', { iss: 'https://idp.example.com.evil.example' }, 'issuer'],
    ['issuer in another case', { iss: 'https://IDP.example.com' }, 'issuer'],
    ['issuer as a list', { iss: ['https://idp.example.com'] }, 'issuer'],
    ['expired beyond the skew', { exp: day - 61 }, 'expired'],
    ['expired within the skew', { exp: day - 59 }, 'accepted'],
    ['no exp', { exp: undefined }, 'claims'],
    ['exp as a string', { exp: '9999999999' }, 'claims'],
    ['exp beyond all dates', { exp: 1e15 }, 'claims'],
    ['negative exp', { exp: -1 }, 'expired'],
    ['not yet valid', { nbf: day + 61 }, 'not-yet-valid'],
    ['soon valid', { nbf: day + 59 }, 'accepted'],
    ['nbf as a string', { nbf: 'now' }, 'claims'],
    ['issued in the future', { iat: day + 61 }, 'not-yet-valid'],
    ['iat as a string', { iat: 'yesterday' }, 'claims'],
    ['no subject', { sub: undefined }, 'claims'],
    ['subject as a number', { sub: 7 }, 'claims'],
    ['empty subject', { sub: '' }, 'claims'],
    ['subject with a line end', { sub: 'alice\nroot' }, 'claims'],
    ['subject with a bidirectional override', { sub: 'alice\u202e' }, 'claims'],
    ['subject with a trailing space', { sub: 'alice ' }, 'claims'],
    ['groups as a string', { groups: 'dba' }, 'claims'],
    ['groups as a number', { groups: 7 }, 'claims'],
    ['groups as an object', { groups: { dba: true } }, 'claims'],
    ['groups with a number', { groups: ['dba', 7] }, 'claims'],
    ['groups without end', { groups: Array.from({ length: 1001 }, (_, i) => `g${i}`) }, 'claims'],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'certificate'],
    ['two clients', { client_id: 'a', azp: 'b' }, 'claims'],
    ['act as a string', { act: 'agent' }, 'claims'],
    ['act null', { act: null }, 'claims'],
    ['act without subject', { act: { client_id: 'a' } }, 'claims'],
  ])('%s', async (_, change, expected) => {
    const { issuer, verifier, claims, seconds } = await setUp();
    expect(seconds).toBe(day);
    expect(await failureOf(verifier.verify(await issuer.sign({ ...claims, ...change }), 'wire', null))).toBe(expected);
  });

  test('a token accepted within the skew opens a session that is not over at once', async () => {
    const { issuer, verifier, claims, clock, seconds } = await setUp();
    const identity = await verifier.verify(await issuer.sign({ ...claims, exp: seconds - 10 }), 'wire', null);
    expect(identity.expiresAt).toBe(clock.now() + 50_000);
  });
});

describe('forged tokens', () => {
  test('alg none, with and without a signature', async () => {
    const { verifier, claims } = await setUp();
    for (const alg of ['none', 'None', 'NONE']) {
      const head = `${part({ alg })}.${part(claims)}`;
      expect(await failureOf(verifier.verify(`${head}.`, 'wire', null))).toBe('algorithm');
      expect(await failureOf(verifier.verify(`${head}.AAAA`, 'wire', null))).toBe('algorithm');
    }
  });

  test('HS256 signed with the published RSA key as the secret', async () => {
    const { issuer, verifier, claims } = await setUp('RS256');
    const { publicJwk, kid } = issuer.signingKey();
    const pem = createPublicKey({ key: { ...publicJwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const head = `${part({ alg: 'HS256', kid })}.${part(claims)}`;
    const forged = `${head}.${createHmac('sha256', pem).update(head).digest('base64url')}`;
    expect(await failureOf(verifier.verify(forged, 'wire', null))).toBe('algorithm');
    expect(issuer.requests.length, 'nothing beyond the fetch at start').toBeLessThanOrEqual(2);
  });

  test('payload, header or signature changed', async () => {
    const { issuer, verifier, claims } = await setUp();
    const [header = '', payload = '', signature = ''] = (await issuer.sign(claims)).split('.');
    const changed = part({ ...claims, sub: 'mallory' });
    const flipped = `${signature.slice(0, 10)}${signature[10] === 'A' ? 'B' : 'A'}${signature.slice(11)}`;
    expect(await failureOf(verifier.verify(`${header}.${changed}.${signature}`, 'wire', null))).toBe('signature');
    expect(await failureOf(verifier.verify(`${header}.${payload}.${flipped}`, 'wire', null))).toBe('signature');
    const { kid } = issuer.signingKey();
    const retyped = part({ alg: 'ES256', kid, x: 1 });
    expect(await failureOf(verifier.verify(`${retyped}.${payload}.${signature}`, 'wire', null))).toBe('signature');
    const other = part({ alg: 'RS256', kid });
    expect(await failureOf(verifier.verify(`${other}.${payload}.${signature}`, 'wire', null))).toBe('signature');
  });

  test('a key that the token itself brings or points to is not used', async () => {
    const { issuer, verifier, claims } = await setUp();
    const mallory = await memoryIssuer('https://evil.example');
    const { publicJwk, privateKey } = mallory.signingKey();
    for (const header of [{ jwk: publicJwk }, { jku: 'https://evil.example/jwks' }, { kid: 'k1', jwk: publicJwk }]) {
      const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header }).sign(privateKey);
      expect(await failureOf(verifier.verify(token, 'wire', null))).toBe('signature');
    }
    expect(issuer.requests.every((url) => url.startsWith(issuer.issuer))).toBe(true);
  });

  test('signed by one configured issuer in the name of another', async () => {
    const clock = manualClock();
    const [a, b] = [await memoryIssuer('https://a.example'), await memoryIssuer('https://b.example')];
    const verifier = createIdentityVerifier(
      { issuers: [a, b].map(({ issuer }) => ({ issuer, audience: 'x' })), clients: new Map(), networks: [] },
      {
        clock,
        telemetry: silentTelemetry,
        log: silentLog,
        fetch: (url, init) => (url.startsWith(a.issuer) ? a : b).fetch(url, init),
      },
    );
    const claims = { aud: 'x', sub: 'alice', exp: clock.now() / 1000 + 60 };
    expect(await failureOf(verifier.verify(await a.sign({ ...claims, iss: a.issuer }), 'wire', null))).toBe('accepted');
    expect(await failureOf(verifier.verify(await a.sign({ ...claims, iss: b.issuer }), 'wire', null))).toBe(
      'signature',
    );
  });

  test('what is no token at all, or one of another kind', async () => {
    const { issuer, verifier, claims } = await setUp();
    const head = part({ alg: 'ES256', kid: 'k1' });
    for (const text of [
      '',
      'hunter2',
      'a.b',
      'a.b.c',
      'a.b.c.d.e',
      `${head}.${part(claims)}`,
      `${head}.${part(claims)}.AA==`,
      `${head}.${part([claims])}.AAAA`,
      `${head}.${part(null)}.AAAA`,
      `${part('x')}.${part(claims)}.AAAA`,
      `${head}.${base64url.encode('{"iss":')}.AAAA`,
      `${head}. ${part(claims)}.AAAA`,
      'x'.repeat(60 * 1024 + 1),
      await issuer.sign({ ...claims, padding: 'x'.repeat(60 * 1024) }),
      await issuer.sign(claims, { typ: 'logout+jwt' }),
      await issuer.sign(claims, { typ: 'secevent+jwt' }),
      // The signature holds; what it demands is not understood.
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', crit: ['exp2'], exp2: 1 })
        .sign(issuer.signingKey().privateKey, { crit: { exp2: true } }),
    ]) {
      expect(await failureOf(verifier.verify(text, 'wire', null)), text.slice(0, 40)).toBe('malformed');
    }
  });

  test('cost no network when they could never be accepted', async () => {
    const { issuer, verifier, claims } = await setUp();
    await verifier.verify(await issuer.sign(claims), 'wire', null);
    const before = issuer.requests.length;
    await failureOf(verifier.verify(await issuer.sign({ ...claims, iss: 'https://evil.example' }), 'wire', null));
    await failureOf(verifier.verify('a.b.c', 'wire', null));
    await failureOf(verifier.verify(await issuer.sign({ ...claims, exp: 1 }), 'wire', null));
    expect(issuer.requests.length).toBe(before);
  });
});

test('no rejection quotes the token, and none carries a cause that would', async () => {
  const { issuer, verifier, claims } = await setUp();
  const canary = 'CANARY-9f3';
  const tokens = await Promise.all([
    issuer.sign({ ...claims, aud: canary }),
    issuer.sign({ ...claims, exp: 1, note: canary }),
    issuer.sign({ ...claims, iss: canary }),
    issuer.sign({ ...claims, sub: `${canary}\n` }),
    issuer.sign({ ...claims, groups: canary }),
    issuer.sign({ ...claims, act: { sub: `${canary}\n` } }),
    issuer.sign(claims, { kid: canary }),
    issuer.sign(claims, { typ: canary }),
  ]);
  for (const token of [...tokens, canary, `${base64url.encode(canary)}.${base64url.encode(canary)}.AAAA`]) {
    const error = await verifier.verify(token, 'wire', null).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenRejected);
    const shown = error instanceof Error ? `${error.message} ${String(error.cause)} ${JSON.stringify(error)}` : '';
    expect(shown).not.toContain(canary);
    expect(shown).toContain('undefined');
  }
});

describe('options that could not be meant', () => {
  test.each<[string, Partial<IssuerOptions>]>([
    ['http off loopback', { issuer: 'http://idp.example.com' }],
    ['a name that only begins like loopback', { issuer: 'http://127.0.0.1.evil.example' }],
    ['credentials', { issuer: 'https://user:pw@idp.example.com' }],
    ['a query', { issuer: 'https://idp.example.com?x=1' }],
    ['no URL', { issuer: 'idp' }],
    ['a file', { issuer: 'file:///etc/passwd' }],
    ['keys by http', { jwksUri: 'http://idp.example.com/jwks' }],
    ['an empty audience', { audience: '' }],
  ])('%s', async (_, change) => {
    await expect(setUp('ES256', change)).rejects.toThrow(TypeError);
  });
});
