// What a verifier makes of certificates: bound tokens, and certificates that stand for an identity themselves.
import { X509Certificate } from 'node:crypto';
import { silentLog, silentTelemetry } from '@bailiwick/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readClientCertificate } from './client-certificate.ts';
import { createIdentityVerifier, type RunningIdentityVerifier } from './create-verifier.ts';
import type { CertificateOptions } from './options.ts';
import { AGENT, TWO_IN_ONE } from './testing/certificates.ts';
import { type ManualClock, type MemoryIssuer, manualClock, memoryIssuer } from './testing/memory-issuer.ts';

const lasting = readClientCertificate(new X509Certificate(AGENT));
// An hour's, so that its end comes without waiting a century of ticks.
const agent = { ...lasting, validTo: lasting.validFrom + 3_600_000 };
const other = readClientCertificate(new X509Certificate(TWO_IN_ONE));
const refused = expect.objectContaining({ failure: 'certificate' });

let clock: ManualClock;
let issuer: MemoryIssuer;
let verifier: RunningIdentityVerifier;
beforeEach(async () => {
  clock = manualClock(agent.validFrom + 1000);
  issuer = await memoryIssuer();
  verifier = verifierWith([]);
});
afterEach(() => verifier.close());

function verifierWith(certificates: readonly CertificateOptions[]): RunningIdentityVerifier {
  return createIdentityVerifier(
    {
      issuers: [{ issuer: issuer.issuer, audience: 'bailiwick', mayAssert: { groups: ['agents'], region: true } }],
      clients: new Map([['batch', { modelRegion: 'US' }]]),
      networks: [],
      certificates,
    },
    { clock, telemetry: silentTelemetry, log: silentLog, fetch: issuer.fetch },
  );
}

const token = (claims: Record<string, unknown> = {}, expiresAt = clock.now() + 600_000): Promise<string> =>
  issuer.sign({ iss: issuer.issuer, aud: 'bailiwick', sub: 'alice', exp: Math.floor(expiresAt / 1000), ...claims });
const bound = { cnf: { 'x5t#S256': agent.thumbprint } };

describe('a token that is bound to a certificate', () => {
  test('is accepted with it, and with nothing else', async () => {
    await expect(verifier.verify(await token(bound), 'wire', null, agent)).resolves.toMatchObject({ chain: ['alice'] });
    await expect(verifier.verify(await token(bound), 'wire', null, other)).rejects.toEqual(refused);
    await expect(verifier.verify(await token(bound), 'wire', null, null)).rejects.toEqual(refused);
    await expect(verifier.verify(await token(bound), 'admin', null)).rejects.toEqual(refused);
  });

  test('lasts no longer than the certificate', async () => {
    const verified = await verifier.verify(await token(bound, agent.validTo + 600_000), 'wire', null, agent);
    expect(verified.expiresAt).toBe(agent.validTo);
  });

  test('is not accepted with a certificate that is over, or revoked', async () => {
    clock.advance(agent.validTo - clock.now());
    await expect(verifier.verify(await token(bound), 'wire', null, agent)).rejects.toEqual(refused);
    clock.setBack(1000);
    await expect(verifier.verify(await token(bound), 'wire', null, agent)).resolves.toBeDefined();
    verifier.close();
    verifier = verifierWith([{ match: { by: 'fingerprint', value: agent.fingerprint }, identity: null }]);
    await expect(verifier.verify(await token(bound), 'wire', null, agent)).rejects.toEqual(refused);
  });

  test('says nothing of its binding before its signature has been checked', async () => {
    const signed = await token(bound);
    const tampered = `${signed.slice(0, -8)}AAAAAAAA`;
    await expect(verifier.verify(tampered, 'wire', null, null)).rejects.toMatchObject({ failure: 'signature' });
  });
});

test('a token that is bound to nothing is a bearer token, also beside a certificate', async () => {
  const plain = await verifier.verify(await token(), 'wire', null, agent);
  expect(plain).toEqual(await verifier.verify(await token(), 'wire', null, null));
});

describe('a certificate that stands for an identity', () => {
  const mapped = (claims: Record<string, unknown>): CertificateOptions => ({
    match: { by: 'san_uri', value: 'spiffe://bank.example/agents/batch' },
    identity: { issuer: issuer.issuer, claims },
  });

  test('is what a token with these claims would be, until it expires itself', async () => {
    const claims = { sub: 'batch', client_id: 'batch', groups: ['agents', 'dba'], region: 'DE' };
    verifier.close();
    verifier = verifierWith([mapped(claims)]);
    const identity = verifier.identityOfCertificate(agent, null);
    expect(identity).toEqual({
      ...(await verifier.verify(await token(claims), 'wire', null)),
      expiresAt: agent.validTo,
    });
    // Limits of the issuer hold here too.
    expect(identity).toMatchObject({ groups: ['agents'], region: 'DE', modelRegion: 'US' });
  });

  test('is nobody where nothing maps it', () => {
    expect(verifier.identityOfCertificate(agent, null)).toBeNull();
    verifier.close();
    verifier = verifierWith([mapped({ sub: 'batch' })]);
    expect(verifier.identityOfCertificate(other, null)).toBeNull();
  });

  test('is refused when it is over, revoked, or its claims are no claims', () => {
    verifier.close();
    verifier = verifierWith([mapped({ groups: ['agents'] })]);
    expect(() => verifier.identityOfCertificate(agent, null)).toThrow(expect.objectContaining({ failure: 'claims' }));
    clock.advance(agent.validTo - clock.now());
    expect(() => verifier.identityOfCertificate(agent, null)).toThrow(refused);
  });
});
